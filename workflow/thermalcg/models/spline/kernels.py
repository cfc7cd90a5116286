"""Compiled loops of the spline potential: energies and forces of every function, and of their sum.

Two beads on one spot have no direction between them: ``energy_force`` then returns NaN, and the other loops
raise ``ZeroDivisionError``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from thermalcg.geometry.neighbours import candidate_pair, n_candidates
from thermalcg.geometry.periodic import nearest

from .basis import cubic, radial_basis


@njit(cache=True, fastmath=True, inline="always")
def _distance(position, i, j, edges, d):
    """Distance of two beads; the vector from the first to the second goes into ``d``."""
    r2 = 0.0
    for a in range(3):
        d[a] = nearest(position[j, a] - position[i, a], edges[a])
        r2 += d[a] * d[a]
    return np.sqrt(r2)


@njit(cache=True, fastmath=True, inline="always")
def _sums_beside(p, n_near, unit, g, radial, turn):
    """Sums over the other neighbours q of a bead than p, with x the cosine of the angle between p and q.

    They take the place of a loop over the functions for every pair of neighbours.

    Args:
        unit, g: direction and radial functions of each neighbour, shapes (neighbour, 3) and (neighbour, m).
        radial: becomes sum_q g_m(q) x^l, shape (m, l).
        turn: becomes sum_q g_m(q) l x^(l-1) u(q), shape (3, m, l).
    """
    n3, n_l = radial.shape
    radial[:] = 0.0
    turn[:] = 0.0
    for q in range(n_near):
        if q == p:
            continue
        ux, uy, uz = unit[q, 0], unit[q, 1], unit[q, 2]
        cosine = unit[p, 0] * ux + unit[p, 1] * uy + unit[p, 2] * uz
        for m in range(n3):
            power, dpower = g[q, m], 0.0
            for l in range(n_l):  # noqa: E741
                radial[m, l] += power
                turn[0, m, l] += dpower * ux
                turn[1, m, l] += dpower * uy
                turn[2, m, l] += dpower * uz
                dpower = (l + 1) * power
                power *= cosine


@njit(cache=True, fastmath=True)
def design_matrix(position, edges, ranges):
    """Energies and forces of every basis function for one configuration.

    Args:
        position: nm, shape (N, 3).
        edges: of the periodic box, nm, shape (3,).
        ranges: of the settings (``basis.Ranges``).

    Returns:
        energy (F,) and force (N, 3, F).
    """
    r_min, r_cut2, n2, r_cut3, n3, n_l = ranges
    n = position.shape[0]
    n_pairs3 = n3 * (n3 + 1) // 2
    size = n2 + n_l * n_pairs3
    energy = np.zeros(size)
    force = np.zeros((n, 3, size))
    value, slope = np.empty(n2), np.empty(n2)
    near = np.empty((n, n), np.int64)
    count = np.zeros(n, np.int64)
    unit = np.empty((n, n, 3))
    dist = np.empty((n, n))
    g = np.empty((n, n, n3))
    dg = np.empty((n, n, n3))
    d = np.empty(3)
    for i in range(n):
        for j in range(n):
            if i == j:
                continue
            r = _distance(position, i, j, edges, d)
            if i < j and r < r_cut2:
                radial_basis(r, r_min, r_cut2, n2, value, slope)
                for f in range(n2):
                    energy[f] += value[f]
                    for a in range(3):
                        x = slope[f] * d[a] / r
                        force[i, a, f] += x
                        force[j, a, f] -= x
            if r < r_cut3:
                c = count[i]
                near[i, c] = j
                dist[i, c] = r
                for a in range(3):
                    unit[i, c, a] = d[a] / r
                radial_basis(r, r_min, r_cut3, n3, g[i, c], dg[i, c])
                count[i] += 1
    radial, turn = np.empty((n3, n_l)), np.empty((3, n3, n_l))
    for i in range(n):
        for p in range(count[i]):
            _sums_beside(p, count[i], unit[i], g[i], radial, turn)
            j, inv = near[i, p], 1.0 / dist[i, p]
            ux, uy, uz = unit[i, p, 0], unit[i, p, 1], unit[i, p, 2]
            f = n2
            for m in range(n3):
                for o in range(m, n3):
                    gm, go, dm, do = g[i, p, m], g[i, p, o], dg[i, p, m], dg[i, p, o]
                    if m == o:  # one product, not two
                        go, do = 0.0, 0.0
                    for l in range(n_l):  # noqa: E741
                        energy[f] += 0.5 * (gm * radial[o, l] + go * radial[m, l])
                        along = dm * radial[o, l] + do * radial[m, l]
                        tx = inv * (gm * turn[0, o, l] + go * turn[0, m, l])
                        ty = inv * (gm * turn[1, o, l] + go * turn[1, m, l])
                        tz = inv * (gm * turn[2, o, l] + go * turn[2, m, l])
                        along -= tx * ux + ty * uy + tz * uz
                        fx, fy, fz = along * ux + tx, along * uy + ty, along * uz + tz
                        force[j, 0, f] -= fx
                        force[j, 1, f] -= fy
                        force[j, 2, f] -= fz
                        force[i, 0, f] += fx
                        force[i, 1, f] += fy
                        force[i, 2, f] += fz
                        f += 1
    return energy, force


@njit(cache=True, fastmath=True)
def bead_energies(position, edges, ranges):
    """Energy of every basis function at each bead: half of its pairs, and the triplets it is the centre of.

    Arguments as in ``design_matrix``.

    Returns:
        Shape (N, F); the sum over beads is the energy of ``design_matrix``.
    """
    r_min, r_cut2, n2, r_cut3, n3, n_l = ranges
    n = position.shape[0]
    energy = np.zeros((n, n2 + n_l * n3 * (n3 + 1) // 2))
    value, slope = np.empty(n2), np.empty(n2)
    unit, g, dg = np.empty((n, 3)), np.empty((n, n3)), np.empty(n3)
    d = np.empty(3)
    for i in range(n):
        count = 0
        for j in range(n):
            if i == j:
                continue
            r = _distance(position, i, j, edges, d)
            if r < r_cut2:
                radial_basis(r, r_min, r_cut2, n2, value, slope)
                for f in range(n2):
                    energy[i, f] += 0.5 * value[f]
            if r < r_cut3:
                for a in range(3):
                    unit[count, a] = d[a] / r
                radial_basis(r, r_min, r_cut3, n3, g[count], dg)
                count += 1
        for p in range(count):
            for q in range(p + 1, count):
                cosine = unit[p, 0] * unit[q, 0] + unit[p, 1] * unit[q, 1] + unit[p, 2] * unit[q, 2]
                f = n2
                for m in range(n3):
                    for o in range(m, n3):
                        both = g[p, m] * g[q, o]
                        if m != o:
                            both += g[p, o] * g[q, m]
                        for _ in range(n_l):
                            energy[i, f] += both
                            both *= cosine
                            f += 1
    return energy


@njit(cache=True, fastmath=True, inline="always")
def _pair_term(r, r_min, r_cut, pair):
    """Energy of the pair term at r and its derivative, from the functions that do not vanish there."""
    n = pair.shape[0]
    width = (r_cut - r_min) / n
    x = max(r - r_min, 0.0) / width
    k = min(int(x), n - 1)
    b, db = cubic(x - k)
    v, s = 0.0, 0.0
    for t in range(4):
        if k + t < n:
            v += pair[k + t] * b[t]
            s += pair[k + t] * db[t]
    s /= width
    if r < r_min:
        v += s * (r - r_min)
    return v, s


@njit(cache=True)
def pair_curve(r, pair, ranges):
    """Energy of the pair term, kJ/mol, and its derivative, kJ/mol/nm, at distances (n,), nm."""
    r_min, r_cut2, _, _, _, _ = ranges
    energy, slope = np.zeros(len(r)), np.zeros(len(r))
    for k in range(len(r)):
        if r[k] < r_cut2:
            energy[k], slope[k] = _pair_term(r[k], r_min, r_cut2, pair)
    return energy, slope


@njit(cache=True, fastmath=True, inline="always")
def _sum_over_neighbours(n_near, unit, g, parent, power, moment):
    """Monomials of the directions to a bead's neighbours (``power``), and their sums weighted with g."""
    n3, size = moment.shape
    moment[:] = 0.0
    for p in range(n_near):
        power[p, 0] = 1.0
        for q in range(1, size):
            power[p, q] = power[p, parent[q, 0]] * unit[p, parent[q, 1]]
        for m in range(n3):
            x = g[p, m]
            for q in range(size):
                moment[m, q] += x * power[p, q]


