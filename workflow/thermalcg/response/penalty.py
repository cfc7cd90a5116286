"""The penalty that keeps coefficients in order where there are no data, and how strong it is.

Functions of distances that hardly occur have a curvature near zero: the data leave their coefficients open,
and at another temperature, where these distances do occur, whatever noise made of them counts.  The penalty

    R = s (g_pair (1 + D^T D) on the pair functions  +  g_triplet 1 on the triplet functions)

draws all coefficients to zero and, with D the second difference, those of neighbouring pair functions to a
line; g is the mean curvature of a kind of function.  In a mixture every pair of species has its own terms.
Its strength s is chosen at T0, from blocks that a fit has not seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: Strengths that are tried: from rounding errors to a penalty as strong as the data.
STRENGTHS = np.logspace(-8, 0, 9)

#: Parts of the cross-validation, each of neighbouring blocks.
FOLDS = 5


def spline_penalty(
    gram: np.ndarray, n_pair: int, kinds: Sequence[slice | np.ndarray] | None = None
) -> np.ndarray:
    """R of strength s = 1, shape (F, F).

    Args:
        gram: G, shape (F, F).
        n_pair: number of pair functions, which come first.
        kinds: indices of the functions of each kind, those of pairs in their order; pairs and triplets if
            None.  In a mixture every pair of species is a kind (``spline.mixture_basis.blocks``).
    """
    curvature, size = np.diag(gram), len(gram)
    penalty = np.zeros((size, size))
    for kind in kinds or (slice(0, n_pair), slice(n_pair, size)):
        own = np.arange(size)[kind]
        part = np.eye(len(own))
        if len(own) > 2 and own[0] < n_pair:
            difference = np.diff(part, 2, axis=0)
            part = part + difference.T @ difference
        penalty[np.ix_(own, own)] = curvature[own].sum() / max(len(own), 1) * part
    return penalty


def chosen_strength(
    gram: np.ndarray, target: np.ndarray, penalty: np.ndarray, strengths: np.ndarray = STRENGTHS
) -> float:
    """The largest strength whose loss on unseen blocks is within one standard error of the least.

    The loss of coefficients theta is theta^T G theta - 2 theta^T t, the mean squared residual up to a
    constant, and the standard error is that of the difference from the best strength, over blocks.  This rule
    (Breiman et al., Classification and Regression Trees, 1984) prefers the smoothest fit that the data cannot
    tell from the best: cross-validation at T0 sees nothing of distances that occur at other temperatures
    only.

    Args:
        gram: G of each of at least two equally long blocks, shape (block, F, F).
        target: E[phi^T y] of each block for the quantity y that is fitted, shape (block, F).
        penalty: R of strength 1, shape (F, F).
        strengths: that are tried, ascending.
    """
    n = len(gram)
    fold = np.arange(n) * min(FOLDS, n) // n
    loss = np.empty((len(strengths), n))
    for held_out in range(fold.max() + 1):
        own = fold == held_out
        g, t = gram[~own].mean(axis=0), target[~own].mean(axis=0)
        for index, strength in enumerate(strengths):
            theta = np.linalg.solve(g + strength * penalty, t)
            loss[index, own] = theta @ gram[own] @ theta - 2 * target[own] @ theta
    best = int(np.argmin(loss.mean(axis=1)))
    difference = loss - loss[best]
    error = difference.std(axis=1, ddof=1) / np.sqrt(n)
    return float(strengths[np.flatnonzero(difference.mean(axis=1) <= error).max()])
