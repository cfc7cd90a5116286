"""Files that are whole or absent: atomic writes, and the error of a file that cannot be used."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DatasetError(RuntimeError):
    """A file is missing, truncated, lacks a variable or holds values that are not finite."""


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its name once it is whole on disk.

    Raises:
        OSError: it cannot be written (a full disk, a folder without permission); names the file.
    """
    path = Path(path)
    # the suffix is kept, since some writers choose their format by it
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # what killed runs left: one process at a time makes a file
        for old in path.parent.glob(f".{glob.escape(path.stem)}.*.part{path.suffix}"):
            old.unlink(missing_ok=True)
        yield temporary
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if error.errno and not error.filename:  # a write does not know where it goes
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def digest(*paths: str | Path) -> str:
    """The SHA-256 of the contents of files, one after the other, in hexadecimal digits."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(Path(path).read_bytes())
    return whole.hexdigest()
