"""Distance of CG structure from all-atom structure, with errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.models.names import ARCHITECTURES, ModelKey

from .curve_distance import Curves, distance, distance_ratio
from .ratios import RATIO_COLUMNS
from .structure import ObservedRuns

CURVES = ("rdf", "adf", "tetrahedral_distribution")
VALUES = ("coordination", "tetrahedral_order")

#: What models are compared with: the force field without a response, and the one trained at the temperature.
AGAINST = ("baseline", "at_temperature")

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
    """The table ``structure_error.csv``: distance of each curve from the all-atom one, without a noise floor.

    The error has the runs of both in it, and training where members of an ensemble were simulated.  With
    several species g(r) of each pair is a curve as well, such as ``rdf A-B``.
    """
    rows = []
    for (source, temperature), data in observed.items():
        if source == ALL_ATOM:
            continue
        reference = observed[ALL_ATOM, temperature]
        for name in curve_names(data):
            found = distance(curves_of(data, name, source.architecture), values_of(reference, name))
            (root, error), (low, high) = found.root, found.root_bounds
            rows.append(
                {
                    "observable": name,
                    **source._asdict(),
                    "temperature_K": temperature,
                    "distance": root,
                    "stderr": error,
                    "low": low,
                    "high": high,
                    "square": found.square,
                    "square_stderr": found.error,
                    "freedom": found.freedom,
                }
            )
    columns = ["observable", "architecture", "mode", "temperature_K"]
    values = ["distance", "stderr", "low", "high", "square", "square_stderr", "freedom"]
    return pd.DataFrame(rows, columns=[*columns, *values])


def structure_ratios(observed: Observed) -> pd.DataFrame:
    """The table ``structure_ratio.csv``: the distances of models over those of ``AGAINST``, run by run.

    The all-atom curve and its noise are shared by both.
    """
    rows = []
    for (source, temperature), data in observed.items():
        for against in AGAINST:
            other = observed.get((ModelKey(source.architecture, against), temperature))
            if source == ALL_ATOM or source.mode == against or other is None:
                continue
            for name in curve_names(data):
                pair = (curves_of(one, name, source.architecture) for one in (data, other))
                ratio = distance_ratio(*pair, values_of(observed[ALL_ATOM, temperature], name))
                place = {"observable": name, **source._asdict(), "against": against}
                rows.append({**place, "temperature_K": temperature, **ratio.row()})
    return pd.DataFrame(rows, columns=["observable", *RATIO_COLUMNS])


def curves_of(data: xr.Dataset, name: str, architecture: str) -> Curves:
    """A distribution of CG runs with what is known of its training.

    Args:
        data: dataset ``observables/{arch}/{model}/{T}.nc``.
        name: of the distribution.
        architecture: decides what members are.
    """
    pieces, of_piece = values_of(data, name), data["run_member"].values
    runs = int((data["healthy"].values.astype(bool) & np.isin(data["member"].values, of_piece)).sum())
    if ARCHITECTURES[architecture].bootstrapped:
        return Curves(pieces, runs, changes=changes_of(data, name) if "rdf_change" in data else None)
    present = np.unique(of_piece)
    members = np.array([pieces[of_piece == member].mean(axis=0) for member in present])
    # pieces of equal runs, shared out among the members
    return Curves(pieces, runs, members, member_runs=max(1, runs // len(present)))


def curve_names(data: xr.Dataset) -> list[str]:
    """Names of the distributions of a dataset of observables, of several species also as ``rdf A-B``."""
    return [*CURVES, *(f"rdf {pair}" for pair in (data["pair"].values if "pair_rdf" in data else ()))]


def values_of(data: xr.Dataset, name: str) -> np.ndarray:
    """A distribution of a dataset of observables by its name, of every run, shape (run, bin)."""
    return _variable(data, name).values


def changes_of(data: xr.Dataset, name: str) -> np.ndarray:
    """What other members would change in a distribution, run by run, shape (member, run, bin)."""
    return _variable(data, name, "_change").transpose("changed", "run", ...).values


def _variable(data: xr.Dataset, name: str, suffix: str = "") -> xr.DataArray:
    base, _, pair = name.partition(" ")
    return data[f"pair_{base}{suffix}"].sel(pair=pair) if pair else data[f"{base}{suffix}"]


def structure_values(observed: Observed) -> pd.DataFrame:
    """The table ``structure_values.csv``: coordination number and tetrahedral order.

    With several species the coordination also of each by each, such as ``coordination A around B``.
    """
    rows = [
        {
            "observable": name,
            "source": architecture,
            "mode": mode,
            "temperature_K": temperature,
            "value": value,
            "stderr": error,
        }
        for ((architecture, mode), temperature), data in observed.items()
        for name, value, error in _values(data)
    ]
    return pd.DataFrame(rows)


def _values(data: xr.Dataset) -> Iterator[tuple[str, float, float]]:
    """Name, mean over runs and its standard error of every number of a dataset of observables."""
    for name in VALUES:
        yield name, float(data[name].mean()), float(data[f"{name}_se"])
    if "pair_coordination" in data:
        mean, error = data["pair_coordination"].mean("run"), data["pair_coordination_se"]
        for centre, neighbour in product(data["centre"].values, data["neighbour"].values):
            place = {"centre": centre, "neighbour": neighbour}
            yield f"coordination {neighbour} around {centre}", float(mean.sel(place)), float(error.sel(place))
