"""Compile the loops of a potential in a process of its own, before they are needed.

Machine code that numba has just compiled and the same code loaded from its cache may round the last digit
differently, and dynamics is chaotic: a first run and its repetition would part.  So the process that compiles
(``compile_loops``) is none of those that make data, which always load.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from thermalcg.models.spline.tables import Tables
from thermalcg.runtime.compiled_code import PREFIX

#: Set in the process that compiles.
COMPILING = "THERMALCG_COMPILING"


def compile_beforehand(tables: Tables) -> None:
    """Make sure that the loops for as many functions as a potential has are in numba's cache.

    Nothing is done where the cache is not that of ``compiled_code.keep_apart``.
    """
    folder = Path(os.environ.get("NUMBA_CACHE_DIR", ""))
    if not folder.name.startswith(PREFIX) or COMPILING in os.environ:
        return
    radial, angular = len(tables.radial), len(tables.angular)
    done = folder / f"compiled-{radial}-{angular}"
    if done.exists():
        return
    library = Path(__file__).resolve().parents[2]
    path = os.pathsep.join([str(library), *filter(None, [os.environ.get("PYTHONPATH")])])
    subprocess.run(
        [sys.executable, "-m", "thermalcg.cg.compile_loops", str(radial), str(angular)],
        env={**os.environ, "PYTHONPATH": path, COMPILING: "1"},
        check=False,  # what is not compiled there is compiled here
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if folder.is_dir():
        done.touch()
