"""The triplet term of a spline potential as one function of three distances, on cubic B-splines.

With a = r_ij, b = r_ik, c = r_jk and cos(theta) = (a^2 + b^2 - c^2) / (2 a b), a term is a finite sum of
products of functions of one distance each:

    g_n(a) g_m(b) cos^l = sum_{i+j+k=l} l! / (i! j! k!) (-1)^k 2^-l  [g_n(a) a^(2i-l)] [g_m(b) b^(2j-l)] c^2k

so that projecting it onto a tensor product of splines is projecting functions of one distance.  Each is
fitted in value and slope at once, since forces are what counts.  The knots of the arms contain the model's
own, where the third derivative of g_n jumps; that at ``pair_min_nm``, where g_n goes over into a straight
line and the second jumps, is there twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np
from scipy.interpolate import BSpline, NdBSpline

from thermalcg.models.spline.basis import Ranges, SplineSettings, radial_basis

DEGREE = 3

#: The term is defined from this share of ``pair_min_nm`` on.  At half of it, the repulsion is far above any
#: thermal energy; LAMMPS stops with a message where two beads come closer.
LOWEST_SHARE = 0.5

#: Gauss-Legendre points of each knot interval that a function is fitted at; a cubic has four coefficients.
POINTS = 6


@dataclass(frozen=True)
class Resolution:
    """Numbers of knot intervals.

    Attributes:
        below: of an arm below ``pair_min_nm``.
        within: of an arm in each knot interval of the model.
        across: of the third distance, up to twice the cutoff; more where the arms have more.  LAMMPS writes
            beyond its memory where the third distance has fewer knots than an arm.
    """

    below: int = 10
    within: int = 6
    across: int = 36


@dataclass(frozen=True)
class TripletTensor:
    """V(a, b, c) = sum coefficients[i, j, k] B_i(a) B_j(b) B_k(c), kJ/mol.

    It is symmetric in a and b where both neighbours are of one species.

    Attributes:
        arm_knots: of a = r_ij and b = r_ik, i the bead in the middle, nm.
        far_knots: of c = r_jk, nm.
        coefficients: shape (arm, arm, far).
    """

    arm_knots: np.ndarray
    far_knots: np.ndarray
    coefficients: np.ndarray

    def with_slopes(self, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> list[np.ndarray]:
        """V at distances in nm, each of shape (n,), and its derivatives by a, b and c, kJ/mol/nm."""
        spline = NdBSpline((self.arm_knots, self.arm_knots, self.far_knots), self.coefficients, DEGREE)
        distances = np.stack([a, b, c], axis=-1)
        return [spline(distances, nu=nu) for nu in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))]


def project_triplets(
    triplet: np.ndarray, settings: SplineSettings, resolution: Resolution | None = None
) -> TripletTensor:
    """The triplet term of a centre and neighbours of two species, or of one, on tensor B-splines.

    Args:
        triplet: its coefficients, kJ/mol, as in ``mixture_basis.Terms``.
        resolution: of the splines; that of the exports if None.
    """
    resolution = resolution or Resolution()
    arm = arm_knots(settings, resolution)
    far = far_knots(settings, max(resolution.across, len(arm) - 2 * DEGREE - 1))
    n3, powers = settings.triplet_radial, settings.triplet_angular + 1
    exponents = range(1 - powers, powers)
    g = _fit(arm, lambda r: _radial_times_powers(r, settings.ranges, exponents), vanish=DEGREE)
    g = g.reshape(-1, n3, len(exponents))
    even = _fit(far, lambda r: _powers(r, range(0, 2 * powers, 2)))
    total = np.zeros((len(g), len(g), len(even)))
    for l in range(powers):  # noqa: E741
        for i, j in ((i, j) for i in range(l + 1) for j in range(l + 1 - i)):  # noqa: B020
            k = l - i - j
            weight = factorial(l) / (factorial(i) * factorial(j) * factorial(k)) * (-1) ** k / 2**l
            by_i, by_j = g[:, :, 2 * i - l + powers - 1], g[:, :, 2 * j - l + powers - 1]
            arms = np.einsum("an,bm,nm->ab", by_i, by_j, triplet[:, :, l], optimize=True)
            total += weight * arms[:, :, None] * even[:, k]
    total[~_reached(arm, far)] = 0.0
    if np.array_equal(triplet, triplet.swapaxes(0, 1)):
        total = (total + total.transpose(1, 0, 2)) / 2  # symmetric to the last digit
    return TripletTensor(arm, far, total)


def arm_knots(settings: SplineSettings, resolution: Resolution) -> np.ndarray:
    """Knots of an arm, nm: finer than those of the model and containing them."""
    low, high = settings.pair_min_nm, settings.triplet_cutoff_nm
    below = np.linspace(LOWEST_SHARE * low, low, resolution.below + 1)
    above = np.linspace(low, high, settings.triplet_radial * resolution.within + 1)
    return _clamped(np.concatenate([below, above]))  # pair_min_nm twice


def far_knots(settings: SplineSettings, intervals: int) -> np.ndarray:
    """Knots of the third distance, nm, up to twice the cutoff."""
    low = LOWEST_SHARE * settings.pair_min_nm
    return _clamped(np.linspace(low, 2 * settings.triplet_cutoff_nm, intervals + 1))


def _clamped(breaks: np.ndarray) -> np.ndarray:
    return np.concatenate([[breaks[0]] * DEGREE, breaks, [breaks[-1]] * DEGREE])


def _values(r: np.ndarray, knots: np.ndarray, derivative: int = 0) -> np.ndarray:
    """Every B-spline, or its derivative, at distances (n,), shape (n, spline)."""
    identity = np.eye(len(knots) - DEGREE - 1)
    return BSpline(knots, identity, DEGREE)(r, nu=derivative)


def _fit(knots: np.ndarray, functions, vanish: int = 0) -> np.ndarray:
    """Coefficients of functions of one distance, least squares of value and slope, shape (spline, function).

    Args:
        functions: of distances (n,) to values and slopes (n, function).
        vanish: how many of the last coefficients are zero, so that value and derivatives vanish at the end.
    """
    breaks = np.unique(knots)
    nodes, weights = np.polynomial.legendre.leggauss(POINTS)
    width = np.diff(breaks)
    r = (breaks[:-1, None] + width[:, None] * (nodes + 1) / 2).ravel()
    # an error e in value over an interval of width w is one of about e / w in slope
    by_value = np.sqrt(width[:, None] * weights).ravel() / np.repeat(width, POINTS)
    by_slope = np.sqrt(width[:, None] * weights).ravel()
    value, slope = functions(r)
    size = len(knots) - DEGREE - 1 - vanish
    left = np.concatenate(
        [
            _values(r, knots)[:, :size] * by_value[:, None],
            _values(r, knots, derivative=1)[:, :size] * by_slope[:, None],
        ]
    )
    right = np.concatenate([value * by_value[:, None], slope * by_slope[:, None]])
    coefficients = np.linalg.lstsq(left, right, rcond=None)[0]
    return np.concatenate([coefficients, np.zeros((vanish, right.shape[1]))])


def _radial_times_powers(r: np.ndarray, ranges: Ranges, exponents: range) -> tuple[np.ndarray, np.ndarray]:
    """g_n(r) r^p for every n and p, and slopes, shape (r, n3 * exponents)."""
    g, dg = np.empty((2, len(r), ranges.n3))
    for index, x in enumerate(r):
        radial_basis(x, ranges.r_min, ranges.r_cut3, ranges.n3, g[index], dg[index])
    power, dpower = _powers(r, exponents)
    value = g[:, :, None] * power[:, None]
    slope = dg[:, :, None] * power[:, None] + g[:, :, None] * dpower[:, None]
    return value.reshape(len(r), -1), slope.reshape(len(r), -1)


def _powers(r: np.ndarray, exponents: range) -> tuple[np.ndarray, np.ndarray]:
    """r^p for every exponent, and slopes, shape (r, exponent)."""
    p = np.array(exponents, float)
    return r[:, None] ** p, p * r[:, None] ** (p - 1)


def _reached(arm: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Which coefficients (arm, arm, far) are of distances of three beads, |a - b| <= c <= a + b."""
    low, high = arm[: -DEGREE - 1], arm[DEGREE + 1 :]
    shortest = np.maximum(0, np.maximum(low[:, None] - high, low - high[:, None]))
    longest = high[:, None] + high
    return (far[DEGREE + 1 :] > shortest[:, :, None]) & (far[: -DEGREE - 1] < longest[:, :, None])
