"""Starts of constant-energy stretches whose energies are spread more widely than in the canonical ensemble.

The temperature derivative of a time correlation function is the slope of its regression on the energy of the
stretches (``canonical_averages``), whose error goes as one over the standard deviation of the energies.  The
motion at one energy does not depend on how often that energy is started from, so that energies may be chosen
at will: twice the canonical spread halves the error at equal cost (after Bartlett, Radhakrishnan and
Thompson, 2025).  So far from the mean the dependence need not be a straight line; a parabola tells,

    C(E) = a + b (E - <E>) + c (E - <E>)^2 / 2,

and gives the canonical mean a + c kB T^2 C_V / 2 and the derivative b C_V, with C_V the heat capacity; to the
latter the third cumulant of the energy adds a term of relative order 1/N.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from thermalcg.geometry.inputs import InputError, checked_temperature
from thermalcg.units import KB

from .canonical_averages import derivative_weights, mean_weights

#: How starts are chosen: with canonical energies, or with energies that are spread evenly.
STARTS = ("canonical", "spread")

#: Standard deviation of spread energies over the canonical one: they reach three canonical deviations, as far
#: as a parabola follows an activated motion in a small box, and as a run of a few thousand frames has starts.
SPREAD = 1.7


class Starts(NamedTuple):
    """Starts of stretches.

    Attributes:
        frame: index of the configuration, shape (stretch,).
        kinetic: kinetic energy of the fresh velocities, kJ/mol, shape (stretch,).
    """

    frame: np.ndarray
    kinetic: np.ndarray


class Parabola(NamedTuple):
    """Weights of stretches, each of shape (stretch,), whose sums over correlation functions are estimates.

    Attributes:
        mean: of the canonical mean; they add up to one.
        derivative: of the temperature derivative, 1/K; they add up to zero.
        curvature: of c, (mol/kJ)^2; they add up to zero.
    """

    mean: np.ndarray
    derivative: np.ndarray
    curvature: np.ndarray


def spread_starts(
    potential: np.ndarray, freedom: int, temperature: float, stretches: int, spread: float, seed: int
) -> Starts:
    """Configurations of one canonical run, and kinetic energies, whose total energies are spread evenly.

    Energies lie at equal distances, ``spread`` canonical standard deviations about the mean.  Each start has
    the potential energy that a stretch of its energy would have: drawn from the canonical ensemble at given
    total energy, in the normal approximation, and taken from the frame that is closest to it.

    Args:
        potential: energies of the frames, kJ/mol, shape (frame,).
        freedom: number of quadratic momenta.
        temperature: of the frames, K.
        stretches: number of starts, at least three.
        spread: standard deviation of the energies over that of the canonical ensemble; 1.7 reaches three
            canonical standard deviations.
        seed: of the potential energies.

    Raises:
        InputError: fewer than three stretches, a spread that is not positive, or one that needs potential
            energies which no frame has.
    """
    temperature = checked_temperature(temperature)
    if stretches < 3 or not spread > 0:
        raise InputError(f"stretches is {stretches}, spread {spread}; allowed: at least 3, and a number > 0")
    thermal = KB * temperature
    kinetic_mean, variance = 0.5 * freedom * thermal, np.array([potential.var(), 0.5 * freedom * thermal**2])
    share = variance[0] / variance.sum()
    levels = np.linspace(-1.0, 1.0, stretches)
    deviation = spread * np.sqrt(variance.sum()) * levels / levels.std()
    # at a given total energy the potential one is normal with this mean and variance
    rng = np.random.default_rng(seed)
    wanted = share * deviation + np.sqrt(share * variance[1]) * rng.normal(size=stretches)
    centred = potential - potential.mean()
    if not (centred.min() <= share * deviation[0] and share * deviation[-1] <= centred.max()):
        raise InputError(
            f"spread is {spread}; allowed: less, for frames with the potential energies of its ends "
            f"({share * deviation[-1]:.0f} kJ/mol from the mean) are not there"
        )
    frame = np.abs(centred[:, None] - wanted).argmin(axis=0)
    kinetic = kinetic_mean + deviation - centred[frame]
    if not (kinetic > 0).all():
        raise InputError(f"spread is {spread}; allowed: less, for a kinetic energy would not be positive")
    return Starts(frame, kinetic)


class Energies(NamedTuple):
    """The total energies of stretches, and what their canonical averages need.

    Attributes:
        total: of each stretch, kJ/mol, shape (stretch,).
        mean: <E>, kJ/mol.
        capacity: C_V, kJ/mol/K.
        temperature: T, K.
        starts: one of ``STARTS``.
    """

    total: np.ndarray
    mean: float
    capacity: float
    temperature: float
    starts: str = "canonical"

    def weights(self, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weights of the canonical mean and of the temperature derivative, 1/K, each of shape (kept,).

        Of a straight line in the energy where energies are canonical, of a parabola where they are spread.

        Args:
            kept: indices of the stretches to use, shape (kept,).

        Raises:
            InputError: unknown starts, or fewer than three different energies for a parabola.
        """
        if self.starts not in STARTS:
            raise InputError(f"starts are {self.starts!r}; allowed: {', '.join(STARTS)}")
        own = self.total[kept]
        if self.starts == "canonical":
            return mean_weights(own, self.mean), derivative_weights(own, self.capacity)
        return parabola_weights(own, self.mean, self.capacity, self.temperature)[:2]


def parabola_weights(
    energy: np.ndarray, canonical_mean: float, heat_capacity: float, temperature: float
) -> Parabola:
    """Weights of the regression on a parabola in the energy.

    Args:
        energy: total energy of each stretch, kJ/mol, shape (stretch,).
        canonical_mean: <E>, kJ/mol.
        heat_capacity: C_V, kJ/mol/K.
        temperature: T, K.

    Raises:
        InputError: fewer than three different energies.
    """
    temperature = checked_temperature(temperature)
    scale = np.sqrt(KB * heat_capacity) * temperature
    x = (np.asarray(energy, float) - canonical_mean) / scale
    if len(np.unique(x)) < 3:
        raise InputError(f"{len(np.unique(x))} different energies of stretches; allowed: at least 3")
    level, slope, curvature = np.linalg.pinv(np.stack([np.ones_like(x), x, 0.5 * x**2], axis=1))
    return Parabola(level + 0.5 * curvature, slope * heat_capacity / scale, curvature / scale**2)
