"""Samples of hidden harmonic modes, whose labels are known in closed form."""

import numpy as np

from thermalcg.units import KB


def harmonic_mode(position, temperature, n_chains, n_samples, rng, n_modes=1):
    """Samples of f and u for u = V(R) + k(R) x^2 / 2, with V = 3 R^4 and k = 200 (1 + R^2).

    Several modes are so many independent x.
    """
    v, dv = 3 * position**4, 12 * position**3
    k, dk = 200 * (1 + position**2), 400 * position
    x = rng.normal(size=(n_chains, n_samples, n_modes)) * np.sqrt(KB * temperature / k)
    x2 = (x**2).sum(axis=-1)
    return (-dv - 0.5 * dk * x2)[..., None, None], v + 0.5 * k * x2


def harmonic_answer(position, temperature, n_modes=1):
    """F = -V' - n kB T k'/2k, F' = -n kB k'/2k, F'' = 0, <u> = V + n kB T/2."""
    per_kelvin = 0.5 * KB * n_modes * 400 * position / (200 * (1 + position**2))
    return {
        "mean_force": -12 * position**3 - temperature * per_kelvin,
        "trf": -per_kelvin,
        "trf2": 0.0,
        "mean_energy": 3 * position**4 + 0.5 * n_modes * KB * temperature,
    }
