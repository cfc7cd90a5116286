"""Markovian embedding of a memory kernel: auxiliary variables instead of a history.

    K(t) = sum_i c_i exp(-a_i t) cos(w_i t),   c_i >= 0, a_i > 0

Each term is one auxiliary variable (w = 0) or two, with momenta scaled so that the stationary distribution
is exp(-(m v^2 + sum s^2) / 2 kB T):

    m dv = F dt + sum_i sqrt(c_i) s_i dt
    ds_i  = - sqrt(c_i) v dt - a_i s_i dt - w_i s'_i dt + sqrt(2 a_i kB T) dW
    ds'_i = + w_i s_i dt - a_i s'_i dt + sqrt(2 a_i kB T) dW'

Every term has a spectrum that is nowhere negative, so the fluctuation-dissipation theorem
<eta(t) eta(0)> = kB T K(t) holds by construction (Ceriotti, Bussi, Parrinello, JCTC 6, 1170 (2010)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import expm

from thermalcg.geometry.inputs import InputError, checked_temperature
from thermalcg.units import KB


class KernelError(ValueError):
    """A kernel that cannot be embedded, or that the fit does not reproduce."""


@dataclass(frozen=True)
class Embedding:
    """A kernel as a sum of damped cosines.

    Attributes:
        strength: c_i, amu/ps^2, shape (n,).
        rate: a_i, 1/ps, shape (n,).
        frequency: w_i, rad/ps, zero for a plain exponential, shape (n,).

    Raises:
        KernelError: a negative strength or frequency, or a rate that is not positive.
    """

    strength: np.ndarray
    rate: np.ndarray
    frequency: np.ndarray

    def __post_init__(self) -> None:
        for name in ("strength", "rate", "frequency"):
            object.__setattr__(self, name, np.atleast_1d(np.asarray(getattr(self, name), float)))
        if not (self.strength.shape == self.rate.shape == self.frequency.shape):
            raise KernelError("strength, rate and frequency differ in length")
        if (self.strength < 0).any():
            raise KernelError(
                f"strengths of the kernel are {self.strength.tolist()}; allowed: >= 0, or energy would be "
                "created (the fluctuation-dissipation theorem cannot hold)"
            )
        if (self.rate <= 0).any() or (self.frequency < 0).any():
            raise KernelError(
                f"rates are {self.rate.tolist()}, frequencies {self.frequency.tolist()}; "
                "allowed: > 0 and >= 0"
            )

    def kernel(self, time: np.ndarray) -> np.ndarray:
        """The kernel K(t), amu/ps^2, at times in ps, shape (time,)."""
        return (self.strength * damped_cosines(time, self.rate, self.frequency)).sum(axis=-1)

    def running_integral(self, time: np.ndarray) -> np.ndarray:
        """The running integral int_0^t K, amu/ps, at times in ps, shape (time,)."""
        return (self.strength * damped_integrals(time, self.rate, self.frequency)).sum(axis=-1)

    @property
    def friction(self) -> float:
        """The friction int_0^inf K = sum_i c_i a_i / (a_i^2 + w_i^2), amu/ps."""
        return float((self.strength * self.rate / (self.rate**2 + self.frequency**2)).sum())

    def drift(self, mass: float) -> np.ndarray:
        """The matrix A, 1/ps, in dy = -A y dt + noise without a conservative force, shape (d, d).

        y = (sqrt(m) v, s) holds the velocity and the auxiliary variables.
        A + A^T is zero but for the auxiliary variables, where it is 2 a_i and belongs to their noise.

        Args:
            mass: m, amu.
        """
        columns = 1 + (self.frequency > 0)
        matrix = np.zeros((1 + columns.sum(),) * 2)
        at = 1
        for c, a, w, n in zip(self.strength, self.rate, self.frequency, columns, strict=True):
            matrix[0, at], matrix[at, 0] = -np.sqrt(c / mass), np.sqrt(c / mass)
            matrix[at, at] = a
            if n == 2:
                matrix[at + 1, at + 1] = a
                matrix[at, at + 1], matrix[at + 1, at] = w, -w
            at += n
        return matrix

    def free_autocorrelation(self, time: np.ndarray, mass: float, temperature: float) -> np.ndarray:
        """<v_x(t) v_x(0)> of a particle without a conservative force, nm^2/ps^2, shape (time,).

        Args:
            time: ps, shape (time,).
            mass: amu.
            temperature: K.

        Raises:
            InputError: a temperature or a mass that is not positive.
        """
        temperature = checked_temperature(temperature)
        if not mass > 0:
            raise InputError(f"mass is {mass!r} amu; allowed: a number > 0")
        a = self.drift(mass)
        return KB * temperature / mass * np.array([expm(-t * a)[0, 0] for t in time])

    def longest_step(self, mass: float) -> float:
        """The longest sensible time step, ps: in it the fastest mode of a free particle turns or decays by 1.

        Args:
            mass: amu.
        """
        return 1.0 / float(np.abs(np.linalg.eigvals(self.drift(mass))).max())


def damped_cosines(time: np.ndarray, rate: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """The functions exp(-a t) cos(w t), shape (time, term).

    Args:
        time: t, ps, shape (time,).
        rate: a, 1/ps, shape (term,).
        frequency: w, rad/ps, shape (term,).
    """
    t = np.asarray(time, float)[:, None]
    return np.exp(-rate * t) * np.cos(frequency * t)


def damped_integrals(time: np.ndarray, rate: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """The integrals of ``damped_cosines`` from 0 to t, ps, shape (time, term)."""
    t = np.asarray(time, float)[:, None]
    square = rate**2 + frequency**2
    decayed = np.exp(-rate * t)
    return (rate + decayed * (frequency * np.sin(frequency * t) - rate * np.cos(frequency * t))) / square
