"""The scripts of the exports run in a process of their own, as a user's would."""

import os
import re
import subprocess
import sys

from support.engines import ase_package
from support.workplace import ROOT
from thermalcg.export.folder import write_export
from thermalcg.export.source import Source


def run(folder, path=""):
    done = subprocess.run(
        [sys.executable, "run.py", "350", "100"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return float(re.search(r"100 steps, W = (\S+) ", done.stdout)[1])


def test_openmm_runs_without_this_library(spline_file, tmp_path):
    write_export(Source.read(spline_file, [300]), "openmm", tmp_path)
    (tmp_path / "thermalcg.py").write_text("raise ImportError('the library is not needed')\n")
    assert abs(run(tmp_path)) < 1e4


def test_ase_runs_beside_this_library(spline_file, tmp_path):
    ase = ase_package("ase")
    write_export(Source.read(spline_file, [300]), "ase", tmp_path)
    beside = os.path.dirname(os.path.dirname(ase.__file__))
    assert abs(run(tmp_path, f"{ROOT / 'workflow'}{os.pathsep}{beside}")) < 1e2
