"""A first run, whose loops are not yet compiled, gives the numbers of its repetition to the last bit."""

import os
import subprocess
import sys

import pytest

from thermalcg.runtime.compiled_code import LIBRARY

pytestmark = pytest.mark.physics

RUN = """
import sys
from thermalcg.runtime.compiled_code import keep_apart
folder = keep_apart()
import hashlib, numpy as np
from support.compiled_potential import potential
from support.soft_beads import BOX, MASS, T, start
from thermalcg.cg.baths import friction_bath
from thermalcg.cg.engines import engines_of
from thermalcg.cg.replicas import Beads
beads = Beads(start(1), BOX, MASS)
position = beads.start.reshape(-1, 3)
state = {"position": position, "velocity": np.zeros_like(position)}
engines = engines_of([potential(3)], np.zeros(1, int), BOX, T)
engine = engines(beads, friction_bath(5.0, MASS, T, 0.004), state, 1)
frames = engine.advance(3, 100, with_energy=False)
print((folder / "compiled-4-5").exists(), hashlib.sha256(frames.position.tobytes()).hexdigest())
"""


def test_the_first_run_is_its_repetition(tmp_path):
    path = os.pathsep.join([str(LIBRARY.parent), str(LIBRARY.parents[1] / "tests")])
    environment = {**os.environ, "PYTHONPATH": path, "NUMBA_CACHE_DIR": str(tmp_path)}
    found = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", RUN], env=environment, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        found.append(done.stdout)
    assert found[0].startswith("True")
    assert found[0] == found[1]
