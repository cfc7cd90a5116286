"""Unit costs are measured, and their measurement is what it says."""

import os
import sys
from pathlib import Path
from subprocess import PIPE, CalledProcessError, run

import pytest

from thermalcg.config.files import read_config
from thermalcg.planning import unit_costs
from thermalcg.planning.estimate import estimate, expected_jobs
from thermalcg.planning.goals import EXTRAS
from thermalcg.planning.work import BASE_MB

ROOT = Path(__file__).parents[2]


def test_a_unit_is_what_a_longer_run_adds(monkeypatch):
    now = [0.0]

    def units(n):
        now[0] += 7.0 + 0.25 * n  # seven seconds are paid once

    assert unit_costs.per_unit(units, 4, clock=lambda: now[0]) == pytest.approx(0.25)


def test_a_process_has_a_cost():
    little, more = unit_costs.start_seconds("json"), unit_costs.start_seconds("pandas")
    assert 0 < little < more < 10


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of one process")
@pytest.mark.parametrize(("runs", "imports"), [("openmm", "start"), ("torch", "start_network")])
def test_a_process_that_holds_no_data_has_the_memory_of_the_estimate(runs, imports):
    """A job that only imports what it needs stays below, not far: contexts and compilers take the rest."""
    # the peak that the operating system hands to its parent may be the parent's own
    code = f"import {unit_costs.IMPORTS[imports]}\nprint(open('/proc/self/status').read())"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow")}
    done = run([sys.executable, "-c", code], env=environment, stdout=PIPE, text=True, check=True)
    peak_MB = int(done.stdout.split("VmHWM:")[1].split()[0]) / 1e3
    assert 0.3 * BASE_MB[runs] < peak_MB < BASE_MB[runs]


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
