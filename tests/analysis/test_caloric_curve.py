"""Heat capacities whose integrals are known."""

import numpy as np
import pytest
from scipy.integrate import quad

from thermalcg.analysis.caloric_curve import CaloricData, caloric_curve

pytestmark = pytest.mark.physics

T0 = 395.0
TEMPERATURES = np.array([250.0, 300.0, 395.0, 625.0, 700.0])


def exact(T):
    """The heat capacity of an oscillator of 1000 K and a constant: no polynomial in ln T."""
    x = 1000.0 / T
    return 40.0 + 30.0 * x**2 * np.exp(x) / np.expm1(x) ** 2


def change(T, weight=lambda t: 1.0):
    return quad(lambda t: exact(t) * weight(t), T0, T)[0]


def data(rng, noise=1.0):
    energy = np.array([change(T) for T in TEMPERATURES]) - 4.6e4
    error, capacity_error = np.full(5, 80.0 * noise), np.full(5, 4.0 * noise)
    return CaloricData(
        TEMPERATURES,
        energy + error * rng.normal(size=5),
        error,
        exact(TEMPERATURES) + capacity_error * rng.normal(size=5),
        capacity_error,
    )


def test_a_curve_without_noise_is_found():
    curve = caloric_curve(data(np.random.default_rng(1), noise=1e-6), T0)
    assert curve.freedom == 5
    for T in (250.0, 340.0, 520.0, 700.0):
        assert curve.heat_capacity(T)[0] == pytest.approx(exact(T), rel=0.01)
        assert curve.energy_change(T)[0] == pytest.approx(change(T), rel=2e-3)
        assert curve.entropy_change(T)[0] == pytest.approx(change(T, lambda t: 1 / t), rel=2e-3)
    assert curve.energy_change(T0)[0] == curve.entropy_change(T0)[0] == 0


def test_errors_are_those_of_repetition_and_smaller_than_those_of_fluctuations():
    rng = np.random.default_rng(2)
    curves = [caloric_curve(data(rng), T0) for _ in range(400)]
    for T in (250.0, 700.0):
        for name in ("heat_capacity", "energy_change", "entropy_change"):
            found, errors = np.array([getattr(c, name)(T) for c in curves]).T
            # 400 repetitions know a spread to 3.5 %
            assert found.std() == pytest.approx(errors[0], rel=0.12)
    assert curves[0].heat_capacity(395.0)[1] < 0.6 * 4.0
    # the sum of squares has as many degrees of freedom as are left
    chi2 = np.array([c.chi2 for c in curves])
    assert abs(chi2.mean() - 5) < 4 * np.sqrt(10 / 400)


def test_too_little_is_refused():
    one = CaloricData(*(np.ones(1) for _ in range(5)))
    with pytest.raises(ValueError, match="1 temperatures"):
        caloric_curve(one, T0)
    none = CaloricData(TEMPERATURES, *(np.zeros(5) for _ in range(4)))
    with pytest.raises(ValueError, match="positive errors"):
        caloric_curve(none, T0)
