"""Work cut into segments, each kept on disk, so that a killed run goes on where it stopped.

A segment is a pure function of the state before it and of a seed of its own.  A
run that was killed and resumed therefore gives the numbers of one that was not.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np

from .files import atomic_path

Arrays = dict[str, np.ndarray]

_surroundings = ""


def work_with(surroundings: str) -> None:
    """Name what determines all work of this process beside its keys: its code and packages.

    Segments of other ones are ignored, so that a resumed run never joins what two versions made.
    """
    global _surroundings
    _surroundings = surroundings


def fingerprint(key: object) -> str:
    """Of a key and of what was named to ``work_with``."""
    text = json.dumps([key, _surroundings], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Checkpoints:
    """Segments of one piece of work in a folder.

    Args:
        folder: belongs to this piece of work alone.
        key: whatever determines the work; files of another key are ignored and overwritten.
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
        """Keep a finished segment: the state to go on from, and what it recorded."""
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
        """Those of the next segment, where it is long and cut into segments itself; ``save`` removes them."""
        return Checkpoints(self._inner, {"outer": self._key, "segment": self.done})

    def parts(self) -> Arrays:
        """What all segments recorded, joined along the first axis.

        Raises:
            OSError: a segment is gone or damaged since it was counted.
        """
        pieces: dict[str, list[np.ndarray]] = {}
        for index in range(self.done):
            segment = self._load(index)
            if segment is None:
                raise OSError(f"{self._path(index)}: gone or damaged while the job ran; run it again")
            for name, values in segment.items():
                if name.startswith("part_"):
                    pieces.setdefault(name[5:], []).append(values)
        return {name: np.concatenate(values) for name, values in pieces.items()}

    def clear(self) -> None:
        """Remove the folder: the result is on disk."""
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
            # a failing disk is no reason to do good segments again; numpy's own errors have no number
            if error.errno not in (None, errno.ENOENT, errno.ENOTDIR):
                raise
            return None
        except MemoryError:
            raise
        except Exception:  # not whole: this segment is done again
            return None
        return arrays if str(arrays.get("key")) == self._key else None

    def _drop_old_state(self) -> None:
        """Bound the size: the newest state counts, and the one before it should the newest be damaged."""
        if self.done < 3:
            return
        old = self._load(self.done - 3)
        if old is not None and any(k.startswith("state_") for k in old):
            slim = {k: v for k, v in old.items() if not k.startswith("state_")}
            slim["dropped"] = np.array(True)
            with atomic_path(self._path(self.done - 3)) as temporary, temporary.open("wb") as handle:
                np.savez(handle, **slim)
