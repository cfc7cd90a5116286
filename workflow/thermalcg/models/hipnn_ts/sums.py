"""The sums over neighbours of all beads, the forces that follow from them, and derivatives of a loss.

The energy is a function of the sums e_cv(i) of ``rows``.  With field_cv(i) its derivatives by them, forces
are

    F = -sum_i,c,v field_cv(i) de_cv(i)/dR,

linear in the field.  A loss of forces therefore needs no second derivative of anything that runs over pairs.
Parameters of the pairs are the centres q_v and widths w_v of the sensitivities.

Arguments of all functions: rows (``rows.make_rows``), the cutoff in Angstrom, and the inverse centres,
1/Angstrom, and inverse widths, Angstrom, of the sensitivities, shape (S,).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .elementary import ANGSTROM_PER_NM, COMPILED
from .rows import (
    BLOCK,
    add_forces,
    along_and_across,
    directions,
    environment,
    sensitivities,
    vectors,
)


@njit(**COMPILED)
def all_sums(rows, cutoff, center, width, n_c):
    """The sums e_cv of all beads, shape (N, C, S)."""
    n, n_s = len(rows.start) - 1, len(center)
    radial, y, values = np.empty((3, rows.most)), np.empty((n_c, rows.most)), np.empty((2, n_s, rows.most))
    env, out = np.empty((n_s, n_c, BLOCK)), np.empty((n, n_c, n_s))
    for block in range(0, n, BLOCK):
        beads, begin = min(BLOCK, n - block), rows.start[block]
        size = rows.start[block + beads] - begin
        directions(rows.d, begin, size, cutoff, radial, y)
        sensitivities(size, center, width, radial, values)
        for b in range(beads):
            i = block + b
            environment(rows.start[i] - begin, rows.start[i + 1] - begin, y, values, b, env)
            for c in range(n_c):
                for v in range(n_s):
                    out[i, c, v] = env[v, c, b]
    return out


@njit(**COMPILED)
def all_forces(rows, cutoff, center, width, field):
    """The forces of all beads, shape (N, 3)."""
    n, n_c, n_s = field.shape
    radial, y, values = np.empty((3, rows.most)), np.empty((n_c, rows.most)), np.empty((2, n_s, rows.most))
    turn, here = np.empty((n_c, rows.most)), np.empty((n_s, n_c, 1))
    force = np.zeros((n, 3))
    for block in range(0, n, BLOCK):
        beads, begin = min(BLOCK, n - block), rows.start[block]
        size = rows.start[block + beads] - begin
        directions(rows.d, begin, size, cutoff, radial, y)
        sensitivities(size, center, width, radial, values)
        for i in range(block, block + beads):
            for c in range(n_c):
                for v in range(n_s):
                    here[v, c, 0] = field[i, c, v]
            along_and_across(rows.start[i] - begin, rows.start[i + 1] - begin, y, values, 0, here, turn)
        vectors(size, radial, y, turn)
        add_forces(rows, block, beads, turn, force)
    return force


@njit(**COMPILED)
def sums_back(rows, cutoff, center, width, by_sums):
    """Derivatives of a loss by centres and widths, shape (S,) each, from those by the sums, (N, C, S)."""
    n, n_c, n_s = by_sums.shape
    radial, y, values = np.empty((3, rows.most)), np.empty((n_c, rows.most)), np.empty((2, n_s, rows.most))
    by_center, by_width = np.zeros(n_s), np.zeros(n_s)
    for block in range(0, n, BLOCK):
        beads, begin = min(BLOCK, n - block), rows.start[block]
        size = rows.start[block + beads] - begin
        directions(rows.d, begin, size, cutoff, radial, y)
        sensitivities(size, center, width, radial, values)
        for i in range(block, block + beads):
            first, last = np.uint64(rows.start[i] - begin), np.uint64(rows.start[i + 1] - begin)
            for v in range(n_s):
                by_c, by_w = 0.0, 0.0
                for c in range(n_c):
                    g = by_sums[i, c, v]
                    for p in range(first, last):
                        off = radial[0, p] - center[v]
                        x = g * y[c, p] * values[0, v, p] * off
                        by_c += x
                        by_w += x * off
                by_center[v] += by_c * width[v] * width[v]
                by_width[v] -= by_w * width[v]
    return by_center, by_width


@njit(**COMPILED, forceinline=True)
def _rates(rows, block, beads, by_force, radial, y, rate):
    """Rates of the places of a block when beads move along the derivatives of a loss by their forces.

    ``rate[0]`` is that of the distance, ``rate[c]`` that of tensor component c.
    """
    begin = rows.start[block]
    for i in range(block, block + beads):
        for p in range(rows.start[i], rows.start[i + 1]):
            j, k = rows.neighbour[p], p - begin
            for a in range(3):
                # a force is minus a derivative, and a vector leads from bead i to its neighbour j
                rate[1 + a, k] = ANGSTROM_PER_NM * (by_force[i, a] - by_force[j, a])
    for p in range(rows.start[block + beads] - begin):
        ux, uy, uz, q = y[1, p], y[2, p], y[3, p], radial[0, p]
        along = rate[1, p] * ux + rate[2, p] * uy + rate[3, p] * uz
        x, v, z = (rate[1, p] - along * ux) * q, (rate[2, p] - along * uy) * q, (rate[3, p] - along * uz) * q
        rate[0, p], rate[1, p], rate[2, p], rate[3, p] = along, x, v, z
        if y.shape[0] == 9:
            rate[4, p] = 2.0 * ux * x
            rate[5, p] = ux * v + uy * x
            rate[6, p] = ux * z + uz * x
            rate[7, p] = 2.0 * uy * v
            rate[8, p] = uy * z + uz * v


@njit(**COMPILED)
def forces_back(rows, cutoff, center, width, field, by_force):
    """Derivatives of a loss by the field (N, C, S) and by centres and widths (S,), from those by forces."""
    n, n_c, n_s = field.shape
    radial, y, values = np.empty((3, rows.most)), np.empty((n_c, rows.most)), np.empty((2, n_s, rows.most))
    rate = np.empty((n_c, rows.most))
    by_field, by_center, by_width = np.empty(field.shape), np.zeros(n_s), np.zeros(n_s)
    for block in range(0, n, BLOCK):
        beads, begin = min(BLOCK, n - block), rows.start[block]
        size = rows.start[block + beads] - begin
        directions(rows.d, begin, size, cutoff, radial, y)
        sensitivities(size, center, width, radial, values)
        _rates(rows, block, beads, by_force, radial, y, rate)
        for i in range(block, block + beads):
            first, last = np.uint64(rows.start[i] - begin), np.uint64(rows.start[i + 1] - begin)
            for v in range(n_s):
                by_c, by_w = 0.0, 0.0
                for c in range(n_c):
                    f, by_f = field[i, c, v], 0.0
                    turns = 1.0 if c else 0.0  # the component that is 1 stays 1
                    for p in range(first, last):
                        q = radial[0, p]
                        s, ds, off = values[0, v, p], values[1, v, p], q - center[v]
                        along, across = y[c, p] * rate[0, p], turns * rate[c, p]
                        change = ds * along + s * across
                        by_f += change
                        by_c += f * (off * change - s * along * q * q)
                        by_w += f * off * (2.0 * s * along * q * q - off * change)
                    by_field[i, c, v] = by_f
                by_center[v] += by_c * width[v] * width[v]
                by_width[v] += by_w * width[v]
    return by_field, by_center, by_width
