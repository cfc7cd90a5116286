"""Atomic writes, so that a file is whole or absent, and the error of a file that cannot be used."""

from __future__ import annotations

import glob
import hashlib
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np


class DatasetError(RuntimeError):
    """A file is missing or truncated, lacks a variable or attribute, or holds unusable units or values."""


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A temporary path in the folder of ``path``, renamed to ``path`` once it is whole on disk.

    Raises:
        OSError: the file cannot be written (full disk, no permission); the message names it.
    """
    path = Path(path)
    # the suffix is kept, since some writers choose their format by it
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # left by killed runs: only one process at a time makes a file
        for old in path.parent.glob(f".{glob.escape(path.name)}.*.part{path.suffix}"):
            old.unlink(missing_ok=True)
        yield temporary
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if error.errno and not error.filename:  # a failed write does not name its file
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def scratch_array(folder: str | Path, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """An array of zeros that lies in a nameless file of a folder, not in memory, and goes with the array.

    Raises:
        OSError: the disk has no room for it; the message names the folder.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if not size:
        return np.zeros(shape, dtype)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            # without its room on disk, writing to the array would kill the process
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, dtype, "w+", shape=shape)
    except OSError as error:
        error.filename = error.filename or str(folder)
        raise


def digest(*paths: str | Path) -> str:
    """The SHA-256 of the contents of files, one after the other, in hexadecimal digits."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(Path(path).read_bytes())
    return whole.hexdigest()
