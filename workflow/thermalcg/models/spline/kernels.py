"""Compiled kernels of the two- plus three-body spline potential.

Pair basis: cubic B-splines on uniform knots between ``r_min`` and ``r_cut``, those
that do not vanish at the cutoff left out, so that every function is twice
continuously differentiable there; below ``r_min`` the energy goes on linearly.
Triplet basis: g_n(r_ij) g_m(r_ik) cos^l(theta_jik) with n <= m, symmetrised, g_n from
the same construction.
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numba import njit


@njit(cache=True, fastmath=True, inline="always")
def _cubic(t):
    """The four cubic B-splines on a knot interval at 0 <= t < 1, and derivatives by t."""
    u = 1.0 - t
    return (
        (
            u * u * u / 6,
            (3 * t * t * t - 6 * t * t + 4) / 6,
            (-3 * t * t * t + 3 * t * t + 3 * t + 1) / 6,
            t * t * t / 6,
        ),
        (-u * u / 2, (3 * t * t - 4 * t) / 2, (-3 * t * t + 2 * t + 1) / 2, t * t / 2),
    )


@njit(cache=True, fastmath=True)
def radial_basis(r, r_min, r_cut, n, value, slope):
    """Write the n functions and their derivatives at r into ``value`` and ``slope``."""
    value[:n] = 0.0
    slope[:n] = 0.0
    if r >= r_cut:
        return
    width = (r_cut - r_min) / n
    x = max(r - r_min, 0.0) / width
    k = min(int(x), n - 1)
    b, db = _cubic(x - k)
    for s in range(4):
        if k + s < n:
            value[k + s] = b[s]
            slope[k + s] = db[s] / width
    if r < r_min:
        for s in range(3):
            value[s] += slope[s] * (r - r_min)


@njit(cache=True, fastmath=True)
def design_matrix(position, box, r_min, r_cut2, n2, r_cut3, n3, n_l):
    """Energies and forces of every basis function for one configuration.

    Args:
        position: nm, shape (N, 3).
        n_l: number of powers of cos(theta), l = 0 ... n_l - 1.

    Returns:
        energy (F,) and force (N, 3, F); F = n2 + n_l n3 (n3 + 1) / 2.
    """
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
            r2 = 0.0
            for a in range(3):
                d[a] = position[j, a] - position[i, a]
                d[a] -= box * np.rint(d[a] / box)
                r2 += d[a] * d[a]
            r = np.sqrt(r2)
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
    for i in range(n):
        for p in range(count[i]):
            for q in range(p + 1, count[i]):
                j, k = near[i, p], near[i, q]
                cosine = 0.0
                for a in range(3):
                    cosine += unit[i, p, a] * unit[i, q, a]
                f = n2
                for m in range(n3):
                    for o in range(m, n3):
                        both = g[i, p, m] * g[i, q, o]
                        by_p = dg[i, p, m] * g[i, q, o]
                        by_q = g[i, p, m] * dg[i, q, o]
                        if m != o:
                            both += g[i, p, o] * g[i, q, m]
                            by_p += dg[i, p, o] * g[i, q, m]
                            by_q += g[i, p, o] * dg[i, q, m]
                        power, dpower = 1.0, 0.0
                        for l in range(n_l):  # noqa: E741
                            energy[f] += both * power
                            for a in range(3):
                                ep, eq = unit[i, p, a], unit[i, q, a]
                                on_j = by_p * power * ep + both * dpower * (eq - cosine * ep) / dist[i, p]
                                on_k = by_q * power * eq + both * dpower * (ep - cosine * eq) / dist[i, q]
                                force[j, a, f] -= on_j
                                force[k, a, f] -= on_k
                                force[i, a, f] += on_j + on_k
                            dpower = (l + 1) * power
                            power *= cosine
                            f += 1
    return energy, force


@njit(cache=True, fastmath=True)
def bead_energies(position, box, r_min, r_cut2, n2, r_cut3, n3, n_l):
    """Energy of every basis function at each bead: half of its pairs, and the triplets it is the centre of.

    Arguments as in ``design_matrix``.

    Returns:
        Shape (N, F); the sum over beads is the energy of ``design_matrix``.
    """
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
            r2 = 0.0
            for a in range(3):
                d[a] = position[j, a] - position[i, a]
                d[a] -= box * np.rint(d[a] / box)
                r2 += d[a] * d[a]
            r = np.sqrt(r2)
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


def monomials(n_l: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Products x^a y^b z^c of a unit vector up to degree ``n_l - 1``, and how they follow from one another.

    (u . v)^l is the sum over monomials of degree l of their multinomial coefficient times the monomial
    of u times that of v, which turns a sum over triplets into products of sums over neighbours.

    Returns:
        ``exponents`` (M, 3), ascending in degree; ``multiplicity`` (M,), the multinomial coefficients;
        ``parent`` (M, 2), a monomial and the axis that times it gives this one; ``above`` (L, 3), for
        every monomial below the top degree the one with a further power of each axis.
    """
    listed = [
        (a, b, degree - a - b)
        for degree in range(n_l)
        for a in range(degree, -1, -1)
        for b in range(degree - a, -1, -1)
    ]
    index = {e: k for k, e in enumerate(listed)}
    multiplicity = [factorial(sum(e)) / (factorial(e[0]) * factorial(e[1]) * factorial(e[2])) for e in listed]
    raised = [[tuple(x + (axis == k) for k, x in enumerate(e)) for axis in range(3)] for e in listed]
    above = [[index[r] for r in three] for e, three in zip(listed, raised, strict=True) if sum(e) < n_l - 1]
    parent = np.zeros((len(listed), 2), np.int64)
    for low, three in enumerate(above):
        for axis, high in enumerate(three):
            parent[high] = low, axis
    return (
        np.array(listed, np.int64),
        np.array(multiplicity),
        parent,
        np.array(above, np.int64).reshape(-1, 3),
    )


