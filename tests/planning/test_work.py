"""The jobs of a study: each by hand, with unit costs of a round size."""

import pytest

from support.costs import UNITS, cost, nested, units
from thermalcg.config.files import load_config
from thermalcg.models.names import ARCHITECTURES
from thermalcg.planning import work
from thermalcg.planning.estimate import estimate, expected_jobs, expected_ram
from thermalcg.planning.work import Work

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
    # 26 000 frames for the response at three of them
    recorded = 3 * 26_000 * UNITS.seconds["response_frame"]
    assert table["all_atom"] == pytest.approx((5 * 560 * 0.1 + recorded) / 3600)
    # splines at the simulated modes' temperatures: baseline and three with a response at four held-out ones
    # and at T0, four yardsticks; networks: 3 + 3 + 2
    assert cost("jobs")["cg_md"] == 4 * 5 + 4 + 3 + 3 + 2
    # four runs each
    assert table["cg_md"] == pytest.approx(246 * 4 * (24 * 0.05 + 8 * 0.5) / 3600)
    # three temperatures; eleven kinds of CG runs of 6 x 17 ps at the two that are predicted
    # (their time step is half that of other all-atom runs)
    assert table["constant_energy"] == pytest.approx(3 * 20 * 10 * 0.2 / 3600)
    assert table["cg_dynamics"] == pytest.approx(2 * 11 * 102 * 0.1 / 3600)


def test_the_training_of_every_architecture_has_a_cost():
    assert set(work.TRAINING_COSTS) == set(ARCHITECTURES)


def test_every_job_pays_for_its_start():
    more = (cost(units=units(start=10.0)) - cost()) * 3600
    assert more["all_atom"] == pytest.approx(50)
    assert more["observe_cg"] == pytest.approx(320)
    only = (cost(units=units(start_network=10.0)) - cost()) * 3600
    assert only["all_atom"] == 0
    assert only["cg_md"] == pytest.approx(80)  # of eight networks


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
    # 6500 frames of 64 molecules, 108 bytes each, at five temperatures, and four times as many of 28 at three
    assert cost("disk_MB")["all_atom"] == pytest.approx(6500 * 64 * (5 * 108 + 3 * 4 * 28) / 1e6)


def test_gpu_hours_are_those_of_what_runs_there():
    assert cost("gpu_h").sum() == 0
    on_gpu = cost("gpu_h", units=units(gpus=("openmm",)))
    assert set(on_gpu.index[on_gpu > 0]) == {"all_atom", "sample_conditional", "constant_energy"}
    assert on_gpu["all_atom"] == cost("core_h")["all_atom"]
    on_gpu = cost("gpu_h", units=units(gpus=("torch",)))
    assert set(on_gpu.index[on_gpu > 0]) == {"train", "evaluate", "excess", "reference_errors", "cg_md"}
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
