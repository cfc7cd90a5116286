"""Text dumps of LAMMPS (dump_style custom).

MDAnalysis reads them too, but does not convert forces, numbers times by a step of its own, stumbles over the
sections TIME and UNITS, counts a frame that is cut off as a whole one, and takes four times as long.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd

from thermalcg.storage.files import DatasetError

from .frames import Frame, cut_off, edges_of, wrong_size
from .run_file import RunFile

#: Columns of positions; scaled ones are in units of the box, unwrapped ones go on across its boundary.
CONVENTIONS = {
    ("xu", "yu", "zu"): (False, True),
    ("xsu", "ysu", "zsu"): (True, True),
    ("x", "y", "z"): (False, False),
    ("xs", "ys", "zs"): (True, False),
}
IMAGES, FORCES, VELOCITIES = ("ix", "iy", "iz"), ("fx", "fy", "fz"), ("vx", "vy", "vz")


class _CutOff(Exception):
    """The file ends."""


@dataclass
class _Raw:
    """A frame in the units of the file."""

    step: int
    time: float | None
    bounds: np.ndarray
    names: list[str]
    table: pd.DataFrame


def lammps_frames(path: Path, source: RunFile, atoms: int) -> Iterator[Frame]:
    """Frames of a dump, atoms in the order of their ids.

    Args:
        source: its units, time step and column of energies.
        atoms: number of atoms of the mapping.

    Raises:
        DatasetError: another number of atoms, missing columns, ids that are missing or given twice, a tilted
            box, no time step, or a file that ends within a frame.
    """
    factors, column = source.run.units.factors, source.run.bead_energy_column
    time, index = None, 0
    with path.open("rb") as handle:
        while True:
            try:
                raw = _read(handle, path, index)
            except _CutOff:
                raise cut_off(path, index, time) from None
            if raw is None:
                return
            if len(raw.table) != atoms:
                raise wrong_size(path, index, "positions", len(raw.table), atoms)
            time = _time(raw, source, path, factors)
            yield _frame(raw, time, factors, column, path, index)
            index += 1


def _read(handle: BinaryIO, path: Path, index: int) -> _Raw | None:
    """The next frame; None at the end of the file."""
    step, time, bounds, count = None, None, None, None
    while line := handle.readline():
        words = line.split()
        if words[:2] == [b"ITEM:", b"TIMESTEP"]:
            step = int(_line(handle))
        elif words[:2] == [b"ITEM:", b"TIME"]:
            time = float(_line(handle))
        elif words[:2] == [b"ITEM:", b"UNITS"]:
            _line(handle)
        elif words[:2] == [b"ITEM:", b"NUMBER"]:
            count = int(_line(handle))
        elif words[:2] == [b"ITEM:", b"BOX"]:
            bounds = np.array([_line(handle).split() for _ in range(3)], float)
        elif words[:2] == [b"ITEM:", b"ATOMS"] and None not in (step, count) and bounds is not None:
            names = [word.decode() for word in words[2:]]
            return _Raw(step, time, bounds, names, _table(handle, count, names))
        elif words:
            raise DatasetError(
                f"{path}: frame {index} holds the line {line[:40]!r}; allowed: a text dump of dump_style "
                "custom"
            )
    if step is not None:
        raise _CutOff
    return None


def _line(handle: BinaryIO) -> bytes:
    line = handle.readline()
    if not line.endswith(b"\n"):
        raise _CutOff
    return line


def _table(handle: BinaryIO, count: int, names: list[str]) -> pd.DataFrame:
    text = b"".join(islice(handle, count))
    if text.count(b"\n") < count:
        raise _CutOff
    try:
        return pd.read_csv(
            io.BytesIO(text), sep=" ", header=None, names=names, index_col=False, skipinitialspace=True
        )
    except ValueError:  # a line with too many or too few words, or none at all
        raise _CutOff from None


def _time(raw: _Raw, source: RunFile, path: Path, factors: dict[str, float]) -> float:
    if raw.time is not None:
        return raw.time * factors["time"]
    if source.run.timestep_fs is None:
        raise DatasetError(
            f"{path}: frames are numbered by steps; give timestep_fs in {source.path}, or write times with "
            "dump_modify time yes"
        )
    return raw.step * source.run.timestep_fs * 1e-3


def _frame(
    raw: _Raw, time: float, factors: dict[str, float], column: str | None, path: Path, index: int
) -> Frame:
    table, length = raw.table, factors["length"]
    if "id" in raw.names:
        order = np.argsort(table["id"].to_numpy(), kind="stable")
        ids = table["id"].to_numpy()[order]
        if (np.diff(ids) == 0).any():
            raise DatasetError(f"{path}: frame {index} gives the id {ids[:-1][np.diff(ids) == 0][0]} twice")
    else:
        raise DatasetError(
            f"{path}: frame {index} has no column id, so that its atoms have no order; dump id"
        )

    def columns(names: tuple[str, ...]) -> np.ndarray | None:
        if not set(names) <= set(raw.names):
            return None
        return np.stack([table[name].to_numpy(float) for name in names], axis=1)[order]

    edges, low = _edges(raw, length, path, index)
    found = next((names for names in CONVENTIONS if set(names) <= set(raw.names)), None)
    if found is None:
        raise DatasetError(f"{path}: frame {index} has no positions; dump x y z ix iy iz, or xu yu zu")
    (scaled, unwrapped), position = CONVENTIONS[found], columns(found)
    position = position * edges if scaled else position * length - low
    if not unwrapped and (images := columns(IMAGES)) is not None:
        position, unwrapped = position + images * edges, True
    force, velocity = columns(FORCES), columns(VELOCITIES)
    energy = None
    if column is not None:
        if column not in raw.names:
            raise DatasetError(
                f"{path}: bead_energy_column is {column!r}; allowed: a column of the dump, "
                f"{', '.join(raw.names)}"
            )
        energy = table[column].to_numpy(float)[order] * factors["energy"]
    return Frame(
        time,
        edges,
        position,
        None if force is None else force * factors["force"],
        None if velocity is None else velocity * factors["velocity"],
        atom_energy=energy,
        unwrapped=unwrapped,
    )


def _edges(raw: _Raw, length: float, path: Path, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges and lower corner of the box, nm."""
    bounds = raw.bounds * length
    vectors = np.diag(bounds[:, 1] - bounds[:, 0])
    if bounds.shape[1] == 3:
        vectors[1, 0], vectors[2, 0], vectors[2, 1] = bounds[:, 2]
    return edges_of(vectors, path, index), bounds[:, 0]
