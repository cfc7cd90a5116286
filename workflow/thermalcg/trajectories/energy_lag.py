"""Whether each potential energy belongs to its frame, or to the one before or after it.

The energy of a frame is partly a function of its beads: of the numbers of pairs at each distance and of the
forces along them. A linear fit of the energies to such sums leaves less of the variance where energies and
frames are aligned than where they are shifted against each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from .force_balance import PairSums

#: Shifts that are tried, frames.
LAGS = (-1, 0, 1)

#: Parts of the run; each is predicted by a fit to the others.
FOLDS = 10

#: Frames for each coefficient of the fit, so that it is determined, and the most coefficients.
FRAMES_A_COEFFICIENT, MOST_COEFFICIENTS = 10, 60

#: Keeps features that depend on each other from an infinite coefficient; they have the variance 1.
RIDGE = 1e-6

#: Fewest frames for a fit in tenths.
FEWEST_FRAMES = 100


class EnergyLag(NamedTuple):
    """Which shift fits best.

    Attributes:
        lag: frames by which energies come too late (+) or too early (-); 0 where they are aligned.
        certain: whether the second best shift fits worse by more than chance.
        explained: share of the energies' variance that the best shift explains, in parts not fitted.
    """

    lag: int
    certain: bool
    explained: float


def energy_lag(energy: np.ndarray, sums: PairSums, level: float = 0.999) -> EnergyLag | None:
    """Find the shift between energies and frames; None for fewer than 100 frames.

    Args:
        energy: of all frames, kJ/mol, shape (time,).
        level: probability with which chance alone does not make a shift certain.
    """
    inside = (sums.frames > 0) & (sums.frames < len(energy) - 1)
    frames = sums.frames[inside]
    if len(frames) < FEWEST_FRAMES:
        return None
    x = _features(sums, inside)
    residual = np.stack([_residuals(x, energy[frames + lag]) for lag in LAGS])
    means = residual.mean(axis=(1, 2))
    order = np.argsort(means)
    best, second = order[0], order[1]
    difference = (residual[second] - residual[best]).mean(axis=1)
    error = difference.std(ddof=1) / np.sqrt(FOLDS)
    certain = bool(difference.mean() > stdtrit(FOLDS - 1, level) * error)
    return EnergyLag(LAGS[best], certain, float(1 - means[best]))


def _features(sums: PairSums, inside: np.ndarray) -> np.ndarray:
    """Numbers of pairs, and forces along them, in ranges of distance, shape (frame, feature)."""
    n_frames, kinds = int(inside.sum()), sums.count.shape[1]
    wanted = min(MOST_COEFFICIENTS, n_frames // FRAMES_A_COEFFICIENT)
    ranges = max(1, wanted // (2 * kinds))
    # as many pairs in one range as in another: a range that is mostly empty would carry rare, huge values
    share = np.cumsum(sums.count.sum(axis=(0, 1))) / sums.count.sum()
    ends = np.unique(np.searchsorted(share, np.arange(ranges) / ranges, side="right"))
    x = np.concatenate(
        [np.add.reduceat(v[inside], ends, axis=2).reshape(n_frames, -1) for v in (sums.count, sums.measured)],
        axis=1,
    )
    spread = x.std(axis=0)
    x = x[:, spread > 0]
    return np.column_stack([np.ones(n_frames), (x - x.mean(axis=0)) / spread[spread > 0]])


def _residuals(x: np.ndarray, energy: np.ndarray) -> np.ndarray:
    """Squared residuals over the variance of the energy, shape (fold, frame of the fold)."""
    size = len(energy) // FOLDS
    x, y = x[: size * FOLDS], energy[: size * FOLDS] - energy.mean()
    folds = [slice(fold * size, (fold + 1) * size) for fold in range(FOLDS)]
    matrices, vectors = (np.stack([x[f].T @ z[f] for f in folds]) for z in (x, y))
    found = np.empty((FOLDS, size))
    for own, fold in enumerate(folds):
        matrix = matrices.sum(axis=0) - matrices[own] + RIDGE * len(y) * np.eye(x.shape[1])
        coefficients = np.linalg.solve(matrix, vectors.sum(axis=0) - vectors[own])
        found[own] = (y[fold] - x[fold] @ coefficients) ** 2
    return found / y.var()
