"""The scripts of the exports run in a process of their own, as a user's would."""

import json
import os
import re
import subprocess
import sys

import pytest

from support.engines import ase_package
from support.workplace import ROOT
from thermalcg.export.folder import write_export
from thermalcg.export.source import Source


def run(folder, path="", kelvin=350):
    """What the script says, warnings first."""
    done = subprocess.run(
        [sys.executable, "run.py", str(kelvin), "100"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr + done.stdout


def last_energy(text):
    return float(re.search(r"100 steps, W = (\S+) ", text)[1])


files = pytest.mark.parametrize("name", ["spline_file", "mixture"])


@files
def test_openmm_runs_without_this_library(name, request, tmp_path):
    write_export(Source.read(request.getfixturevalue(name), [300]), "openmm", tmp_path)
    (tmp_path / "thermalcg.py").write_text("raise ImportError('the library is not needed')\n")
    kelvin = 350 if name == "spline_file" else 900
    text = run(tmp_path, kelvin=kelvin)
    warning = "WARNING: 900 K; the force field was tested from 250 to 700 K"
    assert (warning in text) == (kelvin == 900)
    assert abs(last_energy(text)) < 1e4
    checks = re.findall(r"W is off by (\S+) kJ/mol, forces by (\S+) of their rms", text)
    known = [c["energy"] for c in json.loads((tmp_path / "check.json").read_text())["configurations"]]
    assert len(known) > 0
    for energy, (off, force) in zip(known, checks, strict=True):
        # OpenMM's CPU platform computes in single precision
        assert abs(float(off)) < max(0.01, 1e-5 * abs(energy))
        assert float(force) < 1e-3


@files
def test_ase_runs_beside_this_library(name, request, tmp_path):
    ase = ase_package("ase")
    write_export(Source.read(request.getfixturevalue(name), [300]), "ase", tmp_path)
    beside = os.path.dirname(os.path.dirname(ase.__file__))
    assert abs(last_energy(run(tmp_path, f"{ROOT / 'workflow'}{os.pathsep}{beside}"))) < 1e2
