"""The command line as a whole: what it prints about itself, and how quickly."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import thermalcg
from thermalcg.cli.main import main

ROOT = Path(__file__).parents[2]
COMMANDS = ("check", "estimate", "status", "sharing", "info")


def test_help_names_every_command_and_shows_examples(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    text = capsys.readouterr().out
    assert caught.value.code == 0
    for command in COMMANDS:
        assert f"\n    {command} " in text
        assert command == "sharing" or f"\n  thermalcg {command} " in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(capsys, command):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert f"usage: thermalcg {command}" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["nonsense"]])
def test_what_is_no_command_is_refused(capsys, words):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: thermalcg" in capsys.readouterr().err


def test_the_version_is_that_of_the_library(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"thermalcg {thermalcg.__version__}\n"


def test_the_module_is_the_command_and_help_imports_nothing_heavy(tmp_path):
    code = (
        "import atexit, json, runpy, sys\n"
        "heavy = {'numpy', 'pandas', 'torch', 'openmm', 'numba', 'scipy', 'xarray', 'pydantic'}\n"
        "atexit.register(lambda: print(json.dumps(sorted(heavy & set(sys.modules))), file=sys.stderr))\n"
        "sys.argv = ['thermalcg', '--help']\n"
        "runpy.run_module('thermalcg', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow")},
        text=True,
        capture_output=True,
    )
    assert done.stdout.startswith("usage: thermalcg"), done.stderr
    assert json.loads(done.stderr) == []


@pytest.mark.parametrize("words", [["estimate"], ["status", "results/x", "--config"], ["sharing"]])
def test_a_configuration_that_is_wrong_is_refused_in_words(tmp_path, words):
    path = tmp_path / "wrong.yaml"
    path.write_text("water: {molecules: -3}\n")
    with pytest.raises(SystemExit, match=r"refused:\n.*water\.molecules") as caught:
        main([*words, str(path)])
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("words", [["status", "results/x"], ["estimate", "config.yaml"]])
def test_an_unknown_goal_is_refused(capsys, words):
    with pytest.raises(SystemExit):
        main([*words, "--with", "x"])
    assert (
        "--with: invalid choice: 'x' (choose from 'estimators', 'engine', 'economics')"
        in capsys.readouterr().err
    )
