"""The frames of a run in their order, whatever the format and the number of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from thermalcg.storage.files import DatasetError

from .binary_files import amber_frames, gsd_frames, h5md_frames, trr_frames
from .frames import Frame
from .lammps_dump import lammps_frames
from .mapping_file import Mapping, read_mapping
from .run_file import RunFile
from .site_files import site_frames, site_mapping

Reader = Callable[[Path, RunFile, int], Iterator[Frame]]

READERS: dict[str, Reader] = {
    "trr": trr_frames,
    "lammps": lammps_frames,
    "amber": amber_frames,
    "h5md": h5md_frames,
    "gsd": gsd_frames,
    "sites": site_frames,
}

#: Relative change of an edge that is rounding in a file: text of six digits, positions of single precision.
SAME_BOX = 2e-5


class Place(NamedTuple):
    """A frame and where it stands: its file and its index there, from 0."""

    frame: Frame
    path: Path
    index: int


def run_mapping(source: RunFile) -> Mapping:
    """The beads of a run: those of its mapping file, or those of its file of sites."""
    return site_mapping(source) if source.format == "sites" else read_mapping(source.mapping)


def run_frames(source: RunFile, atoms: int) -> Iterator[Place]:
    """The frames of a run between ``first_ps`` and ``last_ps``, in the order of time.

    Args:
        atoms: number of atoms of the mapping.

    Raises:
        DatasetError: a file that is missing; times that do not increase; a box that varies; what the reader
            of the format raises.
    """
    reader, run = READERS[source.format], source.run
    time, box = None, None
    for path in source.parts:
        if not path.is_file():
            raise DatasetError(f"{path}: no such file; named by trajectory in {source.path}")
        for index, frame in enumerate(reader(path, source, atoms)):
            if run.first_ps is not None and frame.time < run.first_ps:
                continue
            if run.last_ps is not None and frame.time > run.last_ps:
                return
            if time is not None and frame.time <= time:
                if run.repeated_frames == "drop" and path != source.parts[0]:
                    continue
                raise _not_later(frame.time, time, path, index)
            box = frame.edges if box is None else box
            if (np.abs(frame.edges / box - 1) > SAME_BOX).any():
                raise _varies(frame.edges, box, path, index)
            time = frame.time
            yield Place(frame, path, index)
            if run.last_ps is not None and time >= run.last_ps:
                return  # what follows may be damaged


def _not_later(time: float, before: float, path: Path, index: int) -> DatasetError:
    if time == before:
        what = f"is at {time:.9g} ps, as the one before; it may have been written twice at a restart"
    else:
        what = (
            f"is at {time:.9g} ps, after one at {before:.9g} ps; a restart went back, or parts are unsorted"
        )
    return DatasetError(
        f"{path}: frame {index} {what}; sort the parts in trajectory, and write repeated_frames: drop to "
        "leave out "
        "frames of a later part whose times have been, or cut the file"
    )


def _varies(edges: np.ndarray, box: np.ndarray, path: Path, index: int) -> DatasetError:
    return DatasetError(
        f"{path}: the box varies: {np.round(edges, 5).tolist()} nm in frame {index} and "
        f"{np.round(box, 5).tolist()} nm "
        "before; allowed: constant volume; run again in the mean box of this run, without a barostat"
    )
