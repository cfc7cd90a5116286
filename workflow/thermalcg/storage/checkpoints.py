"""Work cut into segments, each kept on disk, so that a killed run goes on where it stopped.

A segment is a pure function of the state before it and of a seed of its own.  A
run that was killed and resumed therefore gives the same numbers as one that was not.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .files import atomic_path

Arrays = dict[str, np.ndarray]

#: Code and packages of this process, part of the key of every segment; set once, when a job begins.
_surroundings = ""


def work_with(surroundings: str) -> None:
    """Set what determines the work of this process besides its keys: its code and packages.

    Segments made with other code are ignored, so that a resumed run never joins the work of two versions.
    """
    global _surroundings
    _surroundings = surroundings


def fingerprint(key: object) -> str:
    """SHA-256 of the key and of the code and package versions given to ``work_with``."""
    text = json.dumps([key, _surroundings], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Checkpoints:
    """The segments of one piece of work, in a folder.

    Args:
        folder: used by this piece of work alone.
        key: everything that determines the work; files of another key are ignored and overwritten.
    """

    def __init__(self, folder: str | Path, key: dict[str, object]) -> None:
        self.folder = Path(folder)
        self._key = fingerprint(key)
        self._last: Arrays = {}
        self.done = 0
        while self._load(self.done) is not None:
            self.done += 1
        # where a newer segment is damaged, the last whole one may be too old to hold a state to go on from
        while self.done and "dropped" in (self._load(self.done - 1) or {}):
            self.done -= 1
        if self.done:
            self._last = self._load(self.done - 1) or {}

    def state(self) -> Arrays:
        """The state after the last whole segment; empty before the first."""
        return {k[6:]: v for k, v in self._last.items() if k.startswith("state_")}

    def save(self, state: Arrays, part: Arrays | None = None) -> None:
        """Write a finished segment to disk: the state to go on from, and what it recorded."""
        arrays = {f"state_{k}": np.asarray(v) for k, v in state.items()}
        arrays |= {f"part_{k}": np.asarray(v) for k, v in (part or {}).items()}
        arrays["key"] = np.array(self._key)
        with atomic_path(self._path(self.done)) as temporary, temporary.open("wb") as handle:
            np.savez(handle, **arrays)
        self._last = arrays
        self.done += 1
        self._drop_old_state()
        shutil.rmtree(self._inner, ignore_errors=True)

    def inner(self) -> Checkpoints:
        """Checkpoints inside the next segment, where that is long; ``save`` removes them."""
        return Checkpoints(self._inner, {"outer": self._key, "segment": self.done})

    def parts(self) -> Arrays:
        """Everything that the segments recorded, joined along the first axis.

        Raises:
            OSError: a segment is gone or damaged since it was counted.
        """
        pieces: dict[str, list[np.ndarray]] = {}
        for part in self.each_part():
            for name, values in part.items():
                pieces.setdefault(name, []).append(values)
        return {name: np.concatenate(values) for name, values in pieces.items()}

    def each_part(self) -> Iterator[Arrays]:
        """What each segment recorded, one after the other; errors as in ``parts``."""
        for index in range(self.done):
            segment = self._load(index)
            if segment is None:
                raise OSError(f"{self._path(index)}: gone or damaged while the job ran; run it again")
            yield {name[5:]: values for name, values in segment.items() if name.startswith("part_")}

    def clear(self) -> None:
        """Remove the folder, once the result is on disk."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _inner(self) -> Path:
        return self.folder / "inner"

    def _path(self, index: int) -> Path:
        return self.folder / f"segment_{index:05d}.npz"

    def _load(self, index: int) -> Arrays | None:
        try:
            with np.load(self._path(index), allow_pickle=False) as handle:
                arrays = {name: handle[name] for name in handle.files}
        except OSError as error:
            # a failing disk is no reason to repeat good segments; numpy's own errors have no number
            if error.errno not in (None, errno.ENOENT, errno.ENOTDIR):
                raise
            return None
        except MemoryError:
            raise
        except Exception:  # damaged: this segment is repeated
            return None
        return arrays if str(arrays.get("key")) == self._key else None

    def _drop_old_state(self) -> None:
        """Remove the state of an old segment; the newest two are kept, in case the newest is damaged."""
        if self.done < 3:
            return
        old = self._load(self.done - 3)
        if old is not None and any(k.startswith("state_") for k in old):
            slim = {k: v for k, v in old.items() if not k.startswith("state_")}
            slim["dropped"] = np.array(True)
            with atomic_path(self._path(self.done - 3)) as temporary, temporary.open("wb") as handle:
                np.savez(handle, **slim)
