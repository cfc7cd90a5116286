"""Rows of neighbours for compiled dynamics, which renews them without returning to Python.

Every bead has a row of the beads that may come within the cutoff before the rows are renewed, each pair in
both rows.  Those that may come within a second, shorter range stand first.  Among few beads everyone is
everyone's neighbour, and there are no rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

#: Up to so many beads, looking at every pair is cheaper than keeping rows.
FEW_BEADS = 128

#: A row's length is a multiple of this, which fits the registers of every processor.
LANES = 8

#: The least skin for which rows are worth their keep, nm.
LEAST_SKIN_NM = 0.02

#: How much further than the cutoff the rows reach, nm.  From 0.14 to 0.25, runs of 512 and of 4,096 beads of
#: water take the same time within 5 %; at 0.1 they take 10 % more.
SKIN_NM = 0.18


class Reach(NamedTuple):
    """How far rows reach, nm.

    Attributes:
        near: range of the entries that stand first, with the skin.
        far: range of all entries, with the skin.
        skin: 0 where there are no rows.
    """

    near: float
    far: float
    skin: float


class Rows(NamedTuple):
    """Neighbours of every bead.

    Attributes:
        beads: shape (N, R), or (0, 0) where every bead is a neighbour of every other.
        lengths: of a row; how many entries, the first, may come within the shorter range; how often the bead
            stands in its own row, at the end, to fill it up; shape (N, 3).
        listed_at: positions for which the rows were made, nm, shape (3, N).
    """

    beads: np.ndarray
    lengths: np.ndarray
    listed_at: np.ndarray


def reach_of(n_beads: int, edges: np.ndarray, near: float, far: float) -> Reach:
    """How far rows reach in a periodic box, for the ranges of two kinds of neighbours, nm."""
    skin = min(SKIN_NM, 0.499 * float(edges.min()) - far)
    if n_beads <= FEW_BEADS or skin < LEAST_SKIN_NM:
        return Reach(near, far, 0.0)
    return Reach(near + skin, far + skin, skin)


@njit(cache=True)
def no_rows():
    """Rows that hold nothing: every bead is a neighbour of every other, or rows are still to be made."""
    return Rows(np.empty((0, 0), np.int32), np.empty((0, 3), np.int64), np.empty((3, 0)))


@njit(cache=True, fastmath=True, nogil=True, forceinline=True)
def outdated(position, rows, reach):
    """Whether a bead has moved by more than half the skin since its row was made."""
    if reach.skin == 0.0:
        return False
    if rows.beads.shape[0] == 0:
        return True
    most = 0.0
    for i in range(position.shape[1]):
        dx = position[0, i] - rows.listed_at[0, i]
        dy = position[1, i] - rows.listed_at[1, i]
        dz = position[2, i] - rows.listed_at[2, i]
        most = max(most, dx * dx + dy * dy + dz * dz)
    return most > 0.25 * reach.skin**2


@njit(cache=True, nogil=True)
def cells_of(position, edges, reach):
    """Beads sorted into cells that are at least as wide as the rows reach.

    A direction into which fewer than three cells fit has one only.

    Returns:
        Numbers of cells (3,), cell of each bead (3, N), first place of each cell in the order (cells + 1,),
        the beads in that order (N,), and their positions (3, N).
    """
    n = position.shape[1]
    numbers = np.empty(3, np.int64)
    for a in range(3):
        numbers[a] = int(edges[a] / reach.far)
        if numbers[a] < 3:
            numbers[a] = 1
    cell, flat = np.empty((3, n), np.int64), np.empty(n, np.int64)
    first = np.zeros(numbers[0] * numbers[1] * numbers[2] + 1, np.int64)
    for i in range(n):
        for a in range(3):
            part = position[a, i] / edges[a]
            cell[a, i] = min(int((part - np.floor(part)) * numbers[a]), numbers[a] - 1)
        flat[i] = (cell[0, i] * numbers[1] + cell[1, i]) * numbers[2] + cell[2, i]
        first[flat[i] + 1] += 1
    first = np.cumsum(first)
    order, at, ordered = np.empty(n, np.int32), first.copy(), np.empty((3, n))
    for i in range(n):
        place = at[flat[i]]
        order[place] = i
        for a in range(3):
            ordered[a, place] = position[a, i]
        at[flat[i]] += 1
    return numbers, cell, first, order, ordered


@njit(cache=True, fastmath=True, nogil=True, forceinline=True)
def fill_rows(begin, end, position, edges, cells, reach, rows):
    """Make the rows of the beads at some places of the order, cell by cell: a cell's beads share candidates.

    Returns:
        The length that the longest row needs; where that is more than ``rows`` have, they are incomplete.
    """
    _, cell, _, order, _ = cells
    n, room, longest = position.shape[1], rows.beads.shape[1], 0
    candidates, near_by = np.empty(n, np.int32), np.empty((3, n))
    far, square, hits = np.empty(room, np.int32), np.empty(n), np.empty(n + 1, np.int64)
    count, own = 0, (-1, -1, -1)
    for place in range(begin, end):
        i = order[place]
        here = cell[0, i], cell[1, i], cell[2, i]
        if here != own:
            own, count = here, _collect(here, cells, candidates, near_by)
        _squares(i, position, near_by, count, edges, square)
        n_near, n_far = _sift(i, candidates, count, (square, hits), reach, (rows.beads, far))
        total = n_near + n_far
        length = (total // LANES + 1) * LANES
        longest = max(longest, length)
        if length > room:
            continue
        for k in range(n_far):
            rows.beads[i, n_near + k] = far[k]
        for k in range(total, length):
            rows.beads[i, k] = i
        rows.lengths[i, 0], rows.lengths[i, 1], rows.lengths[i, 2] = length, n_near, length - total
    return longest


@njit(cache=True, nogil=True)
def _collect(own, cells, candidates, near_by):
    """Write the beads of a cell and of those beside it, and their positions; returns how many there are."""
    numbers, _, first, order, ordered = cells
    # a direction with a single cell has none beside it
    bx, by, bz = (1 if numbers[0] > 1 else 0), (1 if numbers[1] > 1 else 0), (1 if numbers[2] > 1 else 0)
    count = 0
    for x in range(own[0] - bx, own[0] + bx + 1):
        for y in range(own[1] - by, own[1] + by + 1):
            for z in range(own[2] - bz, own[2] + bz + 1):
                flat = (x % numbers[0] * numbers[1] + y % numbers[1]) * numbers[2] + z % numbers[2]
                for place in range(first[flat], first[flat + 1]):
                    candidates[count] = order[place]
                    for a in range(3):
                        near_by[a, count] = ordered[a, place]
                    count += 1
    return count


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _squares(i, position, near_by, count, edges, square):
    """Squared distances from bead i to the candidates."""
    x, y, z = position[0, i], position[1, i], position[2, i]
    ex, ey, ez = edges[0], edges[1], edges[2]
    ix, iy, iz = 1 / ex, 1 / ey, 1 / ez
    for k in range(count):
        dx = near_by[0, k] - x
        dy = near_by[1, k] - y
        dz = near_by[2, k] - z
        dx -= ex * np.rint(dx * ix)
        dy -= ey * np.rint(dy * iy)
        dz -= ez * np.rint(dz * iz)
        square[k] = dx * dx + dy * dy + dz * dz


@njit(cache=True, nogil=True, inline="always")
def _sift(i, candidates, count, squares, reach, row):
    """Write those in reach of bead i to its row, those beyond the shorter range to a row of their own.

    Returns:
        How many there are of both; only as many are written as there is room for.
    """
    square, hits = squares
    beads, far = row
    n_near, n_far, n_hits, last = 0, 0, 0, len(far) - 1
    near2, far2 = reach.near**2, reach.far**2
    for k in range(count):
        hits[n_hits] = k
        n_hits += square[k] < far2
    for h in range(n_hits):
        k = hits[h]
        j = candidates[k]
        if j != i:
            if square[k] < near2:
                beads[i, min(n_near, last)] = j
                n_near += 1
            else:
                far[min(n_far, last)] = j
                n_far += 1
    return n_near, n_far


@njit(cache=True, nogil=True)
def renewed(position, edges, reach, rows):
    """Rows for these positions, in the memory of the old ones where that is large enough."""
    n = position.shape[1]
    if rows.beads.shape[0] != n:
        rows = empty_rows(n, usual_room(n, edges, reach))
    cells = cells_of(position, edges, reach)
    longest = fill_rows(0, n, position, edges, cells, reach, rows)
    if longest > rows.beads.shape[1]:
        rows = empty_rows(n, longest)
        fill_rows(0, n, position, edges, cells, reach, rows)
    rows.listed_at[:] = position
    return rows


@njit(cache=True)
def usual_room(n, edges, reach):
    """Length of a row that is enough in a liquid that fills its box."""
    volume = edges[0] * edges[1] * edges[2]
    return min(int(1.5 * n / volume * 4.19 * reach.far**3) + 32, n + LANES) // LANES * LANES + LANES


@njit(cache=True, nogil=True)
def empty_rows(n, room):
    """Rows for n beads, each with room for so many neighbours."""
    return Rows(np.empty((n, room), np.int32), np.empty((n, 3), np.int64), np.empty((3, n)))
