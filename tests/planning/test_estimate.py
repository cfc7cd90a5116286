"""The arithmetic of a study's cost, with unit costs of a round size."""

import json
from pathlib import Path

import pandas as pd
import pytest

from thermalcg.config.files import load_config, read_config
from thermalcg.planning import estimate as command
from thermalcg.planning import targets as cost_of_targets
from thermalcg.planning import unit_costs
from thermalcg.planning.stages import (
    STAGES,
    UnitCosts,
    Work,
    estimate,
    expected_jobs,
    expected_memory,
    wall_hours,
)
from thermalcg.planning.targets import with_targets

UNITS = UnitCosts(
    start=0.0,
    start_network=0.0,
    all_atom_ps=0.1,
    conditional_ps=0.1,
    label_sample=1e-5,
    energies_frame=1e-2,
    products_frame=1e-2,
    observe_frame=1e-4,
    spline_frame=1e-3,
    spline_solve={1: 0.0, 2: 0.0, 3: 0.0},
    network_sample=5e-3,
    force={"spline": 1e-4, "hipnn_ts": 1e-2},
    cg_ps={"spline": 0.05, "hipnn_ts": 0.5},
    stretch_ps=0.3,
    memory_ps={"spline": 0.1, "hipnn_ts": 1.0},
    base_MB=100.0,
    base_network_MB=500.0,
    network_frame_MB=1.0,
)
ROOT = Path(__file__).parents[2]


def cost(column="core_h", units=UNITS, **changes):
    """A column of the estimate by rule, with some keys of the default configuration changed."""
    return estimate(load_config(nested(changes)), units).set_index("rule")[column]


def nested(changes):
    """The configuration of some ``section__key``."""
    raw = {}
    for name, value in changes.items():
        section, key = name.split("__")
        raw.setdefault(section, {})[key] = value
    return raw


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
    without = {"conditional__probe_frames": 0}
    units = UnitCosts(**{**vars(UNITS), "spline_frame": 0.0})
    before, after = (cost(units=units, **without, **{key: n})[rule] for n in (once, twice))
    assert after == pytest.approx(2 * before)


def test_by_hand():
    table = cost()
    # five temperatures
    assert table["all_atom"] == pytest.approx(5 * 560 * 0.1 / 3600)
    # splines at the simulated modes' temperatures: baseline and two with a response at four held-out ones,
    # the baseline at T0 too, four yardsticks; networks: 3 + 2 + 2
    assert cost("jobs")["cg_md"] == 5 + 4 + 4 + 4 + 3 + 2 + 2
    assert table["cg_md"] == pytest.approx(4 * 30 * (17 * 0.05 + 7 * 0.5) / 3600)
    # three temperatures; eleven kinds of CG runs of 6 x 17 ps at the two that are predicted
    assert table["constant_energy"] == pytest.approx(3 * 20 * 10 * 0.3 / 3600)
    assert table["cg_dynamics"] == pytest.approx(2 * 11 * 102 * 0.1 / 3600)


def test_every_job_pays_for_its_start():
    units = UnitCosts(**{**vars(UNITS), "start": 10.0})
    more = (cost(units=units) - cost()) * 3600
    assert more["all_atom"] == pytest.approx(50)
    assert more["observe_cg"] == pytest.approx(240)


def test_memory_of_networks_grows_with_pairs_and_batches():
    """Measured with 512 beads and the default network: a peak of 1.5 GB."""
    dense = {"water__molecules": 512, "hipnn_ts__cutoff_nm": 1.0}
    dense |= {"dynamics__architectures": [], "models__spline": []}
    memory = expected_memory(load_config(nested(dense | {"hipnn_ts__configurations": 8})))["train"]
    assert 1000 < memory < 2500
    many = expected_memory(load_config(nested(dense | {"hipnn_ts__configurations": 3000})))["train"]
    # 36 000 pairs, two numbers of two bytes
    assert many - memory == pytest.approx((3000 - 8) * 0.143, rel=0.01)


def test_memory_and_disk_grow_with_the_box_and_the_frames():
    small, large = (cost("disk_MB", water__molecules=n).sum() for n in (64, 128))
    assert large == pytest.approx(2 * small)
    assert cost("memory_MB", all_atom__production_ps=1280)["all_atom"] > cost("memory_MB")["all_atom"]
    # 6500 frames of 64 molecules, 108 bytes each, at five temperatures
    assert cost("disk_MB")["all_atom"] == pytest.approx(5 * 6500 * 64 * 108 / 1e6)


def test_gpu_hours_are_those_of_what_runs_there():
    assert cost("gpu_h").sum() == 0
    units = UnitCosts(**{**vars(UNITS), "gpu_dynamics": True})
    on_gpu = cost("gpu_h", units=units)
    assert set(on_gpu.index[on_gpu > 0]) == {"all_atom", "sample_conditional", "constant_energy"}
    assert on_gpu["all_atom"] == cost("core_h")["all_atom"]