@njit(cache=True, fastmath=True)
def energy_force(
    position,
    box,
    listed,
    first,
    second,
    c2,
    c3,
    total3,
    parent,
    above,
    gain,
    r_min,
    r_cut2,
    r_cut3,
    most,
    force,
):
    """Energy of one configuration; its forces are written into ``force`` (N, 3).

    Both are NaN where a bead has more than ``most`` neighbours within ``r_cut3``.

    The triplet sum over neighbours j < k of a bead is half the square of the sums over its neighbours
    less the terms j = k, so that the cost is linear in the number of neighbours.

    Args:
        listed: whether ``first`` and ``second`` (candidate pairs) are used, or all pairs.
        c2: pair coefficients, shape (n2,).
        c3: triplet coefficients times multiplicity, symmetric in the first two, shape (n3, n3, M).
        total3: triplet coefficients summed over angular powers, shape (n3, n3).
        parent, above: of ``monomials``.
        gain: power that differentiation brings down, by monomial and axis, shape (L, 3).
    """
    n = position.shape[0]
    n2, n3, size, low = c2.shape[0], c3.shape[0], c3.shape[2], above.shape[0]
    force[:] = 0.0
    energy = 0.0
    width = (r_cut2 - r_min) / n2
    count = np.zeros(n, np.int64)
    near = np.empty((n, most), np.int64)
    unit = np.empty((n, most, 3))
    inverse = np.empty((n, most))
    g = np.empty((n, most, n3))
    dg = np.empty((n, most, n3))
    gv, gs = np.empty(n3), np.empty(n3)
    n_candidates = len(first) if listed else n * (n - 1) // 2
    i, j = 0, 0
    for candidate in range(n_candidates):
        if listed:
            i, j = first[candidate], second[candidate]
        else:
            j += 1
            if j == n:
                i += 1
                j = i + 1
        dx = position[j, 0] - position[i, 0]
        dy = position[j, 1] - position[i, 1]
        dz = position[j, 2] - position[i, 2]
        dx -= box * np.rint(dx / box)
        dy -= box * np.rint(dy / box)
        dz -= box * np.rint(dz / box)
        r2 = dx * dx + dy * dy + dz * dz
        if r2 >= r_cut2 * r_cut2:
            continue
        r = np.sqrt(r2)
        inv = 1.0 / r
        x = max(r - r_min, 0.0) / width
        k = min(int(x), n2 - 1)
        b, db = _cubic(x - k)
        v, s = 0.0, 0.0
        for t in range(4):
            if k + t < n2:
                v += c2[k + t] * b[t]
                s += c2[k + t] * db[t]
        s /= width
        if r < r_min:
            v += s * (r - r_min)
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
    moment = np.empty((n3, size))
    field = np.empty((n3, size))
    along, across = np.empty(size), np.empty(size)
    for i in range(n):
        if count[i] < 2:
            continue
        moment[:] = 0.0
        for p in range(count[i]):
            power[p, 0] = 1.0
            for q in range(1, size):
                power[p, q] = power[p, parent[q, 0]] * unit[i, p, parent[q, 1]]
            for m in range(n3):
                x = g[i, p, m]
                for q in range(size):
                    moment[m, q] += x * power[p, q]
        for m in range(n3):
            for q in range(size):
                field[m, q] = 0.0
            for o in range(n3):
                for q in range(size):
                    field[m, q] += c3[m, o, q] * moment[o, q]
            v = 0.0
            for q in range(size):
                v += field[m, q] * moment[m, q]
            energy += 0.5 * v
        for p in range(count[i]):
            for q in range(size):
                along[q] = 0.0
                across[q] = 0.0
            radial = 0.0
            for m in range(n3):
                own = 0.0
                for o in range(n3):
                    own += total3[m, o] * g[i, p, o]
                energy -= 0.5 * own * g[i, p, m]
                radial -= own * dg[i, p, m]
                x, y = dg[i, p, m], g[i, p, m]
                for q in range(size):
                    along[q] += x * field[m, q]
                    across[q] += y * field[m, q]
            for q in range(size):
                radial += along[q] * power[p, q]
            tx, ty, tz = 0.0, 0.0, 0.0
            for q in range(low):
                x = power[p, q]
                tx += gain[q, 0] * x * across[above[q, 0]]
                ty += gain[q, 1] * x * across[above[q, 1]]
                tz += gain[q, 2] * x * across[above[q, 2]]
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
