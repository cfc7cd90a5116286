"""A hidden rotor: a model whose mean force, energy and thermal response are known to all orders."""

import numpy as np
from scipy.special import i0e, i1e

from thermalcg.units import KB

T = 350.0
SCALE = KB * T**2


class Rotor:
    """A hidden angle in a field that depends on the site: u = V(R) - a(R) cos(theta), all orders known."""

    @staticmethod
    def field(r):
        return 3 + 2 * r**2, 4 * r

    @classmethod
    def mean_force(cls, r, temperature):
        a, slope = cls.field(r)
        x = a / (KB * temperature)
        return -12 * r**3 + slope * i1e(x) / i0e(x)

    @classmethod
    def mean_energy(cls, r, temperature=T):
        a, _ = cls.field(r)
        x = a / (KB * temperature)
        return 3 * r**4 - a * i1e(x) / i0e(x)

    @classmethod
    def derivative(cls, r, order, h=0.5):
        def f(t):
            return cls.mean_force(r, t)

        return (f(T + h) - f(T - h)) / (2 * h) if order == 1 else (f(T + h) - 2 * f(T) + f(T - h)) / h**2

    @classmethod
    def sample(cls, r, rng):
        a, slope = cls.field(r)
        theta = rng.vonmises(0, a / (KB * T))
        return -12 * r**3 + slope * np.cos(theta), 3 * r**4 - a * np.cos(theta)

    @classmethod
    def variance(cls, r):
        h = 0.5
        return SCALE * (cls.mean_energy(r, T + h) - cls.mean_energy(r, T - h)) / (2 * h)
