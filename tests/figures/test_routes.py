"""Errors and cost ratios as drawn are those of the tables."""

import itertools

import numpy as np
import pandas as pd

from thermalcg import figures
from thermalcg.benchmark.routes import ROUTES


def errors_table():
    rows = [
        (name, b, 100 * b * (k + 1), 0.1 / np.sqrt(b), 0.01, 0.2, 0.01, 40 + 5 / b, 1.0)
        for (k, name), b in itertools.product(enumerate(ROUTES), (0.25, 0.5, 1.0))
    ]
    columns = [
        "estimator", "budget", "core_s", "trf_noise_kJ_per_mol_nm_K", "trf_noise_stderr",
        "trf_rmse_kJ_per_mol_nm_K", "trf_rmse_stderr", "force_error_700K_kJ_per_mol_nm",
        "force_error_700K_stderr",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def cost_table():
    rows = [
        (q, name, 2.0 + k, 1.0 + k, 4.0 + k, int(k == 3))
        for q, (k, name) in itertools.product(("trf_noise", "force_error"), enumerate(ROUTES))
    ]
    table = pd.DataFrame(rows, columns=["quantity", "estimator", "times_cheaper", "low", "high", "bound"])
    table.loc[1, ["times_cheaper", "low", "high"]] = [0.0, 0.0, 0.0]
    return table


def values_drawn(axis):
    return {round(float(x), 9) for line in axis.lines for x in np.atleast_1d(line.get_xdata())}


def test_routes():
    cost = cost_table()
    fig = figures.routes(errors_table(), cost)
    upper, force, noise_cost, _ = fig.axes
    assert len(upper.containers) == len(ROUTES) == len(force.containers)
    assert "700 K" in force.get_ylabel()
    shown = values_drawn(noise_cost)
    reached = cost[(cost["quantity"] == "trf_noise") & (cost["times_cheaper"] > 0)]
    assert set(reached["times_cheaper"]) <= shown
    assert [t.get_text() for t in noise_cost.texts] == ["not reached"]
    fig.draw_without_rendering()
