"""The command that says how far a study is."""

import re
from pathlib import Path

import pytest

from thermalcg.cli.main import main
from thermalcg.config.files import load_config
from thermalcg.planning.estimate import expected_jobs
from thermalcg.planning.goals import EXTRAS

DEFAULT = str(Path(__file__).parents[2] / "config.yaml")


@pytest.fixture
def study(tmp_path):
    log = tmp_path / "logs" / "all_atom" / "300.log"
    log.parent.mkdir(parents=True)
    log.write_text("all_atom: 2026-05-01 10:00:00, 1 thread(s)\nfinished: 2026-05-01 10:01:40, 100.0 s\n")
    return str(tmp_path)


def test_status_needs_no_configuration(study, capsys):
    main(["status", study])
    assert re.search(r"^all_atom +1 ", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize("goals", [[], *([goal] for goal in EXTRAS), list(EXTRAS)])
def test_the_jobs_of_goals_are_counted_with_those_of_the_study(study, capsys, goals):
    main(["status", study, "--config", DEFAULT, *(word for goal in goals for word in ("--with", goal))])
    expected = expected_jobs(load_config({}), goals)
    assert f"of {sum(expected.values())} jobs" in capsys.readouterr().out
    assert (sum(expected.values()) > sum(expected_jobs(load_config({})).values())) == bool(goals)
