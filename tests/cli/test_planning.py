"""The commands that plan a study and follow it."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from thermalcg.cli import estimate as estimate_command
from thermalcg.cli.main import main
from thermalcg.config.files import load_config, read_config
from thermalcg.planning import sharing, unit_costs
from thermalcg.planning.estimate import expected_jobs
from thermalcg.planning.work import EXTRAS, UnitCosts
from thermalcg.runtime import platforms

ROOT = Path(__file__).parents[2]
DEFAULT, SMOKE = str(ROOT / "config.yaml"), str(ROOT / "resources/presets/smoke.yaml")


@pytest.fixture(autouse=True)
def _keep_this_process(monkeypatch):
    monkeypatch.setattr(platforms, "pin_to_one_core", lambda: None)


def test_unit_costs_are_measured_and_printed_as_an_estimate(monkeypatch, tmp_path, capsys):
    """Short pieces of everything, for the smallest study."""
    monkeypatch.setattr(unit_costs, "SECONDS", 0.1)
    csv, units = tmp_path / "estimate.csv", tmp_path / "units.json"
    main(["estimate", DEFAULT, SMOKE, "--cores", "3", "--csv", str(csv), "--units", str(units)])
    printed = capsys.readouterr().out
    assert "measuring network_sample" in printed
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


@pytest.mark.parametrize("words", [["estimate"], ["status", "results/x", "--config"], ["sharing"]])
def test_a_configuration_that_is_wrong_is_refused_in_words(tmp_path, words):
    path = tmp_path / "wrong.yaml"
    path.write_text("water: {molecules: -3}\n")
    with pytest.raises(SystemExit, match=r"refused:\n.*water\.molecules") as caught:
        main([*words, str(path)])
    assert "Traceback" not in str(caught.value)


@pytest.fixture
def study(tmp_path):
    log = tmp_path / "logs" / "all_atom" / "300.log"
    log.parent.mkdir(parents=True)
    log.write_text("all_atom: 2026-05-01 10:00:00, 1 thread(s)\nfinished: 2026-05-01 10:01:40, 100.0 s\n")
    return str(tmp_path)


def test_status_needs_no_configuration(study, capsys):
    main(["status", study])
    assert re.search(r"^all_atom +1 ", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize("goal", [None, *EXTRAS])
def test_the_jobs_of_a_goal_are_counted_with_those_of_the_study(study, capsys, goal):
    main(["status", study, "--config", DEFAULT, *(["--with", goal] if goal else [])])
    expected = expected_jobs(load_config({}), [goal] if goal else [])
    assert f"of {sum(expected.values())} jobs" in capsys.readouterr().out
    assert (sum(expected.values()) > sum(expected_jobs(load_config({})).values())) == bool(goal)


@pytest.mark.parametrize("words", [["status", "results/x"], ["estimate", "config.yaml"]])
def test_an_unknown_goal_is_refused(capsys, words):
    with pytest.raises(SystemExit):
        main([*words, "--with", "x"])
    assert "--with: invalid choice: 'x' (choose from 'dynamics', 'estimators')" in capsys.readouterr().err


def test_the_goals_of_the_command_are_those_of_the_library():
    """They are repeated because the parser imports nothing heavy."""
    assert list(EXTRAS) == list(estimate_command.GOALS)


def test_sharing_writes_its_table_or_says_why_not(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sharing.Case, "steps_per_second", lambda self, n, precision, seconds: 100.0 * n)
    (tmp_path / "cpu.yaml").write_text("compute: {platform: CPU}\n")
    words = ["sharing", DEFAULT, SMOKE, str(tmp_path / "cpu.yaml")]
    main([*words, "--contexts", "4", "--csv", str(tmp_path / "sharing.csv")])
    printed = capsys.readouterr().out
    assert any(line.split()[:1] == ["4"] and "400" in line for line in printed.splitlines()), printed
    assert list(pd.read_csv(tmp_path / "sharing.csv")["ratio"]) == [1, 4]
    with pytest.raises(SystemExit, match="--precision is 'double'"):
        main([*words, "--precision", "double"])
