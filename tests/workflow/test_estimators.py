"""The benchmark of estimators runs on top of a finished study, and its tables say what they should."""

import numpy as np
import pandas as pd
import pytest

from thermalcg.estimators import BUDGETS, ESTIMATORS


@pytest.fixture(scope="module")
def tables(smoke):
    planned = smoke.planned("estimators")
    assert not {"train", "sample_conditional", "cg_md"} & set(planned)  # the study's own results are used
    smoke.run("estimators")
    folder = smoke.folder / "results" / "reference" / "estimators"
    assert (folder / "config.yaml").is_file()
    assert (folder / "machine.json").is_file()
    figures = {path.stem for path in (folder / "figures").glob("*.png")}
    assert figures == {"estimators", "estimator_size", "frozen", "sampler_cost", "reweighting"}
    return {path.stem: pd.read_csv(path) for path in (folder / "tables").glob("*.csv")}


def test_every_estimator_has_an_error_and_a_cost(tables):
    table = tables["estimators"]
    assert set(table["estimator"]) == set(ESTIMATORS)
    assert (table.groupby("estimator").size() == len(BUDGETS)).all()
    assert (table["core_s"] > 0).all()
    assert np.isfinite(table["trf_noise_kJ_per_mol_nm_K"]).all()
    by_budget = table.groupby("budget")["core_s"].sum()
    assert by_budget.is_monotonic_increasing


def test_costs_are_compared_with_the_published_route(tables):
    table = tables["estimator_cost"]
    assert set(table["quantity"]) == {"trf_noise", "force_error"}
    published = table[table["estimator"].isin(["fixed", "fixed_short"])]
    best = published.groupby("quantity")["times_cheaper"].max()
    assert best["trf_noise"] == pytest.approx(1)


def test_noise_frozen_runs_reweighting_and_cost_are_measured(tables):
    assert set(tables["estimator_size"]["estimator"]) == {"covariance", "residual products"}
    assert set(tables["frozen"]["compared"]) == {"halves", "same start", "melted start"}
    assert set(tables["reweighting"]["estimator"]) == {"mbar", "single_rung", "finite_difference"}
    steps = tables["sampler_cost"].set_index("what")["ratio"]
    assert steps["ordinary"] == pytest.approx(1)
    assert (steps > 0.3).all()
    assert (tables["sampler_throughput"]["steps_per_s"] > 0).all()
