"""The jobs of a study: each by hand, with unit costs of a round size."""

import pytest

from support.costs import UNITS, cost, nested, units
from thermalcg.config.files import load_config
from thermalcg.models.names import ARCHITECTURES
from thermalcg.planning import work
from thermalcg.planning.estimate import estimate, expected_jobs, expected_ram, wall_hours
from thermalcg.planning.work import BASE_MB, STEPS, Work

LENGTHS = {
    "all_atom": {"all_atom__equilibration_ps": (40, 80), "all_atom__production_ps": (640, 1280)},
    "sample_conditional": {
        "conditional__burn_in_ps": (1.5, 3.0),
        "conditional__response_ps": (10, 20),
        "conditional__mean_force_ps": (10, 20),
        "conditional__melt_ps": (3, 6),
    },
    "cg_md": {"cg_md__equilibration_ps": (6, 12), "cg_md__production_ps": (30, 60)},
    "constant_energy": {"dynamics__stretch_ps": (10, 20)},
    "cg_dynamics": {"dynamics__equilibration_ps": (5, 10), "dynamics__production_ps": (12, 24)},
    "observe_cg": {"cg_md__production_ps": (30, 60)},
    "molecule_energies": {"all_atom__production_ps": (640, 1280)},
}


@pytest.mark.parametrize("rule", LENGTHS)
def test_twice_the_length_is_twice_the_cost(rule):
    once = cost(**{key: pair[0] for key, pair in LENGTHS[rule].items()})
    twice = cost(**{key: pair[1] for key, pair in LENGTHS[rule].items()})
    assert twice[rule] == pytest.approx(2 * once[rule])


@pytest.mark.parametrize(
    ("rule", "key", "once", "twice"),
    [
        ("cg_md", "cg_md__runs", 4, 8),
        ("train", "hipnn_ts__epochs", 8, 16),
        ("train", "hipnn_ts__members", 2, 4),
        ("sample_conditional", "conditional__chains", 2, 4),
    ],
)
def test_twice_the_number_is_twice_the_cost(rule, key, once, twice):
    # without the training of splines, and without chains that are there once whatever their number
    others = {"conditional__probe_frames": 0, "models__spline": [], "dynamics__architectures": []}
    before, after = (cost(**others, **{key: n})[rule] for n in (once, twice))
    assert after == pytest.approx(2 * before)


def test_by_hand():
    table = cost()
    # five temperatures
    assert table["all_atom"] == pytest.approx(5 * 560 * 0.1 / 3600)
    # splines at the simulated modes' temperatures: baseline and two with a response at four held-out ones,
    # the baseline at T0 too, four yardsticks; networks: 3 + 2 + 2
    assert cost("jobs")["cg_md"] == 5 + 4 + 4 + 4 + 3 + 2 + 2
    assert table["cg_md"] == pytest.approx(4 * 246 * (17 * 0.05 + 7 * 0.5) / 3600)
    # three temperatures; eleven kinds of CG runs of 6 x 17 ps at the two that are predicted
    # (their time step is half that of other all-atom runs)
    assert table["constant_energy"] == pytest.approx(3 * 20 * 10 * 0.2 / 3600)
    assert table["cg_dynamics"] == pytest.approx(2 * 11 * 102 * 0.1 / 3600)


def test_the_training_of_every_architecture_has_a_cost():
    assert set(work.TRAINING_COSTS) == set(ARCHITECTURES)


def test_every_job_pays_for_its_start():
    more = (cost(units=units(start=10.0)) - cost()) * 3600
    assert more["all_atom"] == pytest.approx(50)
    assert more["observe_cg"] == pytest.approx(240)
    only = (cost(units=units(start_network=10.0)) - cost()) * 3600
    assert only["all_atom"] == 0
    assert only["cg_md"] == pytest.approx(70)  # of seven networks


def test_memory_of_networks_grows_with_pairs_and_batches():
    """Measured with 512 beads and the default network: a peak of 1.5 GB."""
    dense = {"water__molecules": 512, "hipnn_ts__cutoff_nm": 1.0}
    dense |= {"dynamics__architectures": [], "models__spline": []}
    ram = expected_ram(load_config(nested(dense | {"hipnn_ts__configurations": 8})))["train"]
    assert 1000 < ram < 2500
    many = expected_ram(load_config(nested(dense | {"hipnn_ts__configurations": 3000})))["train"]
    # 36 000 pairs, two numbers of two bytes
    assert many - ram == pytest.approx((3000 - 8) * 0.143, rel=0.01)


