"""The Makefile: advice that never fails for want of a tool, and no configuration in a shell."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="no make")

#: Stands for an environment's Python: without pip-audit, or with one that prints what it was asked.
WITHOUT = "#!/bin/sh\nexit 1\n"
WITH = '#!/bin/sh\necho "asked: $*"\n'


@pytest.fixture
def make(tmp_path):
    """Runs `make` with a stand-in for Python, in a folder whose environment counts as installed."""
    shutil.copy(ROOT / "Makefile", tmp_path / "Makefile")
    for name in ("envs/requirements.txt", "envs/requirements-dev.txt", ".venv/.installed"):  # the newest last
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    def run(target: str, python: str, config: str = "") -> subprocess.CompletedProcess:
        (tmp_path / "config.yaml").write_text(config)
        for name in ("python", "snakemake"):
            program = tmp_path / ".venv" / "bin" / name
            program.parent.mkdir(exist_ok=True)
            program.write_text(python)
            program.chmod(0o755)
        shell = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL")}
        return subprocess.run(["make", target], cwd=tmp_path, env=shell, text=True, capture_output=True)

    return run


def test_without_pip_audit_it_says_how_to_get_it_and_succeeds(make):
    done = make("audit", WITHOUT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "pip-audit is not installed: .venv/bin/python -m pip install pip-audit"


def test_with_pip_audit_the_environment_is_looked_at(make):
    done = make("audit", WITH)
    assert done.returncode == 0, done.stderr
    assert "asked: -m pip_audit --local" in done.stdout


def test_it_is_among_the_targets_that_help_lists():
    done = subprocess.run(["make", "help"], cwd=ROOT, text=True, capture_output=True)
    assert "make audit " in done.stdout


@pytest.mark.parametrize(
    ("config", "folder"),
    [
        ("study: one", "one"),
        ("seed: 1\nstudy: 'two-2'  # a comment", "two-2"),
        ('study: "a_b"', "a_b"),
        ("seed: 1", "default"),
        ("water:\n  study: other", "default"),
    ],
)
@pytest.mark.parametrize("target", ["status", "report"])
def test_the_study_of_the_configuration_names_the_folder(make, target, config, folder):
    done = make(target, WITH, config)
    assert done.returncode == 0, done.stderr
    assert f"results/{folder}{'/report.html' if target == 'report' else ''}" in done.stdout.split()


def test_the_report_shows_the_exports_that_were_made(make, tmp_path):
    assert "export" not in make("report", WITH, "study: one").stdout
    (tmp_path / "results" / "one" / "export").mkdir(parents=True)
    assert make("report", WITH, "study: one").stdout.rstrip().endswith("-- all export")


@pytest.mark.parametrize("target", ["status", "report", "reproduce"])
@pytest.mark.parametrize(
    "study", ["a;touch${IFS}hit;#", "$(touch${IFS}hit)", "`touch${IFS}hit`", "a|touch${IFS}hit", "../up", "é"]
)
def test_a_study_that_is_no_name_never_reaches_the_shell(make, tmp_path, target, study):
    done = make(target, WITH, f"study: {study}\n")
    assert done.returncode != 0
    assert "study in config.yaml is no name that is allowed: letters, digits, _ and -" in done.stderr
    assert not done.stdout
    assert not (tmp_path / "hit").exists()
