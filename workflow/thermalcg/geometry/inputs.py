"""What a public function is given, checked once when it is called: positions, boxes and temperatures.

Every function that takes them from a user calls these first, so that all say the same in the same words.
"""

from __future__ import annotations

import math
import sys
import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

#: Warnings name the line outside this package that led to them.
LIBRARY = __name__.split(".")[0]


class InputError(ValueError):
    """Positions, a box or a temperature that a function cannot take; the message says what it can."""


class OverlapError(InputError):
    """Beads on one spot, or so close that a potential has no finite energy; the message names them."""


class OutsideRange(UserWarning):
    """A temperature outside the range that a model was trained and tested in."""


class Positions(NamedTuple):
    """Configurations, nm, shape (B, N, 3), and whether a single one (N, 3) was given."""

    values: np.ndarray
    single: bool


def checked_positions(positions: ArrayLike) -> Positions:
    """Positions of one configuration or of several.

    Args:
        positions: nm, shape (N, 3) or (B, N, 3).

    Raises:
        InputError: another shape, or values that are not finite.
    """
    values = np.asarray(positions, dtype=float)
    if values.ndim not in (2, 3) or values.shape[-1] != 3 or 0 in values.shape:
        raise InputError(
            f"positions have shape {values.shape}; allowed: (N, 3) for one configuration of N beads, "
            "or (B, N, 3) for B of them"
        )
    if not np.isfinite(values).all():
        raise InputError(f"positions hold {int((~np.isfinite(values)).sum())} values that are not finite")
    single = values.ndim == 2
    return Positions(values[None] if single else values, single)


def checked_box(box: ArrayLike, cutoff: float = 0.0) -> np.ndarray:
    """The three edges of a periodic box, nm, shape (3,).

    Args:
        box: an edge, three edges, or three vectors along the axes, nm.
        cutoff: range of the interactions in it, nm.

    Raises:
        InputError: a tilted box, an edge that is not positive, or one below twice the cutoff, where a bead
            would meet two images of another one.
    """
    edges = np.asarray(box, dtype=float)
    if edges.shape == (3, 3):
        if np.abs(edges - np.diag(np.diag(edges))).max() > 1e-9:
            raise InputError("the box is tilted; allowed: boxes with right angles (orthorhombic)")
        edges = np.diag(edges)
    if edges.shape not in ((), (1,), (3,)):
        raise InputError(f"box has shape {edges.shape}; allowed: one edge, three edges, or three vectors")
    edges = np.broadcast_to(edges, 3).copy()
    if not (np.isfinite(edges).all() and (edges > 0).all()):
        raise InputError(f"box is {edges.tolist()} nm; allowed: positive edges")
    if edges.min() < 2 * cutoff * (1 - 1e-12):
        raise InputError(
            f"box is {edges.min():g} nm along its shortest edge and the cutoff {cutoff:g} nm; "
            f"allowed: edges of at least twice the cutoff, {2 * cutoff:g} nm"
        )
    return edges


def checked_cube(box: ArrayLike, cutoff: float = 0.0) -> float:
    """The edge of a cubic periodic box, nm.

    Args:
        box, cutoff: as in ``checked_box``.

    Raises:
        InputError: as ``checked_box``, and for edges that differ.
    """
    edges = checked_box(box, cutoff)
    if (edges != edges[0]).any():
        raise InputError(f"box is {edges.tolist()} nm; allowed here: a cube, with three equal edges")
    return float(edges[0])


def checked_temperature(
    temperature: float, known: tuple[float, float] | None = None, *, strict: bool = False
) -> float:
    """A temperature, K.

    Args:
        known: lowest and highest temperature of the data that a model was trained and tested on.
        strict: outside that range is an error, not a warning.

    Raises:
        InputError: not a positive number; with ``strict`` also one outside the known range.
    """
    try:
        value = float(temperature)
    except (TypeError, ValueError):
        value = math.nan
    if not 0 < value < math.inf:
        raise InputError(f"temperature is {temperature!r} K; allowed: a number > 0")
    if known is not None and not known[0] <= value <= known[1]:
        text = (
            f"temperature is {value:g} K; the model was trained and tested between {known[0]:g} and "
            f"{known[1]:g} K"
        )
        if strict:
            raise InputError(text)
        warnings.warn(text, OutsideRange, stacklevel=levels_to_the_caller())
    return value


def levels_to_the_caller() -> int:
    """Which line outside the library led here, as ``stacklevel`` of ``warnings.warn`` counts."""
    levels, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(f"{LIBRARY}."):
        levels, frame = levels + 1, frame.f_back
    return levels
