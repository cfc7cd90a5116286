"""Do starts with spread energies know the slope of a motion better than canonical ones, at equal cost?

``python -m thermalcg.benchmark.spread_starts CANONICAL.nc SPREAD.nc --csv spread_starts.csv``

The two files are datasets ``dynamics/observables/all_atom/{T0}.nc`` of studies that differ in
``dynamics.starts`` alone: as many stretches, as long, from the same long run.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.analysis.diffusion import response_activation
from thermalcg.analysis.motion import diffusion_of, energies_of
from thermalcg.dynamics.correlation import einstein_diffusion
from thermalcg.dynamics.spread_energies import parabola_weights
from thermalcg.statistics import delete_one, jackknife_error
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.tables import write_table
from thermalcg.units import KB, NM2_PER_PS

#: First and last time of the straight line through the displacement, ps: the default of the configuration.
WINDOW_PS = (1.5, 5.0)


def starts_table(observed: dict[str, xr.Dataset], window: tuple[float, float] = WINDOW_PS) -> pd.DataFrame:
    """The table ``spread_starts.csv``: what each kind of starts says of the diffusion and of its slope.

    Args:
        observed: datasets ``dynamics/observables/all_atom/{T0}.nc`` by a name.
        window: first and last time of the straight line through the displacement, ps.

    Returns:
        Columns starts, stretches, energy_spread (standard deviation of the energies over the canonical one),
        diffusion_1e9_m2_per_s, activation_energy_kJ_per_mol, curvature (second derivative of D by the
        energy in canonical standard deviations, over D) and dEa_dT_kJ_per_mol_K (temperature derivative of
        the activation energy), each with its standard error.

    Raises:
        ValueError: datasets that differ in their temperature, or in number or length of their stretches.
    """
    seen = {(data.attrs["temperature_K"], *data["msd"].shape) for data in observed.values()}
    if len(seen) > 1:
        raise ValueError(
            f"(temperature, stretches, lags) are {sorted(seen)}; allowed: the same of all, at equal cost"
        )
    return pd.DataFrame([{"starts": name, **_row(data, window)} for name, data in observed.items()])


def _row(data: xr.Dataset, window: tuple[float, float]) -> dict[str, float]:
    """A row of the table.

    With D' and D'' the derivatives of D by T, Ea = kB T^2 D'/D and

        dEa/dT = 2 Ea/T - Ea^2/(kB T^2) + kB T^2 D''/D.

    The last term is C_V times the curvature, if C_V does not change with T (it would add Ea C_V'/C_V) and up
    to terms that are smaller by the number of molecules.
    """
    energies, msd, interval = energies_of(data), data["msd"].values, float(data["displacement_lag"][1])
    variance = KB * energies.capacity * energies.temperature**2
    own = energies.mean, energies.capacity, energies.temperature

    def second_order(kept: np.ndarray) -> np.ndarray:
        """The curvature and dEa/dT."""
        weights = variance * parabola_weights(energies.total[kept], *own).curvature
        weighted = np.stack([*energies.weights(kept), weights]) @ msd[kept]
        value, slope, bent = einstein_diffusion(weighted, interval, window)
        square = KB * energies.temperature**2
        activation, curvature = square * slope / value, bent / value
        change = 2 * activation / energies.temperature - activation**2 / square
        return np.array([curvature, change + energies.capacity * curvature])

    value, without = diffusion_of(data, window)["einstein"]
    (curvature, change), scatter = delete_one(len(msd), second_order)
    curvature_error, change_error = jackknife_error(scatter)
    found = {
        "diffusion": ("_1e9_m2_per_s", NM2_PER_PS * value, NM2_PER_PS * float(jackknife_error(without))),
        "activation": ("_energy_kJ_per_mol", *response_activation(data, window)),
        "curvature": ("", curvature, curvature_error),
        "dEa_dT": ("_kJ_per_mol_K", change, change_error),
    }
    row = {"stretches": len(msd), "energy_spread": energies.total.std(ddof=1) / np.sqrt(variance)}
    for name, (unit, own_value, error) in found.items():
        row |= {f"{name}{unit}": own_value, f"{name}_stderr": error}
    return row


def main() -> None:
    """Read both datasets, print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("observed", type=Path, nargs="+", help="dynamics/observables/all_atom/{T0}.nc")
    parser.add_argument("--csv", type=Path, required=True, help="table to write")
    given = parser.parse_args()
    datasets = [read_dataset(path, ("msd", "total_energy")) for path in given.observed]
    starts = [str(data.attrs["starts"]) for data in datasets]
    if len(set(starts)) < len(starts):
        parser.error(f"the files have starts {', '.join(starts)}; allowed: each kind once")
    table = starts_table(dict(zip(starts, datasets, strict=True)))
    write_table(table, given.csv)
    print(table.to_string(index=False, float_format=lambda x: f"{x:.3g}"))


if __name__ == "__main__":
    main()
