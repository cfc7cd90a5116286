"""Where numba keeps what jobs, command and tests compile, so that no edit meets old machine code.

A compiled function that another one calls is there twice: alone, and as a copy with the caller.  Of both, a
process uses the one that it has loaded first.  With fast mathematics, two copies may round the last digit
differently, and dynamics is chaotic: a run would depend on whether its code has just been compiled, and on
what else the process has called.  Such a function is therefore compiled into its callers, by numba's
``inline="always"`` or ``forceinline=True``; without fast mathematics all copies give the same bits.
"""

from __future__ import annotations

import hashlib
import os
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
