"""The functions that a spline potential is a sum of, and the settings that fix them.

Pair basis: cubic B-splines on uniform knots between ``pair_min_nm`` and ``pair_cutoff_nm``, those that do
not vanish at the cutoff left out, so that every function is twice continuously differentiable there; below
``pair_min_nm`` the energy goes on linearly.  Triplet basis: g_n(r_ij) g_m(r_ik) cos^l(theta_jik) with
n <= m, symmetrised, g_n from the same construction up to ``triplet_cutoff_nm``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import factorial
from typing import Literal, NamedTuple

import numpy as np
from numba import njit

from thermalcg.models.architecture import ArchitectureSettings


class Ranges(NamedTuple):
    """Lengths of the basis, nm, and numbers of its functions, as compiled kernels take them.

    ``powers`` is the number of powers of the cosine, l = 0 ... powers - 1.
    """

    r_min: float
    r_cut2: float
    n2: int
    r_cut3: float
    n3: int
    powers: int


@dataclass(frozen=True)
class SplineSettings(ArchitectureSettings):
    """Basis and regularisation of a spline; the keys of the section ``spline`` of the configuration.

    Attributes:
        pair_cutoff_nm: range of the pair term, nm.
        pair_min_nm: start of the pair term, nm.
        pair_functions: B-splines of the pair term.
        triplet_cutoff_nm: range of the triplet term, nm; at most that of the pair term.
        triplet_radial: radial functions of the triplet term.
        triplet_angular: highest power of the cosine of the angle.
        ridge: strength of the regularisation, or ``auto``: chosen from the data.
    """

    pair_cutoff_nm: float
    pair_min_nm: float
    pair_functions: int
    triplet_cutoff_nm: float
    triplet_radial: int
    triplet_angular: int
    ridge: float | Literal["auto"]

    @property
    def functions(self) -> int:
        """Number of coefficients F of one component."""
        pairs = self.triplet_radial * (self.triplet_radial + 1) // 2
        return self.pair_functions + pairs * (self.triplet_angular + 1)

    @property
    def ranges(self) -> Ranges:
        return Ranges(
            self.pair_min_nm,
            self.pair_cutoff_nm,
            self.pair_functions,
            self.triplet_cutoff_nm,
            self.triplet_radial,
            self.triplet_angular + 1,
        )


@njit(cache=True, fastmath=True, inline="always")
def cubic(t):
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


@njit(cache=True, fastmath=True, forceinline=True)
def radial_basis(r, r_min, r_cut, n, value, slope):
    """Write the n functions and their derivatives at r into ``value`` and ``slope``."""
    value[:n] = 0.0
    slope[:n] = 0.0
    if r >= r_cut:
        return
    width = (r_cut - r_min) / n
    x = max(r - r_min, 0.0) / width
    k = min(int(x), n - 1)
    b, db = cubic(x - k)
    for s in range(4):
        if k + s < n:
            value[k + s] = b[s]
            slope[k + s] = db[s] / width
    if r < r_min:
        for s in range(3):
            value[s] += slope[s] * (r - r_min)


class Monomials(NamedTuple):
    """Products x^a y^b z^c of a unit vector, and how they follow from one another.

    Attributes:
        exponents: shape (M, 3), ascending in degree.
        multiplicity: the multinomial coefficients, shape (M,).
        parent: a monomial and the axis that times it gives this one, shape (M, 2).
        above: for every monomial below the top degree those with a further power of an axis, shape (L, 3).
    """

    exponents: np.ndarray
    multiplicity: np.ndarray
    parent: np.ndarray
    above: np.ndarray


def monomials(powers: int) -> Monomials:
    """The monomials up to degree ``powers - 1``.

    (u . v)^l is the sum over monomials of degree l of their multinomial coefficient times the monomial
    of u times that of v, which turns a sum over triplets into products of sums over neighbours.
    """
    listed = [
        (a, b, degree - a - b)
        for degree in range(powers)
        for a in range(degree, -1, -1)
        for b in range(degree - a, -1, -1)
    ]
    index = {e: k for k, e in enumerate(listed)}
    multiplicity = [factorial(sum(e)) / (factorial(e[0]) * factorial(e[1]) * factorial(e[2])) for e in listed]
    below_top = [e for e in listed if sum(e) < powers - 1]
    above = [[index[tuple(x + (axis == k) for k, x in enumerate(e))] for axis in range(3)] for e in below_top]
    parent = np.zeros((len(listed), 2), np.int64)
    for low, three in enumerate(above):
        for axis, high in enumerate(three):
            parent[high] = low, axis
    return Monomials(
        np.array(listed, np.int64), np.array(multiplicity), parent, np.array(above, np.int64).reshape(-1, 3)
    )


class Coefficients(NamedTuple):
    """Coefficients of one potential in the form that ``kernels.energy_force`` takes.

    Attributes:
        pair: shape (n2,).
        triplet: times multiplicity, symmetric in the first two, shape (n3, n3, M).
        total: of the triplets, summed over angular powers, shape (n3, n3).
        parent, above: of ``Monomials``.
        gain: power that differentiation brings down, by monomial and axis, shape (L, 3).
    """

    pair: np.ndarray
    triplet: np.ndarray
    total: np.ndarray
    parent: np.ndarray
    above: np.ndarray
    gain: np.ndarray


def kernel_coefficients(flat: np.ndarray, settings: SplineSettings) -> Coefficients:
    """The coefficients (F,) of one potential, in the order of ``kernels.design_matrix``, for the kernel."""
    n2, n3, powers = settings.pair_functions, settings.triplet_radial, settings.triplet_angular + 1
    exponents, multiplicity, parent, above = monomials(powers)
    degree = exponents.sum(axis=1)
    triplet, total = np.zeros((n3, n3, len(degree))), np.zeros((n3, n3))
    angular = flat[n2:].reshape(-1, powers)
    for index, (m, o) in enumerate(combinations_with_replacement(range(n3), 2)):
        triplet[m, o] = triplet[o, m] = angular[index][degree] * multiplicity
        total[m, o] = total[o, m] = angular[index].sum()
    gain = exponents[: len(above)] + 1.0
    return Coefficients(np.ascontiguousarray(flat[:n2]), triplet, total, parent, above, gain)


def symmetric_triplets(flat: np.ndarray, settings: SplineSettings) -> np.ndarray:
    """Triplet coefficients of the flat ones (F,): sum c_nml g_n(r_ij) g_m(r_ik) cos^l over all n and m.

    Returns:
        Symmetric in n and m, shape (triplet_radial, triplet_radial, triplet_angular + 1).
    """
    n3, powers = settings.triplet_radial, settings.triplet_angular + 1
    triplet = np.zeros((n3, n3, powers))
    angular = flat[settings.pair_functions :].reshape(-1, powers)
    for index, (m, o) in enumerate(combinations_with_replacement(range(n3), 2)):
        triplet[m, o] = triplet[o, m] = angular[index]
    return triplet
