"""What a memory kernel is made from: the plain kernel, and the goal of its iteration, here or beside T0.

Beside T0 both follow from the temperature derivative at T0.  Correlation functions that are continued along
a straight line make the activation energy of the friction too large, by the share x^2 / 3 if the friction
changes by the share x (0.3 for 30 K in water).  So the derivative is taken at T0, and carried by the law that
later carries the kernel itself,

    G(t; T) = G(t; T0) exp[ (1/T - 1/T0) d ln G(t) / d(1/T) ],

for the running integral G of the plain kernel and for that of the linear one, which is the goal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .spread_energies import Energies
from .volterra import Correlations, linear_running_integral, memory_kernel, running_integral

#: Temperature difference that derivatives at T0 are taken over, K: small enough for running integrals, which
#: unlike the correlation functions are not linear in it.
STEP_K = 0.1


class Target(NamedTuple):
    """All that the measurement of a kernel takes from all-atom motion; each array has the shape (lag,).

    Attributes:
        interval: between lags, ps.
        vv: <v(t) v(0)> of one component, nm^2/ps^2.
        kernel: the plain Volterra kernel, amu/ps^2.
        integral: its running integral, amu/ps.
        goal: the running integral of the linear kernel, amu/ps.
    """

    interval: float
    vv: np.ndarray
    kernel: np.ndarray
    integral: np.ndarray
    goal: np.ndarray

    @classmethod
    def of(cls, c: Correlations) -> Target:
        """The target at the temperature of correlation functions of shape (lag,)."""
        goal = linear_running_integral(c.vv, c.mass, c.interval)
        return cls(c.interval, c.vv, memory_kernel(c), running_integral(c), goal)

    def carried(self, beside: Target, factor: float) -> Target:
        """The target ``factor`` times as far from here as ``beside``, along straight lines in ln G."""
        integral, goal = (
            _power(a, b, factor) for a, b in ((self.integral, beside.integral), (self.goal, beside.goal))
        )
        # of the kernel only the change is a numerical derivative
        kernel = self.kernel + derivative(integral - self.integral, self.interval)
        vv = self.vv + factor * (beside.vv - self.vv)
        return Target(self.interval, vv, kernel, integral, goal)


def derivative(integral: np.ndarray, interval: float) -> np.ndarray:
    """The derivative of a running integral, an odd function of time, shape (lag,)."""
    found = np.gradient(integral, interval)
    # the central difference of fourth order at zero
    found[0] = (8 * integral[1] - integral[2]) / (6 * interval)
    return found


def _power(here: np.ndarray, beside: np.ndarray, factor: float) -> np.ndarray:
    """here (beside / here)^factor, shape (lag,).

    Where one of both is not positive, as at lag zero and by noise at the lags next to it, a straight line.
    """
    line = here + factor * (beside - here)
    positive = (here > 0) & (beside > 0)
    return np.where(
        positive, here * np.divide(beside, here, out=np.ones_like(here), where=positive) ** factor, line
    )


@dataclass(frozen=True)
class Measured:
    """Correlation functions of stretches of constant energy, and what their canonical averages need.

    Attributes:
        here: of every stretch, with the mean force at the temperature of the stretches, shape (stretch, lag).
        beside: with the mean force at ``STEP_K`` above; None where ``shift`` is zero.
        energies: of the stretches, and their temperature.
        shift: temperature of the target less that of the stretches, K.
    """

    here: Correlations
    beside: Correlations | None
    energies: Energies
    shift: float = 0.0

    @property
    def n_stretches(self) -> int:
        """Number of stretches."""
        return len(self.energies.total)

    def target(self, kept: np.ndarray | None = None, every: int = 1) -> Target:
        """The target from the stretches that are kept, by their indices (all), and every so manieth lag."""
        kept = np.arange(self.n_stretches) if kept is None else kept

        def at(correlations: Correlations, shift: float) -> Target:
            mean, derivative = self.energies.weights(kept)
            return Target.of(correlations.take(kept).mean(mean + shift * derivative).every(every))

        found = at(self.here, 0.0)
        if not self.shift:
            return found
        here = self.energies.temperature
        far, near = (1 / (here + d) - 1 / here for d in (self.shift, STEP_K))
        return found.carried(at(self.beside, STEP_K), far / near)
