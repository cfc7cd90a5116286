"""Frames of a trajectory as the readers hand them over, and what a reader says where a file is at fault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import InputError, checked_box
from thermalcg.storage.files import DatasetError

#: Largest angle of a box away from a right one that is rounding in a file of single precision, degrees.
ANGLE_TOLERANCE = 1e-3

#: The cure for a file that cannot even be opened.
AGAIN = "copy it again, or convert the frames that can still be read to another format"


@dataclass
class Frame:
    """One frame, in the units of the library; arrays may be overwritten by the next one.

    Attributes:
        time: ps.
        edges: of the box, nm, shape (3,).
        position: nm, shape (atom, 3).
        force: kJ/mol/nm, shape (atom, 3), where the frame has forces.
        velocity: nm/ps, shape (atom, 3), where it has velocities.
        energy: potential energy of the box, kJ/mol, where it has one.
        atom_energy: energy of every atom, kJ/mol, shape (atom,), where it has them.
        unwrapped: whether positions go on across the boundary of the box from frame to frame.
    """

    time: float
    edges: np.ndarray
    position: np.ndarray
    force: np.ndarray | None = None
    velocity: np.ndarray | None = None
    energy: float | None = None
    atom_energy: np.ndarray | None = None
    unwrapped: bool = False


def edges_of(box: ArrayLike, path: Path, index: int) -> np.ndarray:
    """The three edges of a box given as edge, edges or vectors, nm, shape (3,).

    Raises:
        DatasetError: a tilted box, or edges that are not positive; the message names file and frame.
    """
    box = np.asarray(box, float)
    if box.shape == (3, 3) and np.abs(off := box - np.diag(np.diag(box))).max() > 1e-6 * np.abs(box).max():
        raise _tilted(
            path, index, f"its vectors have the components {np.round(off[off != 0], 6).tolist()} nm"
        )
    try:
        return checked_box(np.diag(box) if box.shape == (3, 3) else box)
    except InputError as error:
        raise DatasetError(f"{path}: frame {index}: {error}") from None


def edges_of_angles(lengths: ArrayLike, angles: ArrayLike, path: Path, index: int) -> np.ndarray:
    """The three edges of a box given by lengths (nm) and angles (degrees), nm, shape (3,).

    Raises:
        DatasetError: as ``edges_of``.
    """
    if np.abs(np.asarray(angles, float) - 90).max() > ANGLE_TOLERANCE:
        raise _tilted(path, index, f"its angles are {np.round(angles, 3).tolist()} degrees")
    return edges_of(lengths, path, index)


def cut_off(path: Path, index: int, time: float | None) -> DatasetError:
    """The error of a file that ends within a frame.

    Args:
        index: of the broken frame.
        time: of the last whole frame, ps; None if there is none.
    """
    if time is None:
        return DatasetError(f"{path}: the file ends within its first frame; copy or write it again")
    return DatasetError(
        f"{path}: the file ends within frame {index} (from 0), or that frame is damaged; copy it again, "
        "or use the "
        f"frames before with last_ps: {time:.9g}"
    )


def wrong_size(path: Path, index: int, what: str, found: int, expected: int) -> DatasetError:
    """The error of a frame with another number of atoms."""
    return DatasetError(
        f"{path}: frame {index} has {what} of {found} atoms; expected: {expected}, as many as the mapping "
        "has; "
        "write all atoms of the mapping, or leave the others out of it"
    )


def _tilted(path: Path, index: int, how: str) -> DatasetError:
    return DatasetError(
        f"{path}: the box of frame {index} is tilted ({how}); allowed: boxes with right angles; run the "
        "liquid in a "
        "cubic box"
    )
