"""The page "Run it in your engine", typed line by line into a shell and into Python."""

import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import openmm as mm
import pytest

from support.engines import ase_package, lammps_package
from support.exported import kernel_file
from support.workplace import ROOT
from thermalcg.export.lammps_engine import mpi_library

PAGE = (ROOT / "docs" / "howto" / "engines.md").read_text()
MODELS = "results/default/models"

#: Programs as a reader has them, with few steps: runs of the page's length take minutes.
SHELL = """
set -e
lmp() { command lmp "$@" -var steps 20 -log none; }
mpirun() { command mpirun "$@" -var steps 20 -log none; }
python() { command python "$@" 100; }
thermalcg() { command python -m thermalcg "$@"; }
"""


def section(title):
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def blocks(title, language=""):
    return re.findall(rf"^```{language}\n(.*?)^```$", section(title), re.MULTILINE | re.DOTALL)


@pytest.fixture
def study(tmp_path, spline_file, network_file):
    """A folder with the files of a study that the page names."""
    folder = tmp_path
    for architecture, file in (("spline", spline_file), ("hipnn_ts", network_file)):
        path = folder / MODELS / architecture / "trf2.safetensors"
        path.parent.mkdir(parents=True)
        shutil.copyfile(file, path)
    kernel = folder / "results" / "default" / "dynamics" / "kernel" / "spline" / "300.nc"
    kernel.parent.mkdir(parents=True)
    kernel_file(kernel, 300.0)
    return folder


def shell(folder, text):
    """Standard output of the lines of a block, after which the reader is where the block began."""
    beside = [str(ROOT / "workflow"), *(path for path in sys.path if path.endswith("site-packages"))]
    library = mpi_library()
    programs = [os.path.dirname(sys.executable)]
    if library is not None:
        programs.append(str(library.parents[1] / "bin"))
    variables = {
        **os.environ,
        "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join(beside),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        ["bash", "-c", SHELL + text], cwd=folder, env=variables, text=True, capture_output=True, timeout=300
    )
    assert done.returncode == 0, text + done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def written(study, engine, more=""):
    """The folder that the first block writes, here for one engine."""
    (export,) = blocks("Write the folder")
    shell(study, export.rstrip().replace("--to lammps", f"--to {engine}") + more + "\n")
    return study / "water"


def test_every_block_of_the_page_is_run_here():
    mine = [
        text
        for title in ("Write the folder", "LAMMPS", "OpenMM", "ASE", "PyTorch")
        for text in blocks(title) + blocks(title, "python")
    ]
    assert len(mine) == PAGE.count("```") / 2


def test_lammps(study):
    lammps_package()
    run, between, memory = blocks("LAMMPS")
    written(study, "lammps")
    assert shell(study, run).count("Loop time") == 3
    folder = written(study, "lammps", " --between")
    assert "was tested" not in shell(folder, between)
    cold = shell(folder, between.replace("317", "200"))
    assert "WARNING: T is 200 K; the force field was tested from 250 to 700 K" in cold
    assert "Loop time" in cold
    export, _, rest = memory.partition("lmp")
    shell(study, export)
    assert "Loop time" in shell(folder, "lmp" + rest)


def test_openmm(study):
    (run,), (parameter,) = blocks("OpenMM"), blocks("OpenMM", "python")
    folder = written(study, "openmm")
    assert "100 steps, W =" in shell(study, run)
    system = mm.XmlSerializer.deserialize((folder / "system.xml").read_text())
    platform = mm.Platform.getPlatformByName("Reference")
    context = mm.Context(system, mm.VerletIntegrator(0.001), platform)
    exec(parameter, {"context": context})
    assert context.getParameter("T") == 350


def test_ase(study):
    ase = ase_package("ase")
    (run,), (calculator,) = blocks("ASE"), blocks("ASE", "python")
    folder = written(study, "ase")
    assert "100 steps, W =" in shell(study, run)
    check = json.loads((folder / "check.json").read_text())
    positions = 10 * np.array(check["configurations"][0]["positions"])
    atoms = ase.Atoms(["O"] * len(positions), positions, cell=[10 * check["box_nm"]] * 3, pbc=True)
    exec(calculator.replace("results/", f"{study}/results/"), {"atoms": atoms})
    assert np.isfinite(atoms.get_potential_energy())


def test_pytorch(study):
    import torch

    (code,) = blocks("PyTorch", "python")
    given = {
        "positions": torch.rand(8, 3, generator=torch.Generator().manual_seed(1)) * 1.4,
        "box": torch.tensor([1.5, 1.5, 1.5]),
        "species": torch.zeros(8, dtype=torch.int64),
    }
    exec(code.replace("results/", f"{study}/results/"), given)
    assert given["forces"].shape == (8, 3)
    assert torch.isfinite(given["energy"])