def test_memory_and_disk_grow_with_the_box_and_the_frames():
    small, large = (cost("disk_MB", water__molecules=n).sum() for n in (64, 128))
    assert large == pytest.approx(2 * small)
    assert cost("ram_MB", all_atom__production_ps=1280)["all_atom"] > cost("ram_MB")["all_atom"]
    # 6500 frames of 64 molecules, 108 bytes each, at five temperatures
    assert cost("disk_MB")["all_atom"] == pytest.approx(5 * 6500 * 64 * 108 / 1e6)


def test_gpu_hours_are_those_of_what_runs_there():
    assert cost("gpu_h").sum() == 0
    on_gpu = cost("gpu_h", units=units(gpus=("openmm",)))
    assert set(on_gpu.index[on_gpu > 0]) == {"all_atom", "sample_conditional", "constant_energy"}
    assert on_gpu["all_atom"] == cost("core_h")["all_atom"]
    on_gpu = cost("gpu_h", units=units(gpus=("torch",)))
    assert set(on_gpu.index[on_gpu > 0]) == {"train", "evaluate", "cg_md"}
    assert on_gpu["cg_md"] < cost("core_h")["cg_md"]  # splines stay on the CPU


def test_a_stage_is_a_function(monkeypatch):
    def shear_viscosity(plan):
        return [Work("viscosity", 1, 2, 1800.0, 100.0)]

    before = estimate(load_config({}), UNITS)["core_h"].sum()
    monkeypatch.setattr(work, "STAGES", [*work.STAGES, shear_viscosity])
    table = estimate(load_config({}), UNITS)
    assert table["core_h"].sum() == pytest.approx(before + 1)
    assert table["stage"].iloc[-1] == "shear viscosity"
    assert "viscosity" in expected_jobs(load_config({}))


def added(goal, **changes):
    """The estimate by rule of what a goal of make adds to the default study, its section changed."""
    config = load_config({goal: changes} if changes else {})
    before, after = (estimate(config, UNITS, extras) for extras in ([], [goal]))
    more = after[after["stage"] == f"make {goal}"].set_index("rule")
    assert after["core_h"].sum() == pytest.approx(before["core_h"].sum() + more["core_h"].sum())
    assert wall_hours(after, 2) > wall_hours(before, 2)
    return more


def test_the_benchmark_of_estimators_by_hand(monkeypatch):
    for what in ("products", "energies"):  # ten milliseconds a frame
        monkeypatch.setitem(STEPS, what, 25.0)
    more = added("estimators", molecules=[64, 128], rungs_ps=6, rungs_burn_in_ps=3)
    # four of 40 + 120 ps, and 40 + 24 ps in boxes of one and two times the size
    assert more["core_h"]["estimator_trajectory"] == pytest.approx(4 * 160 * 0.1 / 3600)
    assert more["core_h"]["size_trajectory"] == pytest.approx(3 * 64 * 0.1 / 3600)
    # six frames and two chains: 10.5 ps at T0, 9 ps on four rungs; three frames of 8.5 ps at each size
    assert more["core_h"]["estimator_conditional"] == pytest.approx(4 * 12 * (10.5 + 4 * 9) * 0.1 / 3600)
    assert more["core_h"]["size_conditional"] == pytest.approx(3 * 6 * 8.5 * 0.1 / 3600)
    # 1500 frames and 1500 samples of 10 ms each, and passes over the frames of 10 ms each, four times: three
    # routes with shares of the data, and six radii with all
    each = 3000 * 0.01 + (3 * 1.9375 + 6) * 1500 * 0.01
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

    passing = [name for name in ROUTES if not name.startswith(("fixed", "rungs", "mbar"))]
    assert len(passing) == work.PASSES
    defaults = load_config({}).estimators
    assert (sum(defaults.budgets), len(defaults.radii_nm)) == (1.9375, 5)  # as in the benchmark by hand
    assert 4 * 2 * 4.0 + len(STEP_KINDS) * 7 * 0.5 == work.SAMPLER_COST_S


@pytest.mark.parametrize(
    ("changes", "fewer"),
    [({"budgets": [1.0]}, 3 * 0.9375), ({"budgets": [0.25, 0.5]}, 3 * 1.1875), ({"radii_nm": [0.3, 0.4]}, 3)],
)
def test_a_fit_of_the_benchmark_costs_a_pass_over_its_share_of_the_frames(monkeypatch, changes, fewer):
    """Three routes pass over every budget, each radius over all frames; 1500 frames of 10 ms."""
    monkeypatch.setitem(STEPS, "products", 25.0)
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


def test_the_run_with_a_weak_thermostat_costs_as_much_as_one_at_constant_energy():
    assert added("dynamics")["core_h"]["weak_thermostat"] == pytest.approx(cost()["constant_energy"] / 3)


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
