"""Distance of CG structure from all-atom structure, with errors."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.models.names import ModelKey
from thermalcg.statistics import Interval, l1_with_error, student_width

from .structure import ObservedRuns

CURVES = ("rdf", "adf", "tetrahedral_distribution")
VALUES = ("coordination", "tetrahedral_order")


#: The all-atom runs, where models are told apart by their keys.
ALL_ATOM = ModelKey("all_atom")

#: Datasets of observables by model (or ``ALL_ATOM``) and temperature, K.
Observed = dict[tuple[ModelKey, float], xr.Dataset]


def observed_structure(all_atom: Iterable[xr.Dataset], cg: Iterable[ObservedRuns]) -> Observed:
    """Observables by model and temperature, without the models that had too few healthy runs.

    Args:
        all_atom: datasets ``observables/all_atom/{T}.nc``.
        cg: the CG runs of every model and temperature.
    """
    observed = {(ALL_ATOM, float(data.attrs["temperature_K"])): data for data in all_atom}
    for runs in cg:
        if "rdf" in runs.data:
            observed[runs.key, float(runs.temperature)] = runs.data
    return observed


def structure_errors(observed: Observed) -> pd.DataFrame:
    """The table ``structure_error.csv``: L1 distance of each curve from the all-atom one.

    With several species that of each pair is a curve as well, such as ``rdf A-B``.
    """
    rows = []
    for (source, temperature), data in observed.items():
        if source == ALL_ATOM:
            continue
        architecture, mode = source
        reference = observed[ALL_ATOM, temperature]
        for name, curve in _curves(data).items():
            distance = l1_with_error(curve, _curves(reference)[name], _members(data))
            rows.append(
                {
                    "observable": name,
                    "architecture": architecture,
                    "mode": mode,
                    "temperature_K": temperature,
                    "l1": distance.value,
                    "stderr": distance.error,
                    "floor": distance.noise,
                }
            )
    columns = ["observable", "architecture", "mode", "temperature_K", "l1", "stderr", "floor"]
    return pd.DataFrame(rows, columns=columns)


def _curves(data: xr.Dataset) -> dict[str, np.ndarray]:
    """The distributions of a dataset by name, shape (run, bin) each."""
    found = {name: data[name].values for name in CURVES}
    if "pair_rdf" in data:
        by_pair = data["pair_rdf"].transpose("pair", "run", "r")
        found |= {f"rdf {pair}": own for pair, own in zip(data["pair"].values, by_pair.values, strict=True)}
    return found


def structure_values(observed: Observed) -> pd.DataFrame:
    """The table ``structure_values.csv``: coordination number and tetrahedral order."""
    rows = [
        {
            "observable": name,
            "source": architecture,
            "mode": mode,
            "temperature_K": temperature,
            "value": float(data[name].mean()),
            "stderr": float(data[f"{name}_se"]),
        }
        for ((architecture, mode), temperature), data in observed.items()
        for name in VALUES
    ]
    return pd.DataFrame(rows)


def error_ratio(
    table: pd.DataFrame, observable: str, architecture: str, temperature: float, freedom: int
) -> Interval:
    """L1 of ``trf1`` over that of ``baseline`` with a 95 % interval.

    Errors are propagated through the logarithm.

    Args:
        table: ``structure_error.csv``.
        freedom: degrees of freedom of the errors; sets the t quantile.

    Returns:
        NaN and an interval without bounds where a model has no healthy runs.
    """
    rows = table[
        (table["observable"] == observable)
        & (table["architecture"] == architecture)
        & (table["temperature_K"] == temperature)
    ].set_index("mode")
    if not {"trf1", "baseline"} <= set(rows.index):
        return Interval(np.nan, -np.inf, np.inf)
    response, base = rows.loc["trf1"], rows.loc["baseline"]
    ratio = response["l1"] / base["l1"]
    error = np.hypot(response["stderr"] / response["l1"], base["stderr"] / base["l1"])
    width = student_width(max(freedom, 1)) * error
    return Interval(float(ratio), float(ratio * np.exp(-width)), float(ratio * np.exp(width)))


def _members(data: xr.Dataset) -> int:
    """Number of distinct ensemble members among the healthy runs."""
    if "member" not in data:
        return 1
    return len(set(data["member"].values[data["healthy"].values.astype(bool)].tolist()))
