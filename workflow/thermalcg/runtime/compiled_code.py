"""Where numba keeps what jobs, command and tests compile, so that no edit meets old machine code."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

#: Begins the name of a folder; a hash of the library's compiled files follows.
PREFIX = "numba-"

LIBRARY = Path(__file__).resolve().parents[1]


def keep_apart(library: Path = LIBRARY) -> Path:
    """Set the folder of numba's cache for this process and return it; call it before numba is imported.

    Numba compiles a function anew when the file in which it stands changes.  It does not see that a function
    of another file, inlined into it, has changed.  The folder is therefore named after all files that hold
    compiled functions.  It lies where ``NUMBA_CACHE_DIR`` says, or in the library's ``__pycache__``; where
    it cannot be written, in the folder for temporary files.  Numba itself would give up where the home
    folder cannot be written either.
    """
    whole = hashlib.sha256()
    for path in sorted(library.rglob("*.py")):
        content = path.read_bytes()
        if b"njit" in content:
            whole.update(str(path.relative_to(library)).encode() + content)
    given = Path(os.environ.get("NUMBA_CACHE_DIR") or library / "__pycache__")
    if given.name.startswith(PREFIX):  # of the process that started this one
        given = given.parent
    name = f"{PREFIX}{whole.hexdigest()[:16]}"
    temporary = (
        Path(tempfile.gettempdir()) / f"thermalcg-compiled-{os.getuid() if hasattr(os, 'getuid') else 0}"
    )
    folder = next((place / name for place in (given, temporary) if _writable(place / name)), given / name)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    return folder


def _writable(folder: Path) -> bool:
    """Whether files can be made in a folder, which is made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


#: Set in the process that compiles.
COMPILING = "THERMALCG_COMPILING"


def compile_beforehand(module: str, *numbers: int) -> None:
    """Make sure that numba's cache holds what a module compiles, before it is needed in this process.

    Machine code that numba has just compiled and the same code loaded from its cache may round the last
    digit differently, and dynamics is chaotic: a first run and its repetition would part.  So the process
    that compiles, ``python -m module numbers``, is none of those that make data, which always load.  Nothing
    is done where the cache is not that of ``keep_apart``.
    """
    folder = Path(os.environ.get("NUMBA_CACHE_DIR", ""))
    if not folder.name.startswith(PREFIX) or COMPILING in os.environ:
        return
    words = [module, *map(str, numbers)]
    done = folder / "-".join(["compiled", *words])
    if done.exists():
        return
    path = os.pathsep.join([str(LIBRARY.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    ended = subprocess.run(
        [sys.executable, "-m", *words],
        env={**os.environ, "PYTHONPATH": path, COMPILING: "1"},
        check=False,  # what is not compiled there is compiled here
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if ended.returncode == 0 and folder.is_dir():
        done.touch()
