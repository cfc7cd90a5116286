"""What goals of make add to a study: each by hand, with unit costs of a round size."""

import pytest

from support.costs import UNITS
from thermalcg.config.files import load_config
from thermalcg.planning import goals
from thermalcg.planning.estimate import estimate, wall_hours
from thermalcg.planning.work import BASE_MB, STEPS


def added(goal, **changes):
    """The estimate by rule of what a goal of make adds to the default study, its section changed."""
    config = load_config({goal: changes} if changes else {})
    before, after = (estimate(config, UNITS, extras) for extras in ([], [goal]))
    more = after[after["stage"] == f"make {goal}"].set_index("rule")
    assert after["core_h"].sum() == pytest.approx(before["core_h"].sum() + more["core_h"].sum())
    assert wall_hours(after, 2) > wall_hours(before, 2)
    return more


def test_the_benchmark_of_estimators_by_hand(monkeypatch):
    for what in ("products", "energies", "project"):  # ten milliseconds a frame
        monkeypatch.setitem(STEPS, what, 25.0)
    more = added("estimators", molecules=[64, 128], rungs_ps=6, rungs_burn_in_ps=3)
    # four of 40 + 120 ps, and 40 + 24 ps in boxes of one and two times the size
    recorded = 4 * 6000 * UNITS.seconds["response_frame"]
    assert more["core_h"]["estimator_trajectory"] == pytest.approx((4 * 160 * 0.1 + recorded) / 3600)
    assert more["core_h"]["size_trajectory"] == pytest.approx(3 * 64 * 0.1 / 3600)
    # six frames and two chains: 10.5 ps at T0, 9 ps on four rungs; three frames of 8.5 ps at each size
    assert more["core_h"]["estimator_conditional"] == pytest.approx(4 * 12 * (10.5 + 4 * 9) * 0.1 / 3600)
    assert more["core_h"]["size_conditional"] == pytest.approx(3 * 6 * 8.5 * 0.1 / 3600)
    # 1500 frames and 1500 samples of 10 ms each, and passes over the frames of 10 ms each, four times: three
    # routes with shares of the data, and six radii with all
    # the fourth passes over four times as many
    each = 3000 * 0.01 + (3 * 1.9375 + 6 + 4 * 1.9375) * 1500 * 0.01
    assert more["core_h"]["compare_routes"] == pytest.approx(4 * each / 3600)
    # 11.5 ps of two chains and a probe at 250 K and on eleven rungs, and two that melt for 3 ps
    assert more["core_h"]["frozen"] == pytest.approx((3 * 11.5 * 12 + 6) * 0.1 / 3600)
    # 300 frames and 600 samples, and a pass for each radius and the whole box
    noise = 3 * (900 * 0.01 + 6 * 300 * 0.01)
    assert more["core_h"]["size_noise"] == pytest.approx(noise / 3600)


def test_numbers_that_the_arithmetic_repeats_are_those_of_the_benchmark():
    """They are repeated because the estimate is read at every start of Snakemake, and its imports count."""
    from thermalcg.benchmark.routes import ROUTES
    from thermalcg.benchmark.sampler_cost import STEP_KINDS

    passing = [name for name in ROUTES if not name.startswith(("fixed", "rungs", "mbar", "projected"))]
    assert len(passing) == goals.PASSES
    defaults = load_config({}).estimators
    assert (sum(defaults.budgets), len(defaults.radii_nm)) == (1.9375, 5)  # as in the benchmark by hand
    assert 4 * 2 * 4.0 + len(STEP_KINDS) * 7 * 0.5 == goals.SAMPLER_COST_S


