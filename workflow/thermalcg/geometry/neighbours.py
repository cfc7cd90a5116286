"""Pairs of beads within a distance of each other in a periodic box: the one neighbour list.

Two searches give the same pairs.  scipy's k-d tree is the faster one for few beads, vesin's cell list for
more (``python -m thermalcg.benchmark.neighbours`` measures both; ``results/reference/neighbours`` holds what
it found).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from .inputs import OverlapError, checked_box
from .periodic import image_shift, nearest, wrap

#: Below this number of beads, scipy's tree is faster than vesin's cell list, and a compiled loop over all
#: pairs cheaper than going through either.
FEW_BEADS = 200

#: In place of a list of candidates: compiled loops then look at every pair.
ALL_PAIRS = np.empty(0, np.int64), np.empty(0, np.int64)


@njit(cache=True, inline="always")
def n_candidates(n: int, first: np.ndarray) -> int:
    """Number of candidate pairs of n beads: those listed, or all."""
    return len(first) if len(first) > 0 else n * (n - 1) // 2


@njit(cache=True, inline="always")
def candidate_pair(k, i, j, n, first, second):
    """Candidate k, where i and j is the one before it; both are zero before the first."""
    if len(first) > 0:
        return first[k], second[k]
    j += 1
    if j == n:
        i += 1
        j = i + 1
    return i, j


class NeighbourSearch:
    """All pairs of beads of one configuration that are closer than ``reach``, each pair once.

    Args:
        box: edge or edges of the periodic box, nm.
        reach: nm, at most half the shortest edge.

    Raises:
        InputError: a tilted box, or one below twice the reach.
    """

    def __init__(self, box: ArrayLike, reach: float) -> None:
        self.edges, self.reach = checked_box(box, reach), float(reach)
        self._cells = None

    def __call__(self, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and second bead of each pair, shape (P,) each.

        Args:
            position: nm, shape (N, 3), finite, inside the box or not.
        """
        wrapped = wrap(position, self.edges)
        pairs = self.in_tree(wrapped) if len(wrapped) < FEW_BEADS else self.in_cells(wrapped)
        return np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])

    def in_tree(self, wrapped: np.ndarray) -> np.ndarray:
        """Pairs (P, 2) of positions inside the box, by scipy."""
        return cKDTree(wrapped, boxsize=self.edges).query_pairs(self.reach, output_type="ndarray")

    def in_cells(self, wrapped: np.ndarray) -> np.ndarray:
        """Pairs (P, 2) of positions inside the box, by vesin."""
        if self._cells is None:
            from vesin import NeighborList  # imports torch, which small boxes can do without

            # one thread: jobs run beside each other, and the order of the pairs is always the same
            self._cells = NeighborList(cutoff=self.reach, full_list=False, n_threads=1)
        (pairs,) = self._cells.compute(wrapped, np.diag(self.edges), True, "P")
        return pairs.astype(np.int64)


