"""The benchmark of the routes to the response on top of a finished study: its tables say what they should."""

import numpy as np
import pandas as pd
import pytest

from support.declared import undeclared
from thermalcg.benchmark.routes import ROUTES
from thermalcg.config.files import read_config


@pytest.fixture(scope="module")
def tables(smoke, tmp_path_factory):
    # a copy of the finished study under the one name that may be published
    workplace = smoke.copied(tmp_path_factory.mktemp("estimators") / "repository")
    workplace.results.rename(workplace.results.with_name("default"))
    named = workplace.changed("study: default")
    planned = workplace.planned("estimators", configfiles=named)
    assert not {"train", "sample_conditional", "cg_md"} & set(planned)  # the study's own results are used
    workplace.run("estimators", configfiles=named)
    folder = workplace.folder / "results" / "reference" / "estimators"
    assert (folder / "config.yaml").is_file()
    assert (folder / "machine.json").is_file()
    figures = {path.stem for path in (folder / "figures").glob("*.png")}
    assert figures == {
        "estimators", "estimator_size", "estimator_radius", "frozen", "sampler_cost", "reweighting",
    }  # fmt: skip
    found = {path.stem: pd.read_csv(path) for path in (folder / "tables").glob("*.csv")}
    return found | {"config": folder / "config.yaml", "results": workplace.folder / "results" / "default"}


def test_every_file_is_as_declared(tables):
    assert undeclared(tables["results"]) == {}


def test_every_route_has_an_error_and_a_cost(tables):
    table = tables["estimators"]
    assert set(table["estimator"]) == set(ROUTES)
    # conditional routes have a row for each number of frames
    config = read_config([tables["config"]])
    budgets = config.estimators.budgets
    frames = {max(2, round(budget * config.estimators.frames)) for budget in budgets}
    for name, rows in table.groupby("estimator"):
        conditional = name.startswith("fixed") or name in ("rungs", "mbar")
        assert len(rows) == (len(frames) if conditional else len(budgets)), name
        assert rows["budget"].is_unique
    assert (table["core_s"] > 0).all()
    assert np.isfinite(table["trf_noise_kJ_per_mol_nm_K"]).all()
    products = table[table["estimator"].str.startswith("products")]
    assert products.groupby("budget")["core_s"].sum().is_monotonic_increasing


def test_costs_are_compared_with_the_published_route(tables):
    table = tables["estimator_cost"]
    assert set(table["quantity"]) == {"trf_noise", "force_error"}
    published = table[table["estimator"].isin(["fixed", "fixed_short"])]
    best = published.groupby("quantity")["times_cheaper"].max()
    assert best["trf_noise"] == pytest.approx(1)


def test_noise_frozen_runs_reweighting_and_cost_are_measured(tables):
    assert set(tables["estimator_size"]["estimator"]) == {"covariance", "residual products"}
    radius = tables["estimator_radius"].set_index("radius_nm")
    assert radius.loc[np.inf, "share"] == 1
    assert len(radius) > 1
    assert set(tables["frozen"]["compared"]) == {"halves", "same start", "melted start"}
    assert set(tables["reweighting"]["estimator"]) == {"mbar", "single_rung", "finite_difference"}
    steps = tables["sampler_cost"].set_index("what")["ratio"]
    assert steps["ordinary"] == pytest.approx(1)
    assert (steps > 0.3).all()
    assert (tables["sampler_throughput"]["steps_per_s"] > 0).all()
    claims = tables["estimator_claims"]
    assert len(claims) == 1 + 3 * len(tables["sampler_throughput"]["molecules"].unique())
    assert set(claims["verdict"]) <= {"holds", "fails", "undecided"}
