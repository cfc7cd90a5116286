"""The estimate of a study: its bounds of the wall time, its presets, and whether it was right."""

import json
from pathlib import Path

import pandas as pd
import pytest

from support.costs import UNITS, cost
from thermalcg.config.files import load_config, read_config
from thermalcg.planning import work
from thermalcg.planning.estimate import as_text, estimate, wall_hours
from thermalcg.planning.work import UnitCosts, Work

ROOT = Path(__file__).parents[2]


def test_wall_time_is_the_work_on_one_core_and_never_below_the_share_of_each():
    table = estimate(load_config({}), UNITS)
    total = cost().sum()
    low, high = wall_hours(table, 1)
    assert low == high == pytest.approx(total)
    longest = table["longest_s"].max() / 3600
    previous = high
    for cores in (2, 4, 1000):
        low, high = wall_hours(table, cores)
        assert max(total / cores, longest) * (1 - 1e-12) <= low <= high < previous  # rounding
        previous = high
    assert low == pytest.approx(longest)  # on a thousand cores


def test_a_long_job_alone_sets_the_time(monkeypatch):
    monkeypatch.setattr(work, "STAGES", [lambda plan: [Work("a", 0, 1, 3600.0), Work("a", 0, 1, 60.0)]])
    assert wall_hours(estimate(load_config({}), UNITS), 8) == pytest.approx((1.0, 1.0), rel=0.12)


@pytest.mark.parametrize(
    "preset", sorted((ROOT / "resources" / "presets").glob("*.yaml")), ids=lambda p: p.stem
)
def test_every_preset_has_an_estimate(preset):
    table = estimate(read_config([ROOT / "config.yaml", preset]), UNITS)
    assert (table["jobs"] > 0).all()
    assert (table["core_h"] >= 0).all()


def test_the_prediction_for_the_default_study_was_right():
    """From unit costs measured before the reference run on the same machine: within a factor of 1.5."""
    folder = ROOT / "results/reference"
    units = UnitCosts(**json.loads((folder / "estimate/default.json").read_text()))
    predicted = estimate(read_config([folder / "default/config.yaml"]), units)
    real = pd.read_csv(folder / "default/tables/benchmarks.csv")
    # a job holds one core as long as it lasts; Snakemake's processor time lacks the end of every job
    assert 1 / 1.5 < predicted["core_h"].sum() * 3600 / real["wall_s"].sum() < 1.5
    # and within two for every kind of step that takes two minutes or more
    by_rule = predicted.groupby("rule")["core_h"].sum() * 3600
    long = real.groupby("rule")["wall_s"].sum().loc[lambda s: s > 120]
    long = long[long.index.isin(by_rule.index)]
    assert len(long) >= 5
    assert ((by_rule[long.index] / long).between(1 / 2, 2)).all()


def test_the_text_adds_up_the_stages(monkeypatch):
    monkeypatch.setattr("thermalcg.planning.estimate.wall_hours", lambda table, cores: (0.5, 3.0))
    table = estimate(load_config({}), UNITS, ["engine"])
    lines = as_text(table, 1).splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["all", "conditional"]
    assert any(line.startswith("make engine") for line in lines)
    total = next(line for line in lines if line.split()[:1] == ["all"] and line.split()[1].isdigit())
    assert int(total.split()[1]) == table["jobs"].sum()
    assert lines[-1] == "wall time with 1 core: 30 min to 3.0 h"