class NeighbourList:
    """Candidate pairs of several configurations, kept until a bead has moved half the skin.

    Args:
        box: edge or edges of the periodic box, nm.
        cutoff: nm, at most half the shortest edge.
        skin: how much further than the cutoff candidates reach, nm; less where half the box ends before.

    Raises:
        InputError: a tilted box, or one below twice the cutoff.
    """

    def __init__(self, box: ArrayLike, cutoff: float, skin: float = 0.0) -> None:
        self.edges, self.cutoff = checked_box(box, cutoff), float(cutoff)
        self.skin = min(skin, max(0.0, 0.499 * self.edges.min() - cutoff))
        self.candidates: list[tuple[np.ndarray, np.ndarray]] = []
        self._search = NeighbourSearch(self.edges, cutoff + self.skin)
        self._listed_at = np.empty((0, 0, 3))

    def update(self, positions: np.ndarray) -> bool:
        """Bring ``candidates`` up to date, a list for each configuration; returns whether they are new.

        Args:
            positions: nm, shape (B, N, 3).

        Raises:
            FloatingPointError: positions that are not finite.
        """
        if self._listed_at.shape == positions.shape and not _moved(
            positions, self._listed_at, self.edges, (self.skin / 2) ** 2
        ):
            return False
        if not np.isfinite(positions).all():
            raise FloatingPointError("positions are not finite")
        self._listed_at = np.array(positions, dtype=float)
        self.candidates = [self._search(position) for position in positions]
        return True

    def for_loops(self, positions: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Candidates for a compiled loop: ``ALL_PAIRS`` of few beads, where a list does not pay."""
        if positions.shape[1] < FEW_BEADS:
            return [ALL_PAIRS] * len(positions)
        self.update(positions)
        return self.candidates


class Pairs(NamedTuple):
    """Directed pairs of several configurations.

    Attributes:
        first, second: beads, numbered through all configurations, shape (P,).
        shift: image of the second bead that is meant, nm, shape (P, 3).
        distance2: squared distance, nm2, shape (P,).
    """

    first: np.ndarray
    second: np.ndarray
    shift: np.ndarray
    distance2: np.ndarray


def directed(candidates: list[tuple[np.ndarray, np.ndarray]], n_beads: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of several configurations of so many beads, one way round and then the other, as in ``Pairs``."""
    one, other = (
        np.concatenate([pair[side] + b * n_beads for b, pair in enumerate(candidates)]) for side in (0, 1)
    )
    return np.concatenate([one, other]), np.concatenate([other, one])


class DirectedPairs:
    """Pairs within the cutoff in several configurations, both ways round, with their image shifts.

    Arguments as those of ``NeighbourList``.
    """

    def __init__(self, box: ArrayLike, cutoff: float, skin: float = 0.0) -> None:
        self._list = NeighbourList(box, cutoff, skin)
        self._first = self._second = np.empty(0, np.int64)

    def __call__(self, wrapped: np.ndarray) -> Pairs:
        """The pairs within the cutoff: every one one way round, then all of them the other.

        Args:
            wrapped: positions inside the box, nm, shape (B, N, 3).

        Raises:
            FloatingPointError: positions that are not finite.
        """
        if self._list.update(wrapped):
            self._first, self._second = directed(self._list.candidates, wrapped.shape[1])
        flat, edges = wrapped.reshape(-1, 3), self._list.edges
        vector = flat[self._second] - flat[self._first]
        shift = image_shift(vector, edges)
        distance2 = ((vector + shift) ** 2).sum(axis=1)
        near = distance2 < self._list.cutoff**2
        return Pairs(self._first[near], self._second[near], shift[near], distance2[near])


def overlap(position: np.ndarray, box: ArrayLike, index: int) -> OverlapError:
    """The error that names the two closest beads of a configuration without a finite energy.

    Args:
        position: nm, shape (N, 3).
        box: edge or edges of the periodic box, nm.
        index: of the configuration among those that were given.
    """
    first, second, distance = closest_pair(np.asarray(position, float), checked_box(box))
    return OverlapError(
        f"configuration {index}: beads {first} and {second} are {distance:.3g} nm apart; "
        "that close, the energy is not finite"
    )


def refuse_overlap(positions: np.ndarray, box: ArrayLike, energy: np.ndarray) -> None:
    """Raise ``OverlapError`` for the first of the configurations (B, N, 3) whose energy is not finite."""
    for index in np.flatnonzero(~np.isfinite(energy)):
        raise overlap(positions[index], box, index)


@njit(cache=True)
def closest_pair(position: np.ndarray, edges: np.ndarray) -> tuple[int, int, float]:
    """The two beads of a configuration that are closest to each other, and their distance, nm.

    Args:
        position: nm, shape (N, 3).
        edges: of the periodic box, nm, shape (3,).
    """
    first, second, least = 0, 0, np.inf
    for i in range(len(position)):
        for j in range(i + 1, len(position)):
            r2 = 0.0
            for a in range(3):
                d = nearest(position[j, a] - position[i, a], edges[a])
                r2 += d * d
            if r2 < least:
                first, second, least = i, j, r2
    return first, second, np.sqrt(least)


@njit(cache=True)
def _moved(positions: np.ndarray, reference: np.ndarray, edges: np.ndarray, limit: float) -> bool:
    """Whether a bead is further than the square root of ``limit`` from where it was."""
    for b in range(positions.shape[0]):
        for i in range(positions.shape[1]):
            r2 = 0.0
            for a in range(3):
                d = nearest(positions[b, i, a] - reference[b, i, a], edges[a])
                r2 += d * d
            # a distance that is not a number counts as moved
            if not r2 <= limit:
                return True
    return False
