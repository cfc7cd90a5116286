"""One smooth heat capacity from mean energies and energy fluctuations at several temperatures.

A mean energy tells the integral of the heat capacity between two temperatures, a fluctuation its value at
one.  Both are functions of the same curve, a polynomial in s = ln(T / T0),

    C(T) = sum_k c_k s^k,    U(T) - U(T0) = T0 sum_k c_k I_k(s),    S(T) - S(T0) = sum_k c_k s^(k+1) / (k+1),

with I_k(s) = int_0^s x^k e^x dx = s^k e^s - k I_(k-1)(s), I_0 = e^s - 1.  The coefficients are weighted least
squares; everything that follows is linear in the data, and so are its errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermalcg.geometry.inputs import checked_temperature

#: Highest power of ln(T / T0) in the heat capacity: it falls, and its fall slows down.
DEGREE = 3


@dataclass(frozen=True)
class CaloricData:
    """Means and fluctuations at several temperatures; heat capacity and energy of the same parts of a system.

    Attributes:
        temperature: K, shape (n,), at least two.
        energy, energy_error: mean energy up to a constant, in any unit, shape (n,).
        capacity, capacity_error: heat capacity, in that unit over K, shape (n,).
    """

    temperature: np.ndarray
    energy: np.ndarray
    energy_error: np.ndarray
    capacity: np.ndarray
    capacity_error: np.ndarray


@dataclass(frozen=True)
class CaloricCurve:
    """A fitted curve.

    Attributes:
        reference: T0, K.
        coefficients: c_k, shape (k,).
        covariance: of the coefficients, shape (k, k).
        chi2: sum of the squared deviations in units of their errors.
        freedom: number of data less that of the coefficients and of the constant of the energy.
    """

    reference: float
    coefficients: np.ndarray
    covariance: np.ndarray
    chi2: float
    freedom: int

    def heat_capacity(self, temperature: float) -> tuple[float, float]:
        """C(T) and its standard error."""
        return self._value(_capacity_row(temperature, self.reference, len(self.coefficients)))

    def energy_change(self, temperature: float) -> tuple[float, float]:
        """U(T) - U(T0) and its standard error."""
        return self._value(_energy_row(temperature, self.reference, len(self.coefficients)))

    def entropy_change(self, temperature: float) -> tuple[float, float]:
        """S(T) - S(T0), the integral of C/T, and its standard error."""
        s = np.log(checked_temperature(temperature) / self.reference)
        power = np.arange(1, len(self.coefficients) + 1)
        return self._value(s**power / power)

    def _value(self, row: np.ndarray) -> tuple[float, float]:
        return float(row @ self.coefficients), float(np.sqrt(row @ self.covariance @ row))


def caloric_curve(data: CaloricData, reference: float) -> CaloricCurve:
    """The heat capacity that fits means and fluctuations together.

    Args:
        data: with independent errors, all positive.
        reference: T0, K; it need not be among the temperatures.

    Raises:
        ValueError: fewer than two temperatures, or errors that are not positive.
        InputError: a temperature that is not a positive number.
    """
    n = len(data.temperature)
    errors = np.concatenate([data.energy_error, data.capacity_error])
    if n < 2 or not (errors > 0).all():
        raise ValueError(
            f"{n} temperatures with errors from {errors.min(initial=np.inf):g}; allowed: two or more "
            "temperatures, and positive errors"
        )
    size = min(DEGREE + 1, n)
    energy = [[1.0, *_energy_row(T, reference, size)] for T in data.temperature]
    capacity = [[0.0, *_capacity_row(T, reference, size)] for T in data.temperature]
    rows = np.array(energy + capacity) / errors[:, None]
    target = np.concatenate([data.energy, data.capacity]) / errors
    # columns of one size, so that energies far from zero cost no digits
    scale = np.linalg.norm(rows, axis=0)
    inverse = np.linalg.inv((rows / scale).T @ (rows / scale))
    found = inverse @ (rows / scale).T @ target / scale
    covariance = inverse / np.outer(scale, scale)
    chi2 = float(((rows @ found - target) ** 2).sum())
    return CaloricCurve(reference, found[1:], covariance[1:, 1:], chi2, 2 * n - size - 1)


def _capacity_row(temperature: float, reference: float, size: int) -> np.ndarray:
    """s^k, shape (size,)."""
    return np.log(checked_temperature(temperature) / reference) ** np.arange(size)


def _energy_row(temperature: float, reference: float, size: int) -> np.ndarray:
    """T0 I_k(s), K, shape (size,)."""
    s = np.log(checked_temperature(temperature) / reference)
    row = [np.expm1(s)]
    for k in range(1, size):
        row.append(s**k * np.exp(s) - k * row[-1])
    return reference * np.array(row)