@njit(cache=True, fastmath=True, inline="always")
def _square_of_sums(energy, triplet, moment, field):
    """Add the energy of all pairs of neighbours, a neighbour with itself included, to ``energy``; ``field``
    is its derivative by the moments."""
    n3, size = moment.shape
    for m in range(n3):
        for q in range(size):
            field[m, q] = 0.0
        for o in range(n3):
            for q in range(size):
                field[m, q] += triplet[m, o, q] * moment[o, q]
        v = 0.0
        for q in range(size):
            v += field[m, q] * moment[m, q]
        energy += 0.5 * v
    return energy


@njit(cache=True, fastmath=True, inline="always")
def _less_own_term(energy, total, g, dg, field, along, across):
    """Take the energy of a neighbour with itself, which is no triplet, from ``energy``; also its radial
    derivative.  Those of the rest by the neighbour's monomials go into ``along`` (radial) and ``across``."""
    n3, size = field.shape
    for q in range(size):
        along[q] = 0.0
        across[q] = 0.0
    radial = 0.0
    for m in range(n3):
        own = 0.0
        for o in range(n3):
            own += total[m, o] * g[o]
        energy -= 0.5 * own * g[m]
        radial -= own * dg[m]
        x, y = dg[m], g[m]
        for q in range(size):
            along[q] += x * field[m, q]
            across[q] += y * field[m, q]
    return energy, radial


