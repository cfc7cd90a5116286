"""Temperature dependence of the potential: W(R, T) = sum_k h_k(T) W_k(R).

Every expansion is about a reference temperature T0, with h_0 = 1 and all others zero
there, so that W_0 is the potential of mean force at T0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermalcg.geometry.inputs import checked_temperature


@dataclass(frozen=True)
class Expansion:
    """Basis functions of temperature about ``reference`` (K); all raise ``InputError`` for T <= 0.

    ``kind`` is ``constant`` (1), ``linear`` (1, T - T0), ``logarithmic`` (1, T0 ln(T/T0)), ``quadratic``
    (1, T - T0, (T - T0)^2 / 2: a Taylor series) or ``heat_capacity`` (1, T - T0, T0 [T ln(T/T0) - T + T0]).
    The last is exact where the conditional heat capacity does not depend on T, and its third function
    agrees with (T - T0)^2 / 2 to second order.  The logarithmic one has the response of the linear one at T0
    and a response that falls as 1/T: a guess of the second order where it is not known.
    """

    kind: str
    reference: float

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"expansion is {self.kind!r}; allowed: {', '.join(KINDS)}")
        if not 0 < self.reference < np.inf:
            raise ValueError(f"reference of the expansion is {self.reference!r} K; allowed: a number > 0")

    @property
    def size(self) -> int:
        """Number of components K."""
        return KINDS[self.kind]

    def values(self, temperature: float) -> np.ndarray:
        """h_k(T), shape (K,)."""
        t, t0 = checked_temperature(temperature), self.reference
        if self.kind == "logarithmic":
            return np.array([1.0, t0 * np.log(t / t0)])
        second = (t - t0) ** 2 / 2 if self.kind == "quadratic" else t0 * (t * np.log(t / t0) - t + t0)
        return np.array([1.0, t - t0, second])[: self.size]

    def derivatives(self, temperature: float) -> np.ndarray:
        """dh_k/dT, 1/K, shape (K,)."""
        t, t0 = checked_temperature(temperature), self.reference
        if self.kind == "logarithmic":
            return np.array([0.0, t0 / t])
        second = t - t0 if self.kind == "quadratic" else t0 * np.log(t / t0)
        return np.array([0.0, 1.0, second])[: self.size]

    def second_derivatives(self, temperature: float) -> np.ndarray:
        """d2h_k/dT2, 1/K2, shape (K,)."""
        t = checked_temperature(temperature)
        if self.kind == "logarithmic":
            return np.array([0.0, -self.reference / t**2])
        second = 1.0 if self.kind == "quadratic" else self.reference / t
        return np.array([0.0, 0.0, second])[: self.size]

    def mean_energy(self, temperature: float) -> np.ndarray:
        """Weights h_k - T dh_k/dT, which give <u> = W - T dW/dT, shape (K,)."""
        return self.values(temperature) - temperature * self.derivatives(temperature)


KINDS = {"constant": 1, "linear": 2, "logarithmic": 2, "quadratic": 3, "heat_capacity": 3}
