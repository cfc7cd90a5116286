"""Errors against cost: forces by sums over test frames, g(r) without the floor of its noise."""

from dataclasses import replace

import numpy as np
import pytest

from support.declared import table_differences
from support.economic_runs import HOW, PLAN, PRIOR, SPLINE, T0, run, truth
from thermalcg.analysis.curve_distance import squared_distance
from thermalcg.analysis.excess_error import excess_error
from thermalcg.analysis.pair_structure import radial_distribution
from thermalcg.benchmark.economics import (
    ForceTest,
    MovedBeads,
    economics_rows,
    force_columns,
    points,
    rdf_columns,
)
from thermalcg.benchmark.economics_fits import fit_pieces
from thermalcg.benchmark.economics_plan import purchases
from thermalcg.cg.langevin import CGSettings
from thermalcg.config.files import load_config
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.models.spline.model import Spline
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.declared import declaration

pytestmark = pytest.mark.physics


def test_sums_over_test_frames_give_the_excess_of_the_definition():
    own = run(300.0, 5, 10, 40)
    model, yardstick = truth(T0)[0], truth(300.0)[0]
    fields = []
    for c in (model, yardstick):
        potential = ThermalPotential(Spline(c[None], SPLINE), Expansion("constant", 300.0), PRIOR)
        fields.append([potential.force_field(1.5, 300.0)])
    exact = excess_error(
        *fields, own["test_position"].values, own["test_force"].values, blocks=4, bootstrapped=True
    )
    found = ForceTest(own, yardstick, HOW)(model)
    assert found.mean() == pytest.approx(exact.square, rel=1e-6)
    assert found.std(ddof=1) / 2 == pytest.approx(exact.test_error, rel=1e-6)


def test_distances_of_noisy_distributions_are_unbiased():
    """Between two curves that differ by 0.1, and between two that do not: the noise gives nothing."""
    rng, r = np.random.default_rng(1), np.linspace(0, 1, 50)
    for shift in (0.0, 0.1):
        found = []
        for _ in range(400):
            runs = np.sin(r) + 0.3 * rng.normal(size=(2, 50))
            found.append(squared_distance(runs, np.sin(r) + shift + 0.2 * rng.normal(size=(8, 50))))
        error = np.std(found, ddof=1) / 20
        assert abs(np.mean(found) - shift**2) < 4 * error
        assert error < 0.002


def test_errors_of_forces_hold_pieces_and_test_frames():
    rng = np.random.default_rng(2)
    truth_square, pieces, tests, both = 25.0, [], [], []
    for _ in range(300):
        own, shared = rng.normal(size=(4, 1)), rng.normal(size=(1, 16))
        row = force_columns(truth_square + 2 * own + 6 * shared)
        pieces.append(row["excess_square"])
        both.append(row["excess_square_stderr"])
        tests.append(row["excess_kJ_per_mol_nm"])
    # standard deviation: sqrt(4 / 4 + 36 / 16); that of 300 values is known to 4 %
    assert np.std(pieces) == pytest.approx(np.sqrt(1 + 36 / 16), rel=0.16)
    assert np.sqrt(np.mean(np.square(both))) == pytest.approx(np.sqrt(1 + 36 / 16), rel=0.16)
    assert np.mean(tests) == pytest.approx(5.0, abs=0.1)


def test_a_negative_square_has_no_root():
    row = force_columns(np.full((4, 16), -1.0) + np.random.default_rng(3).normal(size=(4, 16)) * 0.1)
    assert row["excess_kJ_per_mol_nm"] == 0
    assert np.isnan(row["excess_stderr"])
    assert row["excess_square"] < 0


def test_runs_that_failed_are_counted_and_left_out():
    rng = np.random.default_rng(4)
    reference = 1 + 0.01 * rng.normal(size=(8, 30))
    runs = 1.2 + 0.01 * rng.normal(size=(4, 2, 30))
    whole = rdf_columns(runs, reference)
    assert whole["rdf_error"] == pytest.approx(0.2, abs=4 * whole["rdf_stderr"])
    assert whole["cg_failed"] == 0
    runs[0, 1] = np.nan
    some = rdf_columns(runs, reference)
    assert some["cg_failed"] == 1
    assert some["rdf_error"] == pytest.approx(0.2, abs=4 * some["rdf_stderr"])
    runs[1:, 1] = np.nan
    assert np.isnan(rdf_columns(runs, reference)["rdf_error"])


@pytest.fixture(scope="module")
def moved():
    settings = from_section(
        CGSettings,
        load_config({}).model_dump()["cg_md"],
        timestep_fs=1.0,
        equilibration_ps=PLAN.cg_equilibration_ps,
        production_ps=PLAN.cg_ps,
        frame_interval_ps=PLAN.cg_interval_ps,
        temperature_tolerance=10.0,
        overlap_nm=0.0,
    )
    return MovedBeads(run(300.0, 5, 240, 40), settings, np.linspace(0, 0.7, 15))


def test_beads_with_hardly_a_force_come_together(moved, tmp_path):
    """Without forces beyond 0.2 nm beads come closer than in the gas; each run is one of its own."""
    flat = np.zeros((2, SPLINE.functions))
    how = replace(HOW, prior=Prior(2e-9, 12, 0.27))
    found = moved.distributions(flat, how, seed=1, checkpoints=Checkpoints(tmp_path, {}))
    assert found.shape == (2, PLAN.cg_runs, 14)
    assert np.isfinite(found).all()
    assert len(np.unique(found[..., -1])) == 4
    start = radial_distribution(moved.run["position"].values, 1.5, moved.edges)
    # the hole that the gas has below 0.25 nm fills
    assert start[4] == 0
    assert found[..., 4].mean() > 0.01


def test_rows_of_all_purchases(moved, tmp_path):
    fits = {T: fit_pieces(run(T, int(T), 480 if T == T0 else 240), HOW) for T in (300.0, T0, 700.0)}
    tested = points(purchases(T0, [300.0], [300.0, T0, 700.0]), PLAN)
    checkpoints = Checkpoints(tmp_path, {})
    made = economics_rows(tested, fits, moved, HOW, equilibration_ps=40.0, seed=1, checkpoints=checkpoints)
    assert table_differences(made, declaration("tables/economics.csv")) == []
    assert len(made) == 3 * 2 + 7  # two lengths of one run, one of several
    assert checkpoints.done == len(made)
    table = made.set_index(["purchase", "run_ps"])
    wrong = np.sqrt(np.mean([table.loc[("baseline", ps), "excess_square"] for ps in (2.4, 4.8)]))
    assert wrong > 3 * table.loc[("ends", 2.4), "excess_kJ_per_mol_nm"]
    assert table.loc[("several", 2.4), "total_ps"] == pytest.approx(3 * 42.4)
    again = economics_rows(
        tested, fits, moved, HOW, equilibration_ps=40.0, seed=1, checkpoints=Checkpoints(tmp_path, {})
    )
    np.testing.assert_array_equal(again["rdf_square"], made["rdf_square"])