def test_wall_time_is_the_work_on_one_core_and_never_below_the_share_of_each():
    config = load_config({})
    total = cost().sum()
    low, high = wall_hours(config, UNITS, 1)
    assert low == high == pytest.approx(total)
    longest = estimate(config, UNITS)["longest_s"].max() / 3600
    previous = high
    for cores in (2, 4, 1000):
        low, high = wall_hours(config, UNITS, cores)
        assert max(total / cores, longest) * (1 - 1e-12) <= low <= high < previous  # rounding
        previous = high
    assert low == pytest.approx(longest)  # on a thousand cores


def test_a_long_job_alone_sets_the_time():
    stages = {"one": lambda c, u: [Work("a", 0, [3600.0, 60.0], 1.0)]}
    assert wall_hours(load_config({}), UNITS, 8, stages) == pytest.approx((1.0, 1.0), rel=0.12)


def test_a_stage_is_a_function(monkeypatch):
    before = estimate(load_config({}), UNITS)["core_h"].sum()
    monkeypatch.setitem(STAGES, "viscosity", lambda c, u: [Work("viscosity", 1, [3600.0], 100.0)])
    table = estimate(load_config({}), UNITS)
    assert table["core_h"].sum() == pytest.approx(before + 1)
    assert "viscosity" in expected_jobs(load_config({}))


@pytest.mark.parametrize(
    "preset", sorted((ROOT / "resources" / "presets").glob("*.yaml")), ids=lambda p: p.stem
)
def test_every_preset_has_an_estimate(preset):
    table = estimate(read_config([ROOT / "config.yaml", preset]), UNITS)
    assert (table["jobs"] > 0).all()
    assert (table["core_h"] >= 0).all()


def target(name, **changes):
    """The estimate by rule of what a target adds to the default study."""
    config = load_config({name: changes} if changes else {})
    larger = with_targets(name)
    assert set(STAGES) < set(larger)  # the study has a stage of the name of a target
    before, after = (estimate(config, UNITS, stages) for stages in (STAGES, larger))
    more = after[after["stage"] == f"make {name}"].set_index("rule")
    assert after["core_h"].sum() == pytest.approx(before["core_h"].sum() + more["core_h"].sum())
    assert wall_hours(config, UNITS, 2, larger) > wall_hours(config, UNITS, 2)
    return more


def test_the_benchmark_of_estimators_by_hand():
    more = target("estimators", molecules=[64, 128], rungs_ps=6, rungs_burn_in_ps=3)
    # four of 40 + 120 ps, and 40 + 24 ps in boxes of one and two times the size
    assert more["core_h"]["estimator_trajectory"] == pytest.approx(4 * 160 * 0.1 / 3600)
    assert more["core_h"]["size_trajectory"] == pytest.approx(3 * 64 * 0.1 / 3600)
    # six frames and two chains: 10.5 ps at T0, 9 ps on four rungs; three frames of 8.5 ps at each size
    assert more["core_h"]["estimator_conditional"] == pytest.approx(4 * 12 * (10.5 + 4 * 9) * 0.1 / 3600)
    assert more["core_h"]["size_conditional"] == pytest.approx(3 * 6 * 8.5 * 0.1 / 3600)
    # 1500 frames and 1500 samples of 10 ms each, and passes over the frames of 10 ms each, four times: three
    # routes with shares of the data, and six radii with all
    each = 3000 * 0.01 + (3 * 1.9375 + 6) * 1500 * 0.01
    assert more["core_h"]["estimate"] == pytest.approx(4 * each / 3600)
    # 11.5 ps of two chains and a probe at 250 K and on eleven rungs, and two that melt for 3 ps
    assert more["core_h"]["frozen"] == pytest.approx((3 * 11.5 * 12 + 6) * 0.1 / 3600)
    # 300 frames and 600 samples, and a pass for each radius and the whole box
    noise = 3 * (900 * 0.01 + 6 * 300 * 0.01)
    assert more["core_h"]["size_noise"] == pytest.approx(noise / 3600)


def test_numbers_that_the_arithmetic_repeats_are_those_of_the_benchmark():
    """They are repeated because the estimate is read at every start of Snakemake, and its imports count."""
    from thermalcg.benchmark.routes import ESTIMATORS
    from thermalcg.benchmark.sampler_cost import KINDS

    passing = [name for name in ESTIMATORS if not name.startswith(("fixed", "rungs", "mbar"))]
    assert len(passing) == cost_of_targets.PASSES
    assert len(ESTIMATORS) == cost_of_targets.FITS
    assert 4 * 2 * 4.0 + len(KINDS) * 7 * 0.5 == cost_of_targets.SAMPLER_COST_S


