"""Print what a model file holds: what was trained on which data, in which units, by which code."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HELP = "what a model file holds: mode, temperatures, units, origin, force errors"

NOT_RECORDED = "not recorded"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="results/<study>/models/<architecture>/<model>.safetensors")
    parser.add_argument(
        "--errors",
        type=Path,
        metavar="FILE",
        help="table of force errors (default: tables/force_error.csv of the study that the model lies in)",
    )


def run(arguments: argparse.Namespace) -> None:
    from thermalcg.storage.files import DatasetError

    try:
        print(describe(arguments.model, arguments.errors))
    except DatasetError as error:
        sys.exit(str(error))


def describe(model: Path, errors: Path | None = None) -> str:
    """What is known of a model, as text.

    Args:
        model: a file of ``save_ensemble``.
        errors: a table of force errors; that of the model's study if None.

    Raises:
        DatasetError: a missing, truncated or foreign file, or a damaged one; a table that cannot be read.
    """
    from thermalcg.models.potential import check_tensors, read_ensemble_file

    metadata, tensors = read_ensemble_file(model)
    check_tensors(model, metadata, tensors)
    facts = [*_facts(metadata), ("force errors", _force_errors(model, metadata, errors))]
    lines = [str(model)]
    for name, value in facts:
        first, *more = value.splitlines()
        lines += [f"{name:<18}{first}", *(f"{'':18}{line}" for line in more)]
    return "\n".join(lines)


def _facts(metadata: dict[str, Any]) -> Iterator[tuple[str, str]]:
    settings, origin = metadata.get("settings", {}), metadata.get("provenance", {})
    box, beads = metadata.get("box_nm"), metadata.get("beads")
    yield "architecture", metadata.get("architecture", NOT_RECORDED)
    yield "mode", metadata.get("mode", NOT_RECORDED)
    yield "trained at", _kelvin(metadata.get("training_temperatures_K"))
    yield "tested at", _kelvin(metadata.get("tested_temperatures_K"))
    yield "trusted at", _trusted(metadata)
    yield "expansion", _expansion(metadata.get("expansion"))
    if species := metadata.get("species"):
        counts = [f"{species['codes'].count(code)} {name}" for code, name in enumerate(species["names"])]
        yield "species", ", ".join(counts)
    yield "prior", _prior(metadata.get("prior"))
    cutoffs = [
        f"{key.removesuffix('cutoff_nm').replace('_', ' ')}{value:g} nm"
        for key, value in settings.items()
        if key.endswith("cutoff_nm")
    ]
    yield "cutoff", ", ".join(cutoffs) or NOT_RECORDED
    yield "box", _box(box)
    yield "beads", str(beads or NOT_RECORDED)
    yield "members", str(metadata.get("members", NOT_RECORDED))
    yield "units", metadata.get("units", NOT_RECORDED)
    yield "created by", origin.get("created_by", NOT_RECORDED)
    yield "configuration", origin.get("config_hash", NOT_RECORDED)
    yield "seed", str(origin.get("seed", NOT_RECORDED))
    versions = json.loads(origin.get("versions", "{}"))
    yield "versions", "\n".join(f"{name} {version}" for name, version in versions.items()) or NOT_RECORDED


def _kelvin(temperatures: list[float] | None) -> str:
    return ", ".join(f"{T:.15g}" for T in temperatures) + " K" if temperatures else NOT_RECORDED


def _trusted(metadata: dict[str, Any]) -> str:
    if "trusted_range_K" not in metadata:
        return NOT_RECORDED
    if metadata["trusted_range_K"] is None:
        return "its own temperature alone: it has no response"
    low, high = metadata["trusted_range_K"]
    return f"{low:.0f} to {high:.0f} K; a prediction beyond rests on the law in T"


def _expansion(expansion: dict[str, Any] | None) -> str:
    if not expansion:
        return NOT_RECORDED
    return f"{expansion['kind'].replace('_', ' ')} in T about {expansion['reference']:.15g} K"


def _box(box: float | list[float] | None) -> str:
    if isinstance(box, list):
        return " x ".join(f"{edge:.5g}" for edge in box) + " nm"
    return f"cubic, {box:.5g} nm" if box else NOT_RECORDED


def _prior(prior: dict[str, Any] | None) -> str:
    if not prior:
        return NOT_RECORDED
    if "pairs" in prior:
        return "\n".join(f"{pair}: {_prior(own)}" for pair, own in prior["pairs"].items())
    power = f"{prior['amplitude']:.4g} r^-{prior['exponent']} kJ/mol (r in nm)"
    return f"{power}, smoothly zero from {prior['onset_nm']:.4g} nm"


def _force_errors(model: Path, metadata: dict[str, Any], errors: Path | None) -> str:
    """Rms error of the whole ensemble at each temperature, from a table of the study."""
    from thermalcg.models.names import ModelName
    from thermalcg.storage.tables import read_table

    table = errors or model.absolute().parents[2] / "tables" / "force_error.csv"
    if errors is None and not table.is_file():
        return f"not known ({table} is not there)"
    columns = ("architecture", "mode", "seed", "temperature_K", "rmse_kJ_per_mol_nm", "stderr", "noise_floor")
    rows = read_table(table, columns)
    name = ModelName.parse(metadata.get("mode", model.stem))
    own = (rows["architecture"] == metadata["architecture"]) & (rows["mode"] == name.mode)
    if name.temperature is not None:
        own &= rows["temperature_K"] == name.temperature
    rows = rows[own & (rows["seed"].astype(str) == "all")].sort_values("temperature_K")
    if rows.empty:
        return f"not known ({table} has no row of this model)"
    lines = [
        f"{row.temperature_K:.15g} K: {row.rmse_kJ_per_mol_nm:.4g} +- {row.stderr:.2g} kJ/mol/nm "
        f"(noise of the labels: {row.noise_floor:.3g})"
        for row in rows.itertuples()
    ]
    return "\n".join(["rms difference from labels at fixed sites", *lines])
