"""Compiled loops of the spline potential of a mixture; those of one species are in ``kernels``.

Two beads on one spot have no direction between them: ``energy_force`` then returns NaN, and ``basis_rows``
raises ``ZeroDivisionError``.  In both, ``beads`` is the species of each bead, shape (N,), and the number of
each pair of species, shape (S, S).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from thermalcg.geometry.neighbours import candidate_pair, n_candidates
from thermalcg.geometry.periodic import nearest

from .basis import radial_basis
from .kernels import _distance, _less_own_term, _pair_term, _square_of_sums, _turning


@njit(cache=True, fastmath=True)
def basis_rows(position, beads, edges, ranges):
    """Energies and forces of every basis function for one configuration.

    Args:
        position: nm, shape (N, 3).
        beads: species of each, and numbers of their pairs.
        edges: of the periodic box, nm, shape (3,).
        ranges: of the settings (``basis.Ranges``).

    Returns:
        Energy at each bead (N, F), half of its pairs and the triplets it is the centre of, and force
        (N, 3, F); F in the order of ``mixture_basis``.
    """
    codes, pair_index = beads
    r_min, r_cut2, n2, r_cut3, n3, powers = ranges
    n, kinds = position.shape[0], pair_index.shape[0]
    n_pair = n2 * kinds * (kinds + 1) // 2
    per_centre = powers * kinds * n3 * (kinds * n3 + 1) // 2
    energy = np.zeros((n, n_pair + kinds * per_centre))
    force = np.zeros((n, 3, n_pair + kinds * per_centre))
    value, slope, d = np.empty(n2), np.empty(n2), np.empty(3)
    near, count = np.empty((n, n), np.int64), np.zeros(n, np.int64)
    unit, dist = np.empty((n, n, 3)), np.empty((n, n))
    g, dg = np.empty((n, n, n3)), np.empty((n, n, n3))
    for i in range(n):
        for j in range(n):
            if i == j:
                continue
            r = _distance(position, i, j, edges, d)
            if i < j and r < r_cut2:
                radial_basis(r, r_min, r_cut2, n2, value, slope)
                start = n2 * pair_index[codes[i], codes[j]]
                for f in range(n2):
                    energy[i, start + f] += 0.5 * value[f]
                    energy[j, start + f] += 0.5 * value[f]
                    for a in range(3):
                        x = slope[f] * d[a] / r
                        force[i, a, start + f] += x
                        force[j, a, start + f] -= x
            if r < r_cut3:
                c = count[i]
                near[i, c] = j
                dist[i, c] = r
                for a in range(3):
                    unit[i, c, a] = d[a] / r
                radial_basis(r, r_min, r_cut3, n3, g[i, c], dg[i, c])
                count[i] += 1
    for i in range(n):
        start = n_pair + codes[i] * per_centre
        around = near[i], unit[i], dist[i], g[i], dg[i]
        for p in range(count[i]):
            for q in range(p + 1, count[i]):
                # the species that comes first has the channel that comes first
                pair = (p, q) if codes[near[i, p]] <= codes[near[i, q]] else (q, p)
                _add_triplet(i, pair, start, beads, around, powers, (energy, force))
    return energy, force


@njit(cache=True, fastmath=True, inline="always")
def _add_triplet(i, pair, start, beads, around, powers, results):
    """Add the functions of a bead and two of its neighbours, which come from ``start`` on."""
    codes, pair_index = beads
    near, unit, dist, g, dg = around
    (p, q), (energy, force) = pair, results
    j, k, n3 = near[p], near[q], g.shape[1]
    alike, channels = codes[j] == codes[k], pair_index.shape[0] * n3
    cosine = unit[p, 0] * unit[q, 0] + unit[p, 1] * unit[q, 1] + unit[p, 2] * unit[q, 2]
    for m in range(n3):
        one = codes[j] * n3 + m
        for o in range(m if alike else 0, n3):
            both, by_p, by_q = g[p, m] * g[q, o], dg[p, m] * g[q, o], g[p, m] * dg[q, o]
            if alike and m != o:
                both += g[p, o] * g[q, m]
                by_p += dg[p, o] * g[q, m]
                by_q += g[p, o] * dg[q, m]
            other = codes[k] * n3 + o
            f = start + powers * (one * channels - one * (one - 1) // 2 + other - one)
            power, dpower = 1.0, 0.0
            for l in range(powers):  # noqa: E741
                energy[i, f] += both * power
                for a in range(3):
                    ep, eq = unit[p, a], unit[q, a]
                    on_j = by_p * power * ep + both * dpower * (eq - cosine * ep) / dist[p]
                    on_k = by_q * power * eq + both * dpower * (ep - cosine * eq) / dist[q]
                    force[j, a, f] -= on_j
                    force[k, a, f] -= on_k
                    force[i, a, f] += on_j + on_k
                dpower = (l + 1) * power
                power *= cosine
                f += 1


@njit(cache=True, fastmath=True)
def energy_force(position, edges, candidates, beads, coefficients, ranges, most, results):
    """Energy of one configuration; its forces and its virial are written into ``results``.

    All are NaN where two beads lie on one spot, or a bead has more than ``most`` neighbours within the range
    of the triplets, for which there is no room then.  The cost is linear in the number of neighbours, as in
    ``kernels.energy_force``.

    Args:
        position: nm, shape (N, 3).
        edges: of the periodic box, nm, shape (3,).
        candidates: first and second bead of candidate pairs, or ``ALL_PAIRS``.
        beads: species of each, and numbers of their pairs.
        coefficients: of ``mixture_basis.mixture_coefficients``.
        ranges: of the settings (``basis.Ranges``).
        results: forces (N, 3), kJ/mol/nm, and the tensor sum r (x) F (3, 3), kJ/mol.
    """
    force, virial = results
    force[:] = 0.0
    virial[:] = 0.0
    n, n3 = position.shape[0], ranges[4]
    count, near = np.zeros(n, np.int64), np.empty((n, most), np.int64)
    unit, inverse = np.empty((n, most, 3)), np.empty((n, most))
    g, dg = np.empty((n, most, n3)), np.empty((n, most, n3))
    around = count, near, unit, inverse, g, dg
    energy, complete = _pairs(position, edges, candidates, beads, coefficients.pair, ranges, around, results)
    if not complete:
        force[:] = np.nan
        virial[:] = np.nan
        return np.nan
    return energy + _triplets(beads[0], coefficients, around, results)


@njit(cache=True, fastmath=True, forceinline=True)
def _pairs(position, edges, candidates, beads, pair, ranges, around, results):
    """Energy of all pairs, and the neighbours of all beads in ``around``; also whether that was possible."""
    first, second = candidates
    codes, pair_index = beads
    r_min, r_cut2, _, r_cut3, n3, _ = ranges
    count, near, unit, inverse, g, dg = around
    force, virial = results
    n, most, energy = position.shape[0], near.shape[1], 0.0
    d, gv, gs = np.empty(3), np.empty(n3), np.empty(n3)
    i, j = 0, 0
    for k in range(n_candidates(n, first)):
        i, j = candidate_pair(k, i, j, n, first, second)
        r2 = 0.0
        for a in range(3):
            d[a] = nearest(position[j, a] - position[i, a], edges[a])
            r2 += d[a] * d[a]
        if r2 >= r_cut2 * r_cut2:
            continue
        if r2 == 0.0:
            return 0.0, False
        r = np.sqrt(r2)
        inv = 1.0 / r
        v, s = _pair_term(r, r_min, r_cut2, pair[pair_index[codes[i], codes[j]]])
        energy += v
        for a in range(3):
            x = s * inv * d[a]
            force[i, a] += x
            force[j, a] -= x
            for b in range(3):
                virial[b, a] -= d[b] * x
        if r < r_cut3:
            radial_basis(r, r_min, r_cut3, n3, gv, gs)
            ci, cj = count[i], count[j]
            if ci == most or cj == most:
                return 0.0, False
            near[i, ci], near[j, cj] = j, i
            inverse[i, ci] = inverse[j, cj] = inv
            for a in range(3):
                unit[i, ci, a], unit[j, cj, a] = d[a] * inv, -d[a] * inv
            g[i, ci], g[j, cj] = gv, gv
            dg[i, ci], dg[j, cj] = gs, gs
            count[i] += 1
            count[j] += 1
    return energy, True


@njit(cache=True, fastmath=True, forceinline=True)
def _triplets(codes, coefficients, around, results):
    """Energy of all triplets: a neighbour counts in the channels of its species alone."""
    _, triplet, total, parent, above, gain = coefficients
    count, near, unit, inverse, g, dg = around
    force, virial = results
    n3, channels, size = g.shape[2], triplet.shape[1], triplet.shape[3]
    power = np.empty((near.shape[1], size))
    moment, field = np.empty((channels, size)), np.empty((channels, size))
    along, across = np.empty(size), np.empty(size)
    energy = 0.0
    for i in range(len(count)):
        if count[i] < 2:
            continue
        _channel_sums(count[i], near[i], codes, unit[i], g[i], parent, power, moment)
        energy = _square_of_sums(energy, triplet[codes[i]], moment, field)
        for p in range(count[i]):
            j = near[i, p]
            own = slice(codes[j] * n3, (codes[j] + 1) * n3)
            energy, radial = _less_own_term(
                energy, total[codes[i]][own, own], g[i, p], dg[i, p], field[own], along, across
            )
            for q in range(size):
                radial += along[q] * power[p, q]
            tx, ty, tz = _turning(power[p], across, above, gain)
            ux, uy, uz = unit[i, p, 0], unit[i, p, 1], unit[i, p, 2]
            inv = inverse[i, p]
            radial -= inv * (tx * ux + ty * uy + tz * uz)
            pull = radial * ux + inv * tx, radial * uy + inv * ty, radial * uz + inv * tz
            for a in range(3):
                force[j, a] -= pull[a]
                force[i, a] += pull[a]
                for b in range(3):
                    virial[b, a] -= unit[i, p, b] / inv * pull[a]
    return energy


@njit(cache=True, fastmath=True, inline="always")
def _channel_sums(n_near, near, codes, unit, g, parent, power, moment):
    """Monomials of the directions to a bead's neighbours (``power``), and their sums in each channel."""
    n3, size = g.shape[1], moment.shape[1]
    moment[:] = 0.0
    for p in range(n_near):
        power[p, 0] = 1.0
        for q in range(1, size):
            power[p, q] = power[p, parent[q, 0]] * unit[p, parent[q, 1]]
        first = codes[near[p]] * n3
        for m in range(n3):
            x = g[p, m]
            for q in range(size):
                moment[first + m, q] += x * power[p, q]
