"""Virial of the spline potential, term by term, for pressures and stresses."""

from __future__ import annotations

import numpy as np
from numba import njit

from thermalcg.geometry.periodic import nearest

from .basis import radial_basis


@njit(cache=True)
def virial(position, edges, pair, triplet, ranges):
    """The tensor sum r (x) F over pairs and over the arms of triplets, kJ/mol, shape (3, 3).

    A triplet j-i-k pulls at j along r_ij and at k along r_ik; the reaction at i has no arm.  Two beads on one
    spot raise ``ZeroDivisionError``.

    Args:
        position: nm, shape (N, 3).
        edges: of the periodic box, nm, shape (3,).
        pair: coefficients of the pair term, shape (n2,).
        triplet: coefficients of the triplet term, symmetric in the first two, shape (n3, n3, powers).
        ranges: of the settings (``basis.Ranges``).
    """
    r_min, r_cut2, n2, r_cut3, n3, powers = ranges
    n = position.shape[0]
    total = np.zeros((3, 3))
    value, slope = np.empty(n2), np.empty(n2)
    arm, unit, length = np.empty((n, 3)), np.empty((n, 3)), np.empty(n)
    g, dg = np.empty((n, n3)), np.empty((n, n3))
    on_p, on_q = np.empty(3), np.empty(3)
    for i in range(n):
        count = 0
        for j in range(n):
            if i == j:
                continue
            r2 = 0.0
            for a in range(3):
                arm[count, a] = nearest(position[j, a] - position[i, a], edges[a])
                r2 += arm[count, a] ** 2
            if r2 >= r_cut2 * r_cut2:
                continue
            r = np.sqrt(r2)
            if i < j:
                radial_basis(r, r_min, r_cut2, n2, value, slope)
                s = np.dot(slope, pair) / r
                for a in range(3):
                    for b in range(3):
                        total[a, b] -= s * arm[count, a] * arm[count, b]
            if r < r_cut3:
                radial_basis(r, r_min, r_cut3, n3, g[count], dg[count])
                length[count] = r
                for a in range(3):
                    unit[count, a] = arm[count, a] / r
                count += 1
        for p in range(count):
            for q in range(p + 1, count):
                cosine = np.dot(unit[p], unit[q])
                by_p, by_q, by_cosine = 0.0, 0.0, 0.0
                for m in range(n3):
                    for o in range(n3):
                        angular, slope_of_angular = 0.0, 0.0
                        for l in range(powers - 1, -1, -1):  # noqa: E741
                            slope_of_angular = slope_of_angular * cosine + angular
                            angular = angular * cosine + triplet[m, o, l]
                        by_p += dg[p, m] * g[q, o] * angular
                        by_q += g[p, m] * dg[q, o] * angular
                        by_cosine += g[p, m] * g[q, o] * slope_of_angular
                for a in range(3):
                    on_p[a] = by_p * unit[p, a] + by_cosine * (unit[q, a] - cosine * unit[p, a]) / length[p]
                    on_q[a] = by_q * unit[q, a] + by_cosine * (unit[p, a] - cosine * unit[q, a]) / length[q]
                for a in range(3):
                    for b in range(3):
                        total[a, b] -= arm[p, a] * on_p[b] + arm[q, a] * on_q[b]
    return total
