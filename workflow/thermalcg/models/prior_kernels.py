"""Compiled loops of the repulsive prior, of one species and of several."""

from __future__ import annotations

import numpy as np
from numba import njit

from thermalcg.geometry.neighbours import candidate_pair, n_candidates
from thermalcg.geometry.periodic import nearest


@njit(cache=True)
def phi(r: float, amplitude: float, n: int, onset: float) -> tuple[float, float]:
    """phi and its derivative with respect to r."""
    if r >= onset:
        return 0.0, 0.0
    x = r - onset
    f0 = onset ** (-n)
    f1 = -n * f0 / onset
    f2 = -(n + 1) * f1 / onset
    power = r ** (-n)
    value = power - (f0 + f1 * x + 0.5 * f2 * x * x)
    slope = -n * power / r - (f1 + f2 * x)
    return amplitude * value, amplitude * slope


@njit(cache=True)
def curve(r, amplitude, n, onset):
    """phi and its derivative at every distance of an array (n,)."""
    energy, slope = np.empty(len(r)), np.empty(len(r))
    for k in range(len(r)):
        energy[k], slope[k] = phi(r[k], amplitude, n, onset)
    return energy, slope


@njit(cache=True)
def energy_force(position, edges, first, second, amplitude, n, onset, force):
    """Energy of one configuration; its forces are added to ``force`` (N, 3)."""
    n_beads = position.shape[0]
    energy = 0.0
    d = np.empty(3)
    i, j = 0, 0
    for k in range(n_candidates(n_beads, first)):
        i, j = candidate_pair(k, i, j, n_beads, first, second)
        r2 = 0.0
        for a in range(3):
            d[a] = nearest(position[j, a] - position[i, a], edges[a])
            r2 += d[a] * d[a]
        if r2 >= onset * onset:
            continue
        if r2 == 0.0:
            force[:] = np.nan
            return np.inf
        r = np.sqrt(r2)
        value, slope = phi(r, amplitude, n, onset)
        energy += value
        for a in range(3):
            force[i, a] += slope * d[a] / r
            force[j, a] -= slope * d[a] / r
    return energy


@njit(cache=True)
def energy_force_of_pairs(position, edges, candidates, beads, curves, force):
    """As ``energy_force``, the curve that of the pair of species."""
    (first, second), (codes, pair_index), (amplitude, exponent, onset) = candidates, beads, curves
    n, energy, d, reach = position.shape[0], 0.0, np.empty(3), onset.max()
    i, j = 0, 0
    for k in range(n_candidates(n, first)):
        i, j = candidate_pair(k, i, j, n, first, second)
        r2 = 0.0
        for a in range(3):
            d[a] = nearest(position[j, a] - position[i, a], edges[a])
            r2 += d[a] * d[a]
        if r2 >= reach * reach:
            continue
        if r2 == 0.0:
            force[:] = np.nan
            return np.inf
        r, kind = np.sqrt(r2), pair_index[codes[i], codes[j]]
        value, slope = phi(r, amplitude[kind], exponent[kind], onset[kind])
        energy += value
        for a in range(3):
            force[i, a] += slope * d[a] / r
            force[j, a] -= slope * d[a] / r
    return energy