@njit(cache=True, fastmath=True, inline="always")
def _turning(power, across, above, gain):
    """Derivative of a bead's energy by the direction to one neighbour."""
    tx, ty, tz = 0.0, 0.0, 0.0
    for q in range(above.shape[0]):
        x = power[q]
        tx += gain[q, 0] * x * across[above[q, 0]]
        ty += gain[q, 1] * x * across[above[q, 1]]
        tz += gain[q, 2] * x * across[above[q, 2]]
    return tx, ty, tz


@njit(cache=True, fastmath=True)
def energy_force(position, edges, first, second, coefficients, ranges, most, force):
    """Energy of one configuration; its forces are written into ``force`` (N, 3).

    Both are NaN where two beads lie on one spot, or a bead has more than ``most`` neighbours within the
    range of the triplets, for which there is no room then.

    The triplet sum over neighbours j < k of a bead is half the square of the sums over its neighbours
    less the terms j = k, so that the cost is linear in the number of neighbours.

    Args:
        position: nm, shape (N, 3).
        edges: of the periodic box, nm, shape (3,).
        first, second: candidate pairs, or ``ALL_PAIRS``.
        coefficients: of ``basis.kernel_coefficients``.
        ranges: of the settings (``basis.Ranges``).
    """
    pair, triplet, total, parent, above, gain = coefficients
    r_min, r_cut2, _, r_cut3, n3, _ = ranges
    n, size = position.shape[0], triplet.shape[2]
    ex, ey, ez = edges[0], edges[1], edges[2]
    force[:] = 0.0
    energy = 0.0
    count = np.zeros(n, np.int64)
    near = np.empty((n, most), np.int64)
    unit = np.empty((n, most, 3))
    inverse = np.empty((n, most))
    g = np.empty((n, most, n3))
    dg = np.empty((n, most, n3))
    gv, gs = np.empty(n3), np.empty(n3)
    i, j = 0, 0
    for k in range(n_candidates(n, first)):
        i, j = candidate_pair(k, i, j, n, first, second)
        dx = nearest(position[j, 0] - position[i, 0], ex)
        dy = nearest(position[j, 1] - position[i, 1], ey)
        dz = nearest(position[j, 2] - position[i, 2], ez)
        r2 = dx * dx + dy * dy + dz * dz
        if r2 >= r_cut2 * r_cut2:
            continue
        if r2 == 0.0:
            force[:] = np.nan
            return np.nan
        r = np.sqrt(r2)
        inv = 1.0 / r
        v, s = _pair_term(r, r_min, r_cut2, pair)
        energy += v
        s *= inv
        force[i, 0] += s * dx
        force[i, 1] += s * dy
        force[i, 2] += s * dz
        force[j, 0] -= s * dx
        force[j, 1] -= s * dy
        force[j, 2] -= s * dz
        if r < r_cut3:
            radial_basis(r, r_min, r_cut3, n3, gv, gs)
            ci, cj = count[i], count[j]
            if ci == most or cj == most:
                force[:] = np.nan
                return np.nan
            near[i, ci], near[j, cj] = j, i
            inverse[i, ci] = inverse[j, cj] = inv
            unit[i, ci, 0], unit[i, ci, 1], unit[i, ci, 2] = dx * inv, dy * inv, dz * inv
            unit[j, cj, 0], unit[j, cj, 1], unit[j, cj, 2] = -dx * inv, -dy * inv, -dz * inv
            for m in range(n3):
                g[i, ci, m] = g[j, cj, m] = gv[m]
                dg[i, ci, m] = dg[j, cj, m] = gs[m]
            count[i] = ci + 1
            count[j] = cj + 1
    power = np.empty((most, size))
    moment, field = np.empty((n3, size)), np.empty((n3, size))
    along, across = np.empty(size), np.empty(size)
    for i in range(n):
        if count[i] < 2:
            continue
        _sum_over_neighbours(count[i], unit[i], g[i], parent, power, moment)
        energy = _square_of_sums(energy, triplet, moment, field)
        for p in range(count[i]):
            energy, radial = _less_own_term(energy, total, g[i, p], dg[i, p], field, along, across)
            for q in range(size):
                radial += along[q] * power[p, q]
            tx, ty, tz = _turning(power[p], across, above, gain)
            ux, uy, uz = unit[i, p, 0], unit[i, p, 1], unit[i, p, 2]
            inv = inverse[i, p]
            radial -= inv * (tx * ux + ty * uy + tz * uz)
            fx = radial * ux + inv * tx
            fy = radial * uy + inv * ty
            fz = radial * uz + inv * tz
            j = near[i, p]
            force[j, 0] -= fx
            force[j, 1] -= fy
            force[j, 2] -= fz
            force[i, 0] += fx
            force[i, 1] += fy
            force[i, 2] += fz
    return energy
