"""Holm's correction for the number of claims that are tested together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .ratios import LEVEL


def holm_levels(chances: ArrayLike, level: float = LEVEL) -> np.ndarray:
    """The level at which each of several tests is made, so that any false verdict has at most a chance.

    Holm (Scand. J. Stat. 6, 65 (1979)): of m tests in the order of their p-values, the k-th is made at the
    level divided by m - k + 1, as long as all before it were decided; those after the first that is not are
    made at its level, at which none of them is decided either.  A test is decided where its p-value is at
    most the level returned here.  It asks nothing of how the tests depend on each other.

    Each claim is one of two statements, a ratio below one or not, of which one is true.  So p may be the
    smaller of the two one-sided p-values, and the direction is part of the verdict (Shaffer,
    Ann. Stat. 8, 1342 (1980)).

    Args:
        chances: p-values, shape (m,); NaN, for what could not be measured, is tested last and never decided.
        level: chance of any false verdict.

    Returns:
        Shape (m,).
    """
    p = np.nan_to_num(np.asarray(chances, dtype=float), nan=np.inf)
    levels, order = np.empty(len(p)), np.argsort(p, kind="stable")
    for k, index in enumerate(order):
        levels[index] = level / (len(p) - k)
        if p[index] > levels[index]:
            levels[order[k:]] = levels[index]
            break
    return levels
