"""Costs are compared at equal error, and what cannot be compared is not."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.benchmark.cost_ratio import _cost_at, cost_ratio_table, route_errors

BUDGETS = (0.25, 0.5, 1.0)


def replicates(n=6, cheaper=9.0, floor=0.0, seed=1):
    """Predictions whose squared noise is 1/cost, at a ninth of the cost for one of two routes."""
    rng = np.random.default_rng(seed)
    cases = [(name, b) for name in ("fixed", "products_local") for b in BUDGETS]
    # the cheaper one has twice the data, so that it gets to where the other one ends
    cost = np.array([(100.0 if name == "fixed" else 200.0 / cheaper) * b for name, b in cases])
    noise = np.array([(1.0 if name == "fixed" else 0.5) / b for name, b in cases])
    truth = rng.normal(size=(5, 40, 3))
    found = []
    for _ in range(n):
        error = rng.normal(size=(len(cases), *truth.shape)) * np.sqrt(noise)[:, None, None, None]
        square = (error**2).mean(axis=(1, 2, 3))
        force = np.stack([100 * square + floor, 400 * square + floor], axis=1)
        found.append(
            xr.Dataset(
                {
                    "predicted_trf": (("case", "frame", "bead", "axis"), truth + error),
                    "core_s": (("case",), cost),
                    "trf_squared_error": (("case",), square),
                    "force_squared_error": (("case", "temperature"), force),
                },
                coords={
                    "temperature": [600.0, 700.0],
                    "estimator": ("case", [name for name, _ in cases]),
                    "budget": ("case", [budget for _, budget in cases]),
                },
            )
        )
    return found


def test_statistical_errors_are_those_between_replicates():
    table = route_errors(replicates()).set_index(["estimator", "budget"])
    for budget in BUDGETS:
        row = table.loc["fixed", budget]
        exact = np.sqrt(1 / budget)
        assert abs(row["trf_noise_kJ_per_mol_nm_K"] - exact) < 5 * row["trf_noise_stderr"]
        assert row["trf_noise_stderr"] < 0.1 * exact
        assert abs(row["force_error_700K_kJ_per_mol_nm"] - 20 * exact) < 5 * row["force_error_700K_stderr"]
    assert table.loc["products_local", 1.0]["core_s"] == pytest.approx(200 / 9)


def test_the_ratio_of_costs_is_recovered_within_its_interval():
    table = cost_ratio_table(replicates()).set_index(["quantity", "estimator"])
    row = table.loc["trf_noise", "products_local"]
    assert row["low"] < 9 < row["high"]
    assert row["high"] / row["low"] < 2
    assert table.loc["trf_noise", "fixed"]["times_cheaper"] == pytest.approx(1)
    force = table.loc["force_error", "products_local"]
    assert force["times_cheaper"] == pytest.approx(9, rel=0.2)
    assert force["bound"] == 0


def test_a_route_that_never_gets_there_is_not_cheaper():
    worse = replicates()
    for data in worse:
        data["force_squared_error"][3:] += 1e4
    row = cost_ratio_table(worse).set_index(["quantity", "estimator"]).loc["force_error", "products_local"]
    assert row["times_cheaper"] == 0


def test_the_cost_at_a_level():
    curve = [(1.0, 16.0), (2.0, 8.0), (4.0, 4.0)]
    assert _cost_at(curve, 8.0) == (pytest.approx(2.0), False)
    assert _cost_at(curve, np.sqrt(32.0)) == (pytest.approx(np.sqrt(8.0)), False)
    assert _cost_at(curve, 20.0) == (pytest.approx(1.0), True)
    assert _cost_at(curve, 3.0) == (np.inf, False)
    # a curve that rises by noise has still been where it was
    assert _cost_at([(1.0, 16.0), (2.0, 4.0), (4.0, 6.0)], 4.5)[0] < 2.0
