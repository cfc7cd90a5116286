"""Does the response carry a force field from another T0 as well?  From runs that a finished study has anyway.

``python -m thermalcg.benchmark.other_references results/default --csv other_references.csv``

A study records frames for the response at several temperatures (those of ``multi_temperature_response``).
Each of them takes the place of T0 in turn: force fields from its run alone are tested at all other
temperatures, against the one that was trained there (``analysis.excess_error``).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from thermalcg.analysis.excess_error import excess_of
from thermalcg.analysis.force_losses import HeldOutFrames
from thermalcg.models.names import kelvin
from thermalcg.models.potential import ThermalPotential, load_ensemble
from thermalcg.models.prior import Prior
from thermalcg.response.projection_files import read_projection
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.tables import write_table
from thermalcg.training.projected_models import projected_ensemble

#: Without the response, with its first order, and with the second.
MODES = ("baseline", "trf1", "trf2")


def other_references(study: Path, *, seed: int = 1) -> pd.DataFrame:
    """The table ``other_references.csv``: excess force errors by the temperature of the one run.

    Args:
        study: folder of a finished study with splines, whose yardsticks are used.
        seed: of the bootstrap.

    Returns:
        Columns reference_K, mode, temperature_K, excess_kJ_per_mol_nm with ``low`` and ``high`` (95 %), and
        ``ratio``, temperature_K over reference_K.
    """
    prior, models = Prior.read(study / "prior.json"), study / "models" / "spline"
    stars = _yardsticks(models)
    settings = next(iter(stars.values()))[0].components.settings
    frames = {T: _frames(study, T) for T in stars}
    losses = {T: frames[T].losses(members) for T, members in stars.items()}
    rows = []
    for path in sorted((study / "projected").glob("*.nc"), key=lambda p: float(p.stem)):
        run = read_projection(read_dataset(path), prior, settings)
        reference = run.first.temperature
        for mode in MODES:
            members = len(stars[reference])
            ensemble, _ = projected_ensemble(mode, [run], reference, seed=seed, members=members)
            for T in sorted(set(stars) - {reference}):
                found = excess_of(frames[T].losses(ensemble), losses[T], bootstrapped=True)
                excess, low, high = found.root_interval
                rows.append((reference, mode, T, T / reference, excess, low, high))
    columns = ["reference_K", "mode", "temperature_K", "ratio", "excess_kJ_per_mol_nm", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _yardsticks(models: Path) -> dict[float, list[ThermalPotential]]:
    """The force fields that were trained at one temperature, by that temperature, K: T0 has the baseline."""
    found = {}
    for path in (models / "baseline.safetensors", *sorted(models.glob("at_temperature-*K.safetensors"))):
        members, metadata = load_ensemble(path)
        (temperature,) = metadata["training_temperatures_K"]
        found[float(temperature)] = members
    return found


def _frames(study: Path, temperature: float) -> HeldOutFrames:
    mapped = study / "mapped" / f"{kelvin(temperature)}.nc"
    return HeldOutFrames.of(read_dataset(mapped, ("position", "force", "split")))


def main() -> None:
    """Read a finished study, print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path, help="folder of a finished study")
    parser.add_argument("--csv", type=Path, required=True, help="table to write")
    given = parser.parse_args()
    table = other_references(given.study)
    write_table(table, given.csv)
    print(table.to_string(index=False, float_format=lambda x: f"{x:.3g}"))


if __name__ == "__main__":
    main()
