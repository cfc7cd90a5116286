"""A site and a hidden mode on a grid of states: canonical averages are sums, and samples are draws of states.

u(R, x) = V(R) + k(R) x^2 / 2 + a(R) x^4: one coarse-grained coordinate R on a line, one hidden coordinate x,
and an anharmonic coupling, so that the mean force, its response and the second response all depend on
temperature.  On the grid nothing is approximate: sums over states are the ensemble that the samples come
from.
"""

from typing import NamedTuple

import numpy as np

from thermalcg.units import KB

T = 350.0
SCALE = KB * T**2

_R, _X = np.meshgrid(np.linspace(-1.1, 1.3, 121), np.linspace(-0.9, 0.9, 91), indexing="ij")


class Draws(NamedTuple):
    """Samples of the canonical ensemble: basis rows (n, F), f and u (n,)."""

    site: np.ndarray
    rows: np.ndarray
    force: np.ndarray
    energy: np.ndarray


class States:
    """The states, and averages over them at any temperature."""

    site, hidden = _R.ravel(), _X.ravel()
    energy = (
        3 * _R**4 - 2 * _R**2 + 1.5 * _R + (10 + 14 * _R + 12 * _R**2) * _X**2 + 6 * (1 + _R**2) * _X**4
    ).ravel()
    force = -(12 * _R**3 - 4 * _R + 1.5 + (14 + 24 * _R) * _X**2 + 12 * _R * _X**4).ravel()

    @staticmethod
    def basis(site):
        """Two functions, which cannot express the mean force: a misspecified model."""
        return np.stack([np.ones_like(site), site], axis=-1)

    @classmethod
    def probability(cls, temperature):
        p = np.exp(-(cls.energy - cls.energy.min()) / (KB * temperature))
        return p / p.sum()

    @classmethod
    def projected(cls, temperature):
        """Coefficients of the least-squares force field, by sums over states."""
        p, phi = cls.probability(temperature), cls.basis(cls.site)
        return np.linalg.solve((phi * p[:, None]).T @ phi, (phi * p[:, None]).T @ cls.force)

    @classmethod
    def derivative(cls, order, h=1.0):
        """Of the coefficients by temperature at T, by finite differences."""
        low, mid, high = (cls.projected(T + d) for d in (-h, 0.0, h))
        return (high - low) / (2 * h) if order == 1 else (high - 2 * mid + low) / h**2

    @classmethod
    def conditional_response(cls, h=1.0):
        """F'(R) of every state's site, by finite differences of the exact mean force."""
        return (cls._mean_force(T + h) - cls._mean_force(T - h)) / (2 * h)

    @classmethod
    def _mean_force(cls, temperature):
        p = cls.probability(temperature).reshape(_R.shape)
        mean = (p * cls.force.reshape(_R.shape)).sum(axis=1) / p.sum(axis=1)
        return np.repeat(mean, _R.shape[1])

    @classmethod
    def two_terms(cls):
        """G^-1 E[phi F'] and G^-1 Cov(phi eps, U) / (kB T^2), each by sums over states."""
        p, phi = cls.probability(T), cls.basis(cls.site)
        gram = (phi * p[:, None]).T @ phi
        first = (phi * p[:, None]).T @ cls.conditional_response()
        # eps and U depend on R alone, so that u may stand for U in the covariance
        unexpressed = cls._mean_force(T) - phi @ cls.projected(T)
        second = (phi * p[:, None]).T @ (unexpressed * (cls.energy - p @ cls.energy)) / SCALE
        return np.linalg.solve(gram, first), np.linalg.solve(gram, second)

    @classmethod
    def draw(cls, n, seed):
        """Independent samples at T."""
        index = np.random.default_rng(seed).choice(len(cls.site), size=n, p=cls.probability(T))
        site = cls.site[index]
        return Draws(site, cls.basis(site), cls.force[index], cls.energy[index])
