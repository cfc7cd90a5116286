"""Unit costs are measured, and their measurement is what it says."""

from pathlib import Path
from subprocess import CalledProcessError

import pytest

from thermalcg.config.files import read_config
from thermalcg.planning import unit_costs
from thermalcg.planning.estimate import estimate, expected_jobs
from thermalcg.planning.work import EXTRAS

ROOT = Path(__file__).parents[2]


def test_a_unit_is_what_a_longer_run_adds(monkeypatch):
    now = [0.0]

    def run(n):
        now[0] += 7.0 + 0.25 * n  # seven seconds are paid once

    assert unit_costs.per_unit(run, 4, clock=lambda: now[0]) == pytest.approx(0.25)


def test_a_process_has_a_cost():
    little, more = unit_costs.start_seconds("json"), unit_costs.start_seconds("pandas")
    assert 0 < little < more < 60


def test_a_process_that_fails_is_an_error_and_not_a_cost(capfd):
    with pytest.raises(CalledProcessError):
        unit_costs.start_seconds("thermalcg.no_such_module")


def test_every_unit_of_the_smallest_study_is_measured(monkeypatch):
    """Short pieces of everything; what ``work`` asks for has been measured."""
    monkeypatch.setattr(unit_costs, "SECONDS", 0.1)
    config, said = read_config([ROOT / "config.yaml", ROOT / "resources/presets/smoke.yaml"]), []
    units = unit_costs.measure_unit_costs(config, said.append)
    assert list(units.seconds) == said
    assert all(seconds > 0 for seconds in units.seconds.values())
    table = estimate(config, units, EXTRAS)
    assert (table["core_h"] > 0).all()
    assert set(table["rule"]) == set(expected_jobs(config, EXTRAS))
