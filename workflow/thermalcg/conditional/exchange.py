"""Replica exchange: which replica sits on which rung of the ladder of temperatures.

The sites of a frame are the same on all rungs, so that plain temperature replica exchange is exact.
"""

from __future__ import annotations

import numpy as np


def swap(energy: np.ndarray, beta: np.ndarray, walker: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The walkers after one round of exchange: many random pairs, which mixes better than neighbours alone.

    Chodera and Shirts, J. Chem. Phys. 135, 194110 (2011): the cube of the number of rungs
    in attempts is close to an independent draw of the permutation.

    Args:
        energy: potential energy of each walker, kJ/mol, shape (K,).
        beta: 1/(kB T) of each rung, mol/kJ, shape (K,).
        walker: the walker on each rung, shape (K,).

    Returns:
        The new ``walker``.
    """
    walker = walker.copy()
    n = len(beta)
    if n < 2:
        return walker
    for _ in range(n**3):
        i, j = rng.choice(n, size=2, replace=False)
        exponent = (beta[i] - beta[j]) * (energy[walker[i]] - energy[walker[j]])
        if exponent >= 0 or rng.random() < np.exp(exponent):
            walker[i], walker[j] = walker[j], walker[i]
    return walker


def acceptance(energy: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Probability that neighbouring rungs would exchange, shape (K - 1,).

    Args:
        energy: potential energy of the walker on each rung, kJ/mol, shape (K,).
        beta: 1/(kB T) of each rung, mol/kJ, shape (K,).
    """
    exponent = np.diff(beta) * np.diff(energy)
    return np.minimum(1, np.exp(np.minimum(exponent, 0)))


def count_round_trips(walker: np.ndarray) -> int:
    """Number of trips of walkers from the lowest rung to the highest and back.

    Args:
        walker: the walker on each rung at each sample, shape (rung, sample).
    """
    n_rungs = walker.shape[0]
    if n_rungs < 2:
        return 0
    trips = 0
    for w in range(n_rungs):
        rung = np.argmax(walker == w, axis=0)
        ends = rung[(rung == 0) | (rung == n_rungs - 1)]
        turns = np.flatnonzero(np.diff(ends) != 0)
        trips += len(turns) // 2
    return trips
