"""What it costs to import a long run: seconds of one core, and memory.

The goals are for 10,000 frames of 512 water molecules, whose files take 2 GB of disk.  Where these are not
asked for, the test takes a hundred frames, and allows the same time for each.

    THERMALCG_IMPORT=full pytest -s tests/trajectories/test_import_cost.py
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from support.trajectory_files import TEMPERATURE, mapping, write_xvg, write_yaml
from thermalcg.trajectories.importing import CHUNK_BYTES

#: The run of the goals, and the seconds that it may take.
FRAMES, MOLECULES, SECONDS = 10_000, 512, 120

FULL = os.environ.get("THERMALCG_IMPORT") == "full"

#: Frames that are told apart; the others repeat them.
DISTINCT = 5

EDGE, INTERVAL_PS = 2.49, 0.04

#: A process of its own, whose memory has not been larger before; a short run first, for what is loaded once.
MEASURE = """
import json, resource, sys, time
from support.trajectory_files import PROVENANCE
from thermalcg.trajectories.importing import import_run
from thermalcg.trajectories.run_file import RunFile
short, whole, path = sys.argv[1:]
import_run(RunFile(short), path, PROVENANCE)
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
import_run(RunFile(whole), path, PROVENANCE)
seconds = time.process_time() - start
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before]))
"""


def frames_of_water():
    """Positions, nm, and forces, kJ/mol/nm, of the atoms of a few frames, shape (DISTINCT, atoms, 3)."""
    rng = np.random.default_rng(1)
    shape = DISTINCT, MOLECULES, 3, 3
    centre = rng.uniform(0, EDGE, (1, MOLECULES, 1, 3)) + rng.normal(0, 0.001, (DISTINCT, MOLECULES, 1, 3))
    position = (centre + rng.uniform(-0.08, 0.08, shape)) % EDGE
    return [array.reshape(DISTINCT, -1, 3) for array in (position, rng.normal(0, 1e3, shape))]


def write_trr(path, frames):
    from MDAnalysis.lib.formats.libmdaxdr import TRRFile

    position, force = (array.astype(np.float32) for array in frames_of_water())
    box = (EDGE * np.eye(3)).astype(np.float32)
    with TRRFile(str(path), "w") as handle:
        for t in range(frames):
            x, f = position[t % DISTINCT], force[t % DISTINCT]
            handle.write(x, x, f, box, t, t * INTERVAL_PS, 0.0, x.shape[0])
    return {}


def write_dump(path, frames):
    """In Angstrom and kcal/mol, the atoms of every frame in another order, energies of atoms with them."""
    rng, bodies = np.random.default_rng(2), []
    for position, force in zip(*frames_of_water(), strict=True):
        rows = (
            f"{i + 1} 1 {x:.6g} {y:.6g} {z:.6g} 0 0 0 {a:.6g} {b:.6g} {c:.6g} {a:.6g}"
            for i in rng.permutation(len(position))
            for x, y, z, a, b, c in [(*10 * position[i], *force[i] / 41.84)]
        )
        bodies.append("\n".join(rows) + "\n")
    bounds = f"0 {10 * EDGE}\n" * 3
    with path.open("w") as handle:
        for t in range(frames):
            handle.write(f"ITEM: TIMESTEP\n{t * 20}\nITEM: NUMBER OF ATOMS\n{3 * MOLECULES}\n")
            handle.write(f"ITEM: BOX BOUNDS pp pp pp\n{bounds}")
            handle.write(f"ITEM: ATOMS id type x y z ix iy iz fx fy fz c_pe\n{bodies[t % DISTINCT]}")
    units = {"length": "angstrom", "energy": "kcal/mol", "time": "fs"}
    return {"units": units, "timestep_fs": 2.0, "bead_energy_column": "c_pe"}


def run_file(folder, write, frames):
    """The files of a run of so many frames, and its run file."""
    folder.mkdir()
    time = INTERVAL_PS * np.arange(frames)
    write_xvg(folder / "energy.xvg", time, np.sin(time))
    write_yaml(folder / "mapping.yaml", mapping(MOLECULES))
    keys = {"temperature_K": TEMPERATURE, "trajectory": "run", "mapping": "mapping.yaml"}
    keys |= {"energies": {"file": "energy.xvg", "column": "Potential"}}
    name = "run.trr" if write is write_trr else "run.lammpstrj"
    return write_yaml(folder / "run.yaml", keys | write(folder / name, frames) | {"trajectory": name})


@pytest.mark.parametrize("write", [write_trr, write_dump])
def test_an_import_takes_seconds_and_less_than_two_chunks_of_memory(tmp_path, write):
    frames = FRAMES if FULL else FRAMES // 100
    files = [run_file(tmp_path / name, write, n) for name, n in (("short", 10), ("whole", frames))]
    paths = os.pathsep.join(str(Path(__file__).parents[k] / name) for k, name in ((1, ""), (2, "workflow")))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *files, tmp_path / "mapped.nc"],
        env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, kilobytes = json.loads(done.stdout.splitlines()[-1])
    print(f"{write.__name__}: {frames} frames, {seconds:.1f} s of one core, {kilobytes / 1e3:.0f} MB")
    assert seconds < SECONDS * frames / FRAMES
    assert kilobytes * 1024 < 2 * CHUNK_BYTES
