"""A spline potential with its prior at one temperature, in the form that compiled dynamics takes.

Pairs and prior become one table, linear in r^2, of the force over the distance: no square root and no search
for the knot interval.  The triplets change basis: with t = (r_c - r) / w, w the distance of the knots, every
B-spline of ``basis.radial_basis`` is a sum of truncated powers,

    B_f(r) = 1/6 sum_j (-1)^j binom(4, j) p_{n - 1 - f + j}(r),    p_m(r) = max(0, t - m)^3,

(de Boor, A Practical Guide to Splines, chapter IX), which are evaluated without a search as well.  The change
of basis is exact above ``pair_min_nm``; below, every function goes on linearly, as those of the basis do.
"""

from __future__ import annotations

from math import comb
from typing import NamedTuple

import numpy as np

from thermalcg.models.architecture import PairCurve

from .basis import SplineSettings, symmetric_triplets
from .kernels import pair_curve

#: Intervals of the tables of pairs.  The forces of liquid water are then off by some 1e-4 kJ/mol/nm.
INTERVALS = 16384

#: The tables begin at this share of the shortest distance that the pair term resolves.  Beads that come
#: closer have fallen into one another.
FIRST = 0.4


class Tables(NamedTuple):
    """One potential for compiled loops.

    The numbers of radial and angular functions are the lengths of two tuples, so that they are constants
    where loops over them are compiled.

    Attributes:
        force: force over distance, -phi'(r) / r, kJ/mol/nm^2, at the nodes, shape (``INTERVALS`` + 2,).
        energy: phi(r), kJ/mol, likewise.
        first: r^2 at the first node, nm^2.
        per_r2: nodes for each nm^2.
        cutoff: range of pairs and prior, nm.
        knot: (1/w, r_c / w) of the triplets' radial functions, 1/nm and 1.
        r_min: below it the radial functions go on linearly, nm.
        triplet_cutoff: r_c, nm.
        triplet: C_l[m, o], symmetric in m and o, kJ/mol, shape (powers, radial, radial).
        own: sum of C_l over l, shape (radial, radial).
        radial, angular: as many zeros as there are radial functions and powers of the cosine.
    """

    force: np.ndarray
    energy: np.ndarray
    first: float
    per_r2: float
    cutoff: float
    knot: tuple[float, float]
    r_min: float
    triplet_cutoff: float
    triplet: np.ndarray
    own: np.ndarray
    radial: tuple[float, ...]
    angular: tuple[float, ...]


def tables_of(flat: np.ndarray, settings: SplineSettings, repulsion: PairCurve, onset: float) -> Tables:
    """Tables of a potential and of a repulsion between all pairs.

    Args:
        flat: coefficients of the potential, in the order of ``kernels.design_matrix``, shape (F,).
        repulsion, onset: see ``Architecture.tables``.
    """
    n2, n3, powers = settings.pair_functions, settings.triplet_radial, settings.triplet_angular + 1
    cutoff = max(settings.pair_cutoff_nm, onset)
    first = (FIRST * settings.pair_min_nm) ** 2
    r2 = np.linspace(first, cutoff**2, INTERVALS + 1)
    r = np.sqrt(r2)
    energy, slope = pair_curve(r, np.ascontiguousarray(flat[:n2]), settings.ranges)
    more_energy, more_slope = repulsion(r)
    energy, slope = energy + more_energy, slope + more_slope
    energy[-1] = slope[-1] = 0.0
    width = (settings.triplet_cutoff_nm - settings.pair_min_nm) / n3
    change = truncated_powers(n3)
    splines = np.moveaxis(symmetric_triplets(flat, settings), -1, 0)
    triplet = np.ascontiguousarray(change.T @ splines @ change)
    return Tables(
        np.append(-slope / r, 0.0),
        np.append(energy, 0.0),
        first,
        INTERVALS / (cutoff**2 - first),
        cutoff,
        (1 / width, settings.triplet_cutoff_nm / width),
        settings.pair_min_nm,
        settings.triplet_cutoff_nm,
        triplet,
        triplet.sum(axis=0),
        (0.0,) * n3,
        (0.0,) * powers,
    )


def truncated_powers(n: int) -> np.ndarray:
    """The matrix that gives the n B-splines as sums of the truncated powers p_m, shape (n, n)."""
    change = np.zeros((n, n))
    for f in range(n):
        for j in range(min(5, f + 1)):
            change[f, n - 1 - f + j] = (-1) ** j * comb(4, j) / 6
    return change
