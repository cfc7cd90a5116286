"""What beads see of their neighbours: compiled sums over rows of neighbours, and derivatives of the sums.

All beads bring the same input, the number 1.  The first layer of a network therefore sees of bead i only

    e_vc(i) = sum_j s_v(r_ij) y_c(u_ij),

with s_v(r) = exp(-w_v^2 (1/r - q_v)^2 / 2) cos^2(pi r / 2 r_c) the sensitivity functions, u_ij the unit
vector to the neighbour, and y_c = 1, the three components of u and, at order 2, five of its traceless
quadrupole.

Beads are worked on in blocks.  In a block, arrays over neighbours hold the rows of its beads one after the
other:

* ``radial`` (3, P): inverse distance, cutoff function and its slope,
* ``y`` (C, P): tensor components, 4 or 9,
* ``values`` (2, S, P): sensitivities and their derivatives by the distance.

Source: Chigaev et al., J. Chem. Phys. 158, 184108 (2023), with the sensitivities of Lubbers et al., J. Chem.
Phys. 148, 241715 (2018).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from thermalcg.geometry.periodic import nearest

from .elementary import ANGSTROM_PER_NM, COMPILED, exp_minus, half_wave

#: Beads closer than this lie on one spot, nm: the single precision of a network cannot tell them apart.
ONE_SPOT_NM = 1e-6

#: Rows are filled up to a multiple of this number: processors work on so many numbers at once.
LANES = 8

#: Number of tensor components by tensor order.
COMPONENTS = {1: 4, 2: 9}

#: Beads of a block; what belongs to their neighbours fits into a processor's second cache.
BLOCK = 32


class Rows(NamedTuple):
    """Neighbours of all beads, one row after the other, each filled up to a multiple of ``LANES``.

    Attributes:
        start: where the row of each bead begins, and where the last one ends, shape (N + 1,).
        neighbour: who it is, shape (P,); filled up with the bead itself.
        d: vector to it and squared distance, Angstrom, shape (4, P); filled up at the cutoff, where a
            neighbour has no weight.
        most: most places of a block.
        overlap: whether two beads lie on one spot.
    """

    start: np.ndarray
    neighbour: np.ndarray
    d: np.ndarray
    most: int
    overlap: bool


@njit(**COMPILED, forceinline=True)
def _half_pairs(position, edges, first, second, cutoff, ends, vector, count):
    """Pairs within the cutoff (beads and vectors), the neighbours of each bead, and the closest distance.

    Returns:
        Number of pairs, smallest squared distance.
    """
    n = position.shape[0]
    ex, ey, ez = edges[0], edges[1], edges[2]
    limit = cutoff * cutoff
    listed = len(first) > 0
    n_candidates = len(first) if listed else n * (n - 1) // 2
    i, j, found = 0, 0, 0
    closest = np.inf
    for candidate in range(n_candidates):
        if listed:
            i, j = first[candidate], second[candidate]
        else:
            j += 1
            if j == n:
                i += 1
                j = i + 1
        dx = ANGSTROM_PER_NM * nearest(position[j, 0] - position[i, 0], ex)
        dy = ANGSTROM_PER_NM * nearest(position[j, 1] - position[i, 1], ey)
        dz = ANGSTROM_PER_NM * nearest(position[j, 2] - position[i, 2], ez)
        r2 = dx * dx + dy * dy + dz * dz
        if r2 >= limit:
            continue
        closest = min(closest, r2)
        ends[found, 0], ends[found, 1] = i, j
        vector[found, 0], vector[found, 1], vector[found, 2], vector[found, 3] = dx, dy, dz, r2
        count[i] += 1
        count[j] += 1
        found += 1
    return found, closest


@njit(**COMPILED, forceinline=True)
def _fill(found, ends, vector, cutoff, start, neighbour, d):
    """Put the pairs into the rows of both of their beads."""
    n = len(start) - 1
    end = start[:n].copy()
    for k in range(found):
        i, j = ends[k, 0], ends[k, 1]
        p, q = end[i], end[j]
        neighbour[p], neighbour[q] = j, i
        for a in range(3):
            d[a, p], d[a, q] = vector[k, a], -vector[k, a]
        d[3, p] = d[3, q] = vector[k, 3]
        end[i] = p + 1
        end[j] = q + 1
    for i in range(n):
        for p in range(end[i], start[i + 1]):
            neighbour[p] = i
            d[0, p], d[1, p], d[2, p], d[3, p] = cutoff, 0.0, 0.0, cutoff * cutoff


@njit(**COMPILED, forceinline=True)
def make_rows(position, edges, first, second, cutoff):
    """The neighbours of all beads.

    Args:
        position: nm, shape (N, 3).
        edges: of the periodic box, nm, shape (3,).
        first, second: candidate pairs, or ``geometry.neighbours.ALL_PAIRS``.
        cutoff: Angstrom.
    """
    n = position.shape[0]
    capacity = len(first) if len(first) > 0 else n * (n - 1) // 2
    ends, vector = np.empty((capacity, 2), np.int64), np.empty((capacity, 4))
    count, start = np.zeros(n, np.int64), np.zeros(n + 1, np.int64)
    found, closest = _half_pairs(position, edges, first, second, cutoff, ends, vector, count)
    most = 0
    for i in range(n):
        start[i + 1] = start[i] + (count[i] + LANES - 1) // LANES * LANES
        most = max(most, start[i + 1] - start[i // BLOCK * BLOCK])
    neighbour, d = np.empty(start[n], np.int64), np.empty((4, start[n]))
    _fill(found, ends, vector, cutoff, start, neighbour, d)
    return Rows(start, neighbour, d, most, closest < (ONE_SPOT_NM * ANGSTROM_PER_NM) ** 2)


@njit(**COMPILED, forceinline=True)
def directions(d, begin, size, cutoff, radial, y):
    """Inverse distance, cutoff function with its slope, and tensor components of the places of a block."""
    for p in range(size):
        r2 = d[3, begin + p]
        q = 1.0 / np.sqrt(r2)
        c, s = half_wave(min(q * r2 / cutoff, 1.0))
        radial[0, p] = q
        radial[1, p] = c * c
        radial[2, p] = -c * s * np.pi / cutoff
        y[0, p] = 1.0
    for a in range(3):
        for p in range(size):
            y[1 + a, p] = d[a, begin + p] * radial[0, p]
    if y.shape[0] == 9:
        for p in range(size):
            y[4, p] = y[1, p] * y[1, p] - 1 / 3
            y[5, p] = y[1, p] * y[2, p]
            y[6, p] = y[1, p] * y[3, p]
            y[7, p] = y[2, p] * y[2, p] - 1 / 3
            y[8, p] = y[2, p] * y[3, p]


@njit(**COMPILED, forceinline=True)
def sensitivities(size, center, width, radial, values):
    """Sensitivities of the places of a block and their derivatives by the distance.

    Args:
        center, width: inverse centre, 1/Angstrom, and inverse width, Angstrom, of each function, shape (S,).
    """
    for v in range(len(center)):
        c, w2 = center[v], width[v] * width[v]
        for p in range(size):
            q, cut = radial[0, p], radial[1, p]
            off = q - c
            bare = exp_minus(0.5 * w2 * off * off)
            values[0, v, p] = bare * cut
            values[1, v, p] = bare * (radial[2, p] + cut * w2 * off * q * q)


@njit(**COMPILED, forceinline=True)
def environment(begin, end, y, values, bead, env):
    """The sums e_vc of one bead of a block, whose places are these, into ``env`` (S, C, bead)."""
    begin, end = np.uint64(begin), np.uint64(end)  # a sign would have to be looked at in every step
    for v in range(values.shape[1]):
        t0 = t1 = t2 = t3 = 0.0
        for p in range(begin, end):
            x = values[0, v, p]
            t0 += x
            t1 += x * y[1, p]
            t2 += x * y[2, p]
            t3 += x * y[3, p]
        env[v, 0, bead], env[v, 1, bead], env[v, 2, bead], env[v, 3, bead] = t0, t1, t2, t3
        for c in range(4, y.shape[0]):
            total = 0.0
            for p in range(begin, end):
                total += values[0, v, p] * y[c, p]
            env[v, c, bead] = total


@njit(**COMPILED, forceinline=True)
def along_and_across(begin, end, y, values, bead, field, turn):
    """Derivatives of an energy by the distances (``turn[0]``) and tensor components of a bead's neighbours.

    Args:
        field: its derivatives by the sums e_vc, shape (S, C, bead).
    """
    begin, end = np.uint64(begin), np.uint64(end)
    for p in range(begin, end):
        turn[0, p] = turn[1, p] = turn[2, p] = turn[3, p] = 0.0
    for v in range(field.shape[0]):
        f0, f1, f2, f3 = field[v, 0, bead], field[v, 1, bead], field[v, 2, bead], field[v, 3, bead]
        for p in range(begin, end):
            turn[0, p] += values[1, v, p] * (f0 + f1 * y[1, p] + f2 * y[2, p] + f3 * y[3, p])
        for p in range(begin, end):
            x = values[0, v, p]
            turn[1, p] += f1 * x
            turn[2, p] += f2 * x
            turn[3, p] += f3 * x
    for c in range(4, y.shape[0]):
        for p in range(begin, end):
            turn[c, p] = 0.0
        for v in range(field.shape[0]):
            f = field[v, c, bead]
            for p in range(begin, end):
                turn[0, p] += f * values[1, v, p] * y[c, p]
                turn[c, p] += f * values[0, v, p]


@njit(**COMPILED, forceinline=True)
def vectors(size, radial, y, turn):
    """Derivatives by the vectors to neighbours, per nm, into ``turn[1:4]``, from ``along_and_across``."""
    for p in range(size):
        ux, uy, uz = y[1, p], y[2, p], y[3, p]
        tx, ty, tz = turn[1, p], turn[2, p], turn[3, p]
        if y.shape[0] == 9:
            tx += 2.0 * turn[4, p] * ux + turn[5, p] * uy + turn[6, p] * uz
            ty += 2.0 * turn[7, p] * uy + turn[5, p] * ux + turn[8, p] * uz
            tz += turn[6, p] * ux + turn[8, p] * uy
        q = ANGSTROM_PER_NM * radial[0, p]
        along = ANGSTROM_PER_NM * turn[0, p] - q * (tx * ux + ty * uy + tz * uz)
        turn[1, p] = along * ux + q * tx
        turn[2, p] = along * uy + q * ty
        turn[3, p] = along * uz + q * tz


@njit(**COMPILED, forceinline=True)
def add_forces(rows, block, beads, turn, force):
    """Add the forces of a block of beads that begins with bead ``block``, from ``vectors``."""
    begin = rows.start[block]
    for i in range(block, block + beads):
        fx = fy = fz = 0.0
        for p in range(rows.start[i], rows.start[i + 1]):
            j, k = rows.neighbour[p], p - begin
            x, y, z = turn[1, k], turn[2, k], turn[3, k]
            force[j, 0] -= x
            force[j, 1] -= y
            force[j, 2] -= z
            fx += x
            fy += y
            fz += z
        force[i, 0] += fx
        force[i, 1] += fy
        force[i, 2] += fz
