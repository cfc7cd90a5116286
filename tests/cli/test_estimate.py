"""The command that measures this machine and says what a study costs."""

import json
from pathlib import Path

import pandas as pd
import pytest

from thermalcg.cli import estimate as estimate_command
from thermalcg.cli.main import main
from thermalcg.config.files import read_config
from thermalcg.planning import unit_costs
from thermalcg.planning.estimate import expected_jobs
from thermalcg.planning.goals import EXTRAS
from thermalcg.planning.work import UnitCosts

ROOT = Path(__file__).parents[2]
DEFAULT, SMOKE = str(ROOT / "config.yaml"), str(ROOT / "resources/presets/smoke.yaml")


def test_unit_costs_are_measured_and_printed_as_an_estimate(monkeypatch, tmp_path, capsys):
    """Short pieces of everything, for the smallest study."""
    monkeypatch.setattr(unit_costs, "SECONDS", 0.1)
    csv, units = tmp_path / "estimate.csv", tmp_path / "units.json"
    main(["estimate", DEFAULT, SMOKE, "--cores", "3", "--csv", str(csv), "--units", str(units)])
    printed = capsys.readouterr().out
    assert "measuring sample hipnn_ts" in printed
    assert "wall time with 3 cores: " in printed
    measured = UnitCosts(**json.loads(units.read_text())).seconds
    assert all(value > 0 for value in measured.values())
    table = pd.read_csv(csv)
    assert set(table["rule"]) == set(expected_jobs(read_config([DEFAULT, SMOKE])))
    assert (table["core_h"] > 0).all()


@pytest.mark.parametrize("cores", ["abc", "0", "-2", "1.5"])
def test_cores_that_are_no_number_are_refused(capsys, cores):
    with pytest.raises(SystemExit):
        main(["estimate", "config.yaml", f"--cores={cores}"])
    assert "allowed: all, or a whole number >= 1" in capsys.readouterr().err


def test_the_goals_of_the_command_are_those_of_the_library():
    """They are repeated because the parser imports nothing heavy."""
    assert list(EXTRAS) == list(estimate_command.GOALS)
