"""Periodic boxes: the nearest image of a vector, and positions inside the box."""

from __future__ import annotations

import numpy as np
from numba import njit


def minimum_image(vector: np.ndarray, box: float | np.ndarray) -> np.ndarray:
    """The nearest periodic image of a vector between two positions.

    It is the vector to the nearest image wherever that is closer than half the box.

    Args:
        vector: nm, shape (..., 3).
        box: edge of a cubic box, or the three edges of an orthorhombic one, nm.
    """
    return vector + image_shift(vector, box)


def image_shift(vector: np.ndarray, box: float | np.ndarray) -> np.ndarray:
    """What turns a vector into its ``minimum_image``: whole edges, nm, shape (..., 3)."""
    return -box * np.rint(vector / box)


def wrap(position: np.ndarray, box: float | np.ndarray) -> np.ndarray:
    """Positions inside the box: 0 <= x < box, shape (..., 3)."""
    wrapped = position - box * np.floor(position / box)
    # rounding may put x = -1e-17 onto the upper edge, and a multiple of the edge just below zero
    return np.where((wrapped >= box) | (wrapped < 0), 0.0, wrapped)


@njit(cache=True, inline="always")
def nearest(x: float, edge: float) -> float:
    """``minimum_image`` of one component, for compiled loops."""
    return x - edge * np.rint(x / edge)