@pytest.mark.parametrize(
    ("changes", "fewer"),
    [({"budgets": [1.0]}, 7 * 0.9375), ({"budgets": [0.25, 0.5]}, 7 * 1.1875), ({"radii_nm": [0.3, 0.4]}, 3)],
)
def test_a_fit_of_the_benchmark_costs_a_pass_over_its_share_of_the_frames(monkeypatch, changes, fewer):
    """Three routes pass over every budget, a fourth over four times as many frames, each radius over all
    frames; 1500 frames of 10 ms."""
    for what in ("products", "project"):
        monkeypatch.setitem(STEPS, what, 25.0)
    cost_h = [added("estimators", **own)["core_h"]["compare_routes"] for own in ({}, changes)]
    assert cost_h[0] - cost_h[1] == pytest.approx(4 * fewer * 1500 * 0.01 / 3600)


def test_memory_of_the_benchmark_grows_with_what_it_keeps():
    small, large = (added("estimators", frames=n)["ram_MB"] for n in (6, 12))
    for rule in ("estimator_conditional", "estimator_tables"):
        assert large[rule] - BASE_MB["openmm"] == pytest.approx(2 * (small[rule] - BASE_MB["openmm"]))
    assert large["compare_routes"] > small["compare_routes"]
    # 12 frames, two chains: 125 samples of forces and atoms of 64 molecules, or 75 on each of four rungs
    assert large["estimator_conditional"] == pytest.approx(
        BASE_MB["openmm"] + 3 * 12 * 2 * 64 * max(125 * 48, 4 * 75 * 12) / 1e6
    )


def test_the_checks_of_the_engine_by_hand(monkeypatch):
    monkeypatch.setitem(STEPS, "observe", 0.0)
    more = added("engine")
    # 16 runs of 504 ps with each of seven steps, and ten of 10 050 ps with 8 fs; 0.4 ms a step
    steps = 16 * 504e3 * sum(1 / fs for fs in (2, 4, 5, 6, 8, 10, 12))
    assert more["core_h"]["time_step"] == pytest.approx(steps * 4e-4 / 3600)
    assert more["core_h"]["long_runs"] == pytest.approx(2 * 10 * 10_050 * 125 * 4e-4 / 3600)
    # eight times the molecules: 240 ps, and eight CG runs of 450 ps
    assert more["core_h"]["large_box_all_atom"] == pytest.approx(2 * 8 * 240 * 0.1 / 3600)
    assert more["core_h"]["large_box_cg"] == pytest.approx(2 * 8 * 8 * 450 * 125 * 4e-4 / 3600)
    # stretches with half the step, and runs with 4 fs, in boxes of both sizes
    d = load_config({}).dynamics
    stretched = 2 * 8 * d.stretches * d.stretch_ps * 2 * 0.1
    assert more["core_h"]["large_box_stretches"] == pytest.approx(stretched / 3600)
    steps = 2 * 2 * 8 * 8 * (d.equilibration_ps + d.production_ps) * 250
    assert more["core_h"]["box_motion"] == pytest.approx(steps * UNITS.seconds["kernel_step spline"] / 3600)
    # energies and temperatures of ten runs every 0.4 ps, and not their positions
    assert more["disk_MB"]["long_runs"] == pytest.approx(2 * 10 * 25_000 * 16 / 1e6)
    assert more["ram_MB"]["long_runs"] < BASE_MB[""] + 20


def test_the_cost_of_which_data_to_buy_by_hand():
    """1280 ps at T0 and 640 at four others, these with test frames; 43 purchases in all their sizes."""
    table = estimate(load_config({}), UNITS, ["economics"]).set_index("rule")
    sampled, with_energies = 1280 + 4 * (640 + 160) + 5 * 40, (1280 + 2 * 640) / 0.02
    seconds = 0.1 * sampled + with_energies * STEPS["energies"] * 4e-4
    assert table.loc["economics_run", "core_h"] == pytest.approx(seconds / 3600, rel=0.02)
    runs = 43 * 4 * 2
    steps, frames = runs * 104 / 0.008, runs * 400
    seconds = 4 * 4e-4 * (steps + STEPS["observe"] * frames)
    assert table.loc["economics_errors", "core_h"] == pytest.approx(seconds / 3600, rel=0.02)