def test_memory_of_the_benchmark_grows_with_what_it_keeps():
    small, large = (target("estimators", frames=n)["memory_MB"] for n in (6, 12))
    for rule in ("estimator_conditional", "estimator_tables"):
        assert large[rule] - UNITS.base_MB == pytest.approx(2 * (small[rule] - UNITS.base_MB))
    assert large["estimate"] > small["estimate"]
    # 12 frames, two chains: 125 samples of forces and atoms of 64 molecules, or 75 on each of four rungs
    assert large["estimator_conditional"] == pytest.approx(
        UNITS.base_MB + 3 * 12 * 2 * 64 * max(125 * 48, 4 * 75 * 12) / 1e6
    )


def test_the_run_with_a_weak_thermostat_costs_as_much_as_one_at_constant_energy():
    assert target("dynamics")["core_h"]["weak_thermostat"] == pytest.approx(cost()["constant_energy"] / 3)


def test_configuration_files_are_merged_key_by_key(tmp_path):
    (tmp_path / "a.yaml").write_text("water: {molecules: 64, cutoff_nm: 0.5}\nseed: 1\n")
    (tmp_path / "b.yaml").write_text("water: {molecules: 96}\n")
    config = read_config([tmp_path / "a.yaml", tmp_path / "b.yaml"])
    assert (config.water.molecules, config.water.cutoff_nm, config.seed) == (96, 0.5, 1)


def test_a_unit_is_what_a_longer_run_adds(monkeypatch):
    now = [0.0]

    def run(n):
        now[0] += 7.0 + 0.25 * n  # seven seconds are paid once

    assert unit_costs.per_unit(run, 4, clock=lambda: now[0]) == pytest.approx(0.25)


def test_a_process_has_a_cost():
    seconds, memory = unit_costs.process_cost("json")
    assert 0 < seconds < 10
    assert 1 < memory < 1000


def test_the_prediction_for_the_default_study_was_right():
    """From unit costs measured before the reference run on the same machine: within a factor of 1.5."""
    folder = ROOT / "results/reference"
    units = json.loads((folder / "estimate/default.json").read_text())
    units["spline_solve"] = {int(n): seconds for n, seconds in units["spline_solve"].items()}
    predicted = estimate(read_config([folder / "default/config.yaml"]), UnitCosts(**units))
    real = pd.read_csv(folder / "default/tables/benchmarks.csv")
    # a job holds one core as long as it lasts; Snakemake's processor time lacks the end of every job
    assert 1 / 1.5 < predicted["core_h"].sum() * 3600 / real["wall_s"].sum() < 1.5
    # and within two for every kind of step that takes two minutes or more
    by_rule = predicted.groupby("rule")["core_h"].sum() * 3600
    long = real.groupby("rule")["wall_s"].sum().loc[lambda s: s > 120]
    long = long[long.index.isin(by_rule.index)]
    assert len(long) >= 5
    assert ((by_rule[long.index] / long).between(1 / 2, 2)).all()


def test_unit_costs_are_measured_and_printed_as_an_estimate(monkeypatch, tmp_path, capsys):
    """Short pieces of everything, for the smallest study."""
    monkeypatch.setattr(unit_costs, "SECONDS", 0.1)
    monkeypatch.setattr(command, "pin_to_one_core", lambda: None)
    files = [str(ROOT / "config.yaml"), str(ROOT / "resources/presets/smoke.yaml")]
    paths = ["--csv", str(tmp_path / "estimate.csv"), "--units", str(tmp_path / "units.json")]
    monkeypatch.setattr("sys.argv", ["estimate", *files, "--cores", "3", *paths])
    command.main()
    printed = capsys.readouterr().out
    assert "measuring networks" in printed
    assert "wall time with 3 cores: " in printed
    units = json.loads((tmp_path / "units.json").read_text())
    for name in set(units) - {"gpu_dynamics", "gpu_networks", "spline_solve"}:  # a solve is next to nothing
        value = units[name]
        assert all(v > 0 for v in (value.values() if isinstance(value, dict) else [value])), name
    table = pd.read_csv(tmp_path / "estimate.csv")
    assert set(table["rule"]) == set(expected_jobs(read_config([Path(f) for f in files])))
    assert (table["core_h"] > 0).all()


@pytest.mark.parametrize("cores", ["abc", "0", "-2", "1.5"])
def test_cores_that_are_no_number_are_refused(monkeypatch, capsys, cores):
    monkeypatch.setattr("sys.argv", ["estimate", "config.yaml", f"--cores={cores}"])
    with pytest.raises(SystemExit):
        command.main()
    assert "allowed: all, or a whole number >= 1" in capsys.readouterr().err
