"""`make audit` advises and never fails for want of its tool."""

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
def audit(tmp_path):
    """Runs `make audit` with a stand-in for Python, in a folder whose environment counts as installed."""
    shutil.copy(ROOT / "Makefile", tmp_path / "Makefile")
    for name in ("envs/requirements.txt", "envs/requirements-dev.txt", ".venv/.installed"):  # the newest last
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    def run(python: str) -> subprocess.CompletedProcess:
        interpreter = tmp_path / ".venv" / "bin" / "python"
        interpreter.parent.mkdir(exist_ok=True)
        interpreter.write_text(python)
        interpreter.chmod(0o755)
        shell = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL")}
        return subprocess.run(["make", "audit"], cwd=tmp_path, env=shell, text=True, capture_output=True)

    return run


def test_without_pip_audit_it_says_how_to_get_it_and_succeeds(audit):
    done = audit(WITHOUT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "pip-audit is not installed: .venv/bin/python -m pip install pip-audit"


def test_with_pip_audit_the_environment_is_looked_at(audit):
    done = audit(WITH)
    assert done.returncode == 0, done.stderr
    assert "asked: -m pip_audit --local" in done.stdout


def test_it_is_among_the_targets_that_help_lists():
    done = subprocess.run(["make", "help"], cwd=ROOT, text=True, capture_output=True)
    assert "make audit " in done.stdout
