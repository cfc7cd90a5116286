"""An edit of a function that numba inlines into another file never meets old machine code."""

import ast
import os
import subprocess
import sys

import pytest

from thermalcg.runtime import compiled_code
from thermalcg.runtime.compiled_code import LIBRARY, PREFIX, keep_apart

INNER = """
from numba import njit

@njit(cache=True, inline="always")
def scaled(x):
    return {factor} * x
"""

OUTER = """
from numba import njit
from inner import scaled

@njit(cache=True)
def outer(x):
    return scaled(x) + 1.0
"""

CALL = """
import sys
from pathlib import Path
from thermalcg.runtime.compiled_code import keep_apart
if sys.argv[1] == "apart":
    keep_apart(Path.cwd())
from outer import outer
print(outer(1.0))
"""


@pytest.mark.parametrize(("how", "after_edit"), [("apart", 6.0), ("numba's own", 3.0)])
def test_an_inlined_function_is_compiled_anew_after_an_edit(tmp_path, how, after_edit):
    """Numba's own choice of a folder gives the old number: that is what the folder is for."""
    (tmp_path / "outer.py").write_text(OUTER)
    found = []
    path = os.pathsep.join([str(tmp_path), str(LIBRARY.parent)])
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    # bytecode is told by the second and the size, which an edit as quick as this one leaves as they were
    environment |= {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    for factor in (2.0, 5.0):
        (tmp_path / "inner.py").write_text(INNER.format(factor=factor))
        done = subprocess.run(
            [sys.executable, "-c", CALL, how], cwd=tmp_path, env=environment, text=True, capture_output=True
        )
        assert done.returncode == 0, done.stderr
        found.append(float(done.stdout))
    assert found == [3.0, after_edit]


def test_the_folder_follows_the_compiled_files_alone(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    (tmp_path / "kernels.py").write_text("from numba import njit\n")
    (tmp_path / "plain.py").write_text("")
    first = keep_apart(tmp_path)
    assert first.parent == tmp_path / "__pycache__"
    assert os.environ["NUMBA_CACHE_DIR"] == str(first)
    (tmp_path / "plain.py").write_text("x = 1\n")
    # a second time, as in a process that this one starts, it lies in the same place
    assert keep_apart(tmp_path) == first
    (tmp_path / "kernels.py").write_text("from numba import njit  # edited\n")
    assert keep_apart(tmp_path) != first


def test_a_folder_of_the_user_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "scratch"))
    assert keep_apart().parent == tmp_path / "scratch"


def test_where_nothing_else_can_be_written_it_is_a_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    monkeypatch.setattr(compiled_code.tempfile, "gettempdir", lambda: str(tmp_path / "scratch"))
    library = tmp_path / "library"
    library.mkdir()
    (library / "__pycache__").write_text("a file in its place")
    found = keep_apart(library)
    assert found.parent.parent == tmp_path / "scratch"
    assert found.is_dir()
    assert os.environ["NUMBA_CACHE_DIR"] == str(found)


def test_the_tests_run_in_such_a_folder():
    import numba

    assert f"/{PREFIX}" in numba.config.CACHE_DIR


RUN = """
import sys
from thermalcg.runtime.compiled_code import keep_apart
keep_apart()
import hashlib, numpy as np
from support.compiled_potential import potential
from support.soft_beads import BOX, MASS, T, start
from thermalcg.cg.baths import friction_bath
from thermalcg.cg.compiled_engine import _SharedForces
from thermalcg.cg.engines import engines_of
from thermalcg.cg.replicas import Beads
beads = Beads(start(1), BOX, MASS)
position = beads.start.reshape(-1, 3)
state = {"position": position, "velocity": np.zeros_like(position)}
engines = engines_of([potential(3)], np.zeros(1, int), BOX, T)
engine = engines(beads, friction_bath(5.0, MASS, T, 0.004), state, 1)
if sys.argv[1] == "parts first":
    _SharedForces(map, engine._runs[0])(False)
frames = engine.advance(3, 100, with_energy=False)
print(hashlib.sha256(frames.position.tobytes()).hexdigest())
"""


NETWORK = """
import sys
from thermalcg.runtime.compiled_code import keep_apart
keep_apart()
import hashlib, numpy as np
from support.random_potential import BOX, liquid
from support.networks import network_settings
from thermalcg.geometry.neighbours import ALL_PAIRS
from thermalcg.models.hipnn_ts import rows
from thermalcg.models.hipnn_ts.elementary import ANGSTROM_PER_NM
from thermalcg.models.hipnn_ts.model import HipnnTS
from thermalcg.models.hipnn_ts.network import EnergyNetwork
import torch
torch.manual_seed(0)
network = HipnnTS(EnergyNetwork(network_settings(), np.array([20.0])).requires_grad_(False))
positions = liquid()
if sys.argv[1] == "parts first":
    cutoff = ANGSTROM_PER_NM * network.cutoff
    made = rows.make_rows(positions[0], np.full(3, BOX), *ALL_PAIRS, cutoff)
    room = len(made.d[0])
    rows.directions(made.d, 0, room, cutoff, np.empty((3, room)), np.empty((4, room)))
force = network.force_field(np.ones(1), BOX)(positions)[1]
print(hashlib.sha256(force.tobytes()).hexdigest())
"""


@pytest.mark.physics
@pytest.mark.parametrize("code", [RUN, NETWORK], ids=["splines", "networks"])
def test_a_run_is_the_same_to_the_last_bit_whatever_is_compiled_and_called_before(tmp_path, code):
    """Nothing is compiled before the first one; the third calls parts of the loop by themselves."""
    path = os.pathsep.join([str(LIBRARY.parent), str(LIBRARY.parents[1] / "tests")])
    environment = {**os.environ, "PYTHONPATH": path, "NUMBA_CACHE_DIR": str(tmp_path)}
    found = []
    for before in ("nothing", "compiled", "parts first"):
        done = subprocess.run(
            [sys.executable, "-c", code, before], env=environment, text=True, capture_output=True
        )
        assert done.returncode == 0, done.stderr
        found.append(done.stdout)
    assert found == [found[0]] * 3


def compiled_functions():
    """By module and name: the decorator of every compiled function, and the names that it calls."""
    found = {}
    for path in LIBRARY.rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            decorators = [ast.unparse(d) for d in getattr(node, "decorator_list", [])]
            if compiled := [text for text in decorators if "njit(" in text]:
                calls = [n.func for n in ast.walk(node) if isinstance(n, ast.Call)]
                inner = {called.id for called in calls if isinstance(called, ast.Name)}
                found[path.relative_to(LIBRARY), node.name] = compiled[0], inner
    return found


def test_what_rounds_freely_is_compiled_into_its_callers():
    """A copy of its own would be taken or not, as a process happens to load it first."""
    functions = compiled_functions()
    called = set().union(*(names for _, names in functions.values()))
    fast = {
        (path, name): text
        for (path, name), (text, _) in functions.items()
        if name in called and ("fastmath" in text or "COMPILED" in text)
    }
    assert len(fast) > 30
    inlined = "inline='always'", "forceinline=True"
    assert [place for place, text in fast.items() if not any(how in text for how in inlined)] == []
