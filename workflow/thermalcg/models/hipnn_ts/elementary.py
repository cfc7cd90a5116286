"""Compiled functions of one number that loops over arrays can vectorise, and the units of the network."""

from __future__ import annotations

import numpy as np
from numba import njit

#: hippynn's "inverse" sensitivities want a length scale of order one; it works in Angstrom.
ANGSTROM_PER_NM = 10.0

#: How the loops of a network are compiled.  Rounding may be reordered, but numbers that are not finite stay
#: what they are.  Python's error for a division by zero would keep loops from being vectorised.
COMPILED = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"reassoc", "contract", "arcp", "nsz"},
}

#: The exponential of less is below 4e-18 and counts as nothing.
LARGEST_EXPONENT = 40.0

#: torch's softplus is the identity above.
LINEAR_ABOVE = 20.0


@njit(**COMPILED, inline="always")
def exp_minus(x):
    """The exponential of -x for x >= 0, relative error 1e-13; 0 above ``LARGEST_EXPONENT``."""
    y = min(x, LARGEST_EXPONENT) * (-1 / 256)
    e = 1 / 24 + y * (1 / 120 + y * (1 / 720 + y * (1 / 5040 + y / 40320)))
    e = 1.0 + y * (1.0 + y * (1 / 2 + y * (1 / 6 + y * e)))
    for _ in range(8):
        e *= e
    return e if x < LARGEST_EXPONENT else 0.0


@njit(**COMPILED, inline="always")
def log_1_plus(t):
    """log(1 + t) for 0 <= t <= 1, from the series of 2 artanh(t / (2 + t)); relative error 1e-15."""
    z = t / (2.0 + t)
    w = z * z
    a = 1 / 23 + w * (1 / 25 + w * (1 / 27 + w * (1 / 29 + w / 31)))
    a = 1 / 13 + w * (1 / 15 + w * (1 / 17 + w * (1 / 19 + w * (1 / 21 + w * a))))
    return 2.0 * z * (1.0 + w * (1 / 3 + w * (1 / 5 + w * (1 / 7 + w * (1 / 9 + w * (1 / 11 + w * a))))))


@njit(**COMPILED, inline="always")
def softplus(x):
    """log(1 + exp(x)) and its derivative, with torch's threshold."""
    t = exp_minus(abs(x))
    t = t if x <= LINEAR_ABOVE else 0.0
    q = 1.0 / (1.0 + t)
    return max(x, 0.0) + log_1_plus(t), q if x > 0.0 else t * q


@njit(**COMPILED, inline="always")
def half_wave(x):
    """Cosine and sine of pi/2 x for 0 <= x <= 1, from their series; absolute error 1e-15."""
    a = 0.5 * np.pi * x
    w = a * a
    c, s = 0.0, 0.0
    for k in range(11, 0, -1):
        c = (c + 1.0) * w * (-1.0 / (2 * k * (2 * k - 1)))
        s = (s + 1.0) * w * (-1.0 / (2 * k * (2 * k + 1)))
    return c + 1.0, (s + 1.0) * a
