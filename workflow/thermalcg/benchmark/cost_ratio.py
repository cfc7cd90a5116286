"""Which route to the thermal response is cheapest: errors against core-seconds over replicates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.statistics import (
    jackknife_error,
    root_of_mean,
    root_with_error,
    student_width,
    with_jackknife_error,
)

from .routes import ROUTES, ForceColumns

#: What the others are compared with, at the better of its two lengths.
PUBLISHED = [route.name for route in ROUTES.values() if route.published]


class Ratio(NamedTuple):
    """How many times cheaper than the published route a route is, and whether it is at least that."""

    value: float
    bound: bool = False


def route_errors(replicates: list[xr.Dataset]) -> pd.DataFrame:
    """The table ``estimators.csv``: a row for each route and budget, errors from the replicates.

    ``trf_noise`` is the statistical error of the predicted response, the root mean square over test
    sites of the standard deviation between replicates.  ``trf_rmse`` is its difference from conditional
    labels, their noise taken off; it holds the bias as well, and what the model cannot express.
    """
    rows = []
    for index, (name, budget) in enumerate(_cases(replicates)):
        own = [r.isel(case=index) for r in replicates]
        predicted = np.stack([r["predicted_trf"].values for r in own])
        square, square_se = with_jackknife_error(
            len(own), lambda kept, p=predicted: p[kept].var(axis=0, ddof=1).mean()
        )
        noise, noise_se = root_with_error(square, square_se)
        trf, trf_se = root_of_mean([float(r["trf_squared_error"]) for r in own])
        row = {
            "estimator": name,
            "budget": budget,
            "core_s": float(np.mean([float(r["core_s"]) for r in own])),
            "trf_noise_kJ_per_mol_nm_K": noise,
            "trf_noise_stderr": noise_se,
            "trf_rmse_kJ_per_mol_nm_K": trf,
            "trf_rmse_stderr": trf_se,
        }
        for T in own[0]["temperature"].values:
            columns = ForceColumns(T)
            squares = [float(r["force_squared_error"].sel(temperature=T)) for r in own]
            row[columns.value], row[columns.stderr] = root_of_mean(squares)
        rows.append(row)
    return pd.DataFrame(rows)


def cost_ratio_table(replicates: list[xr.Dataset]) -> pd.DataFrame:
    """The table ``estimator_cost.csv``: how many times cheaper than the published route each route is.

    For ``trf_noise`` the squared error goes as one over the cost, so that the ratio is that of squared
    error times cost.  For ``force_error`` at the hottest test temperature it is the ratio of the costs at
    which the mean squared error falls to the best that the published route reaches with all its data
    (interpolated between budgets).  A route that is there with its smallest budget has a ``bound``: its
    ratio is at least the one given.  Intervals (95 %) come from a jackknife over replicates.
    """
    found = {name for name, _ in _cases(replicates)}
    names = [name for name in ROUTES if name in found]
    rows = []
    for quantity, function in (("trf_noise", _noise_cost), ("force_error", _force_cost)):
        whole = function(replicates)
        without = [function(_drop(replicates, i)) for i in range(len(replicates))]
        for name in names:
            value, bound = whole[name]
            ratios = np.array([w[name].value for w in without])
            if value > 0 and (ratios > 0).all():
                width = student_width(len(ratios) - 1) * jackknife_error(np.log(ratios))
            else:  # with some of the data the level is not reached: no upper bound of its cost
                width = np.inf
            rows.append(
                {
                    "quantity": quantity,
                    "estimator": name,
                    "times_cheaper": value,
                    "low": value * np.exp(-width),
                    "high": value * np.exp(width) if value else 0.0,
                    "bound": int(bound),
                }
            )
    return pd.DataFrame(rows)


def _cases(replicates: list[xr.Dataset]) -> list[tuple[str, float]]:
    """Route and budget of every case, the same in all replicates."""
    first = replicates[0]
    return list(zip(first["estimator"].values.tolist(), first["budget"].values.tolist(), strict=True))


def _noise_square(replicates: list[xr.Dataset]) -> float:
    return float(np.stack([r["predicted_trf"].values for r in replicates]).var(axis=0, ddof=1).mean())


def _noise_cost(replicates: list[xr.Dataset]) -> dict[str, Ratio]:
    products: dict[str, list[float]] = {}
    for index, (name, _) in enumerate(_cases(replicates)):
        own = [r.isel(case=index) for r in replicates]
        cost = np.mean([float(r["core_s"]) for r in own])
        products.setdefault(name, []).append(np.log(_noise_square(own) * cost))
    product = {name: float(np.exp(np.mean(values))) for name, values in products.items()}
    published = min(product[name] for name in PUBLISHED if name in product)
    return {name: Ratio(published / value) for name, value in product.items()}


def _force_cost(replicates: list[xr.Dataset]) -> dict[str, Ratio]:
    hottest = float(replicates[0]["temperature"].max())
    curves: dict[str, list[tuple[float, float]]] = {}
    for index, (name, _) in enumerate(_cases(replicates)):
        own = [r.isel(case=index) for r in replicates]
        cost = np.mean([float(r["core_s"]) for r in own])
        error = np.mean([float(r["force_squared_error"].sel(temperature=hottest)) for r in own])
        curves.setdefault(name, []).append((cost, error))
    level = min(sorted(curves[name])[-1][1] for name in PUBLISHED if name in curves)
    reached = {name: _cost_at(sorted(curve), level) for name, curve in curves.items()}
    published = min(reached[name][0] for name in PUBLISHED if name in reached)
    return {name: Ratio(published / cost, bound) for name, (cost, bound) in reached.items()}


def _cost_at(curve: list[tuple[float, float]], level: float) -> tuple[float, bool]:
    """Cost at which a falling curve of squared errors reaches a level, and whether it is only a bound."""
    cost, error = (np.log(np.array(x)) for x in zip(*curve, strict=True))
    # noise may make a curve rise: what a smaller budget reaches, a larger one can
    error, level = np.minimum.accumulate(error), np.log(level)
    if error[0] <= level:
        return float(np.exp(cost[0])), True
    if error[-1] > level:
        return np.inf, False
    after = int(np.argmax(error <= level))
    share = (error[after - 1] - level) / (error[after - 1] - error[after])
    return float(np.exp(cost[after - 1] + share * (cost[after] - cost[after - 1]))), False


def _drop(items: list, index: int) -> list:
    return items[:index] + items[index + 1 :]
