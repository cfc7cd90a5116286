"""Plain kernel and goal beside T0, on a motion whose kernel is known at every temperature."""

from dataclasses import replace

import numpy as np
import pytest

from support.oscillator import T, exact_correlations
from thermalcg.dynamics.canonical_averages import derivative_weights, mean_weights
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.dynamics.kernel_fit import plateau_of
from thermalcg.dynamics.kernel_target import STEP_K, Measured, Target, derivative
from thermalcg.dynamics.spread_energies import Energies

pytestmark = pytest.mark.physics

INTERVAL, LAGS = 0.004, 300

#: Of the friction, K: about that of water near 400 K.
ACTIVATION = 1650.0

#: Of the box, kJ/mol/K, and its mean energy, kJ/mol.
CAPACITY, MEAN = 4.4, -2500.0


def memory(temperature):
    return Embedding([1500.0 * np.exp(ACTIVATION * (1 / temperature - 1 / T))], [12.0], [0.0])


def correlations(temperature):
    """Of a free particle; all of them are proportional to kB T."""
    c, _ = exact_correlations(memory(temperature), INTERVAL, LAGS, 1e-6)
    scale = temperature / T
    return replace(c, vv=scale * c.vv, residual_v=scale * c.residual_v, residual_f=scale * c.residual_f)


@pytest.fixture(scope="module")
def stretches():
    """Stretches whose motion is that of the temperature that belongs to their energy, and their energies."""
    differences = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    each = [correlations(T + d) for d in differences]
    names = ("vv", "residual_v", "residual_f")
    stacked = replace(each[0], **{name: np.stack([getattr(c, name) for c in each]) for name in names})
    return stacked, MEAN + CAPACITY * differences


def measured(stretches, shift, starts="canonical"):
    own, energy = stretches
    # of spread energies the canonical mean is one over all energies; it is that of T in a large box alone
    size = 100.0 if starts == "spread" else 1.0
    energies = Energies(MEAN + size * (energy - MEAN), MEAN, size * CAPACITY, T, starts)
    # no mean force, so that it is the same beside T0
    return Measured(own, own, energies, shift)


def activation(kernels, difference):
    """-d ln G / d(1/T), K, from running integrals at T minus and plus a difference."""
    cold, hot = (plateau_of(kernels[sign]) for sign in (-1, 1))
    return np.log(cold / hot) / (1 / (T - difference) - 1 / (T + difference))


@pytest.mark.parametrize("starts", ["canonical", "spread"])
@pytest.mark.parametrize("name", ["integral", "goal"])
def test_the_slope_beside_t0_is_that_of_the_motion(stretches, name, starts):
    found = {sign: getattr(measured(stretches, 30.0 * sign, starts).target(), name) for sign in (-1, 1)}
    assert activation(found, 30.0) == pytest.approx(ACTIVATION, rel=5e-3)
    # correlation functions on a straight line make it too steep, by a third of (1650 K x 30 K / T^2)^2
    own, energy = stretches
    straight = {
        sign: getattr(
            Target.of(
                own.mean(mean_weights(energy, MEAN) + 30.0 * sign * derivative_weights(energy, CAPACITY))
            ),
            name,
        )
        for sign in (-1, 1)
    }
    assert activation(straight, 30.0) > 1.02 * ACTIVATION


@pytest.mark.parametrize("shift", [-30.0, 0.0, 30.0])
def test_the_whole_target_is_that_of_the_temperature(stretches, shift):
    found, exact = measured(stretches, shift).target(), memory(T + shift)
    time = INTERVAL * np.arange(LAGS)
    for name in ("integral", "goal"):
        np.testing.assert_allclose(
            getattr(found, name), exact.running_integral(time), atol=0.01 * exact.friction
        )
    np.testing.assert_allclose(found.kernel, exact.kernel(time), atol=0.02 * exact.strength.sum())
    coarse = measured(stretches, shift).target(every=2)
    assert coarse.interval == pytest.approx(2 * INTERVAL)
    assert plateau_of(coarse.integral) == pytest.approx(exact.friction, rel=0.01)


def test_fewer_stretches_give_the_same_where_there_is_no_noise(stretches):
    whole, part = (measured(stretches, 30.0).target(kept) for kept in (None, np.array([0, 1, 3])))
    np.testing.assert_allclose(part.goal[1:], whole.goal[1:], rtol=0.01)


def test_the_response_of_the_mean_force_enters(stretches):
    """Correlations with the mean force beside T0 are used for targets beside T0 alone."""
    own, energy = stretches
    other = replace(own, residual_v=1.001 * own.residual_v, residual_f=1.001 * own.residual_f)
    frictions = [
        plateau_of(Measured(own, beside, Energies(energy, MEAN, CAPACITY, T), shift).target().integral)
        for shift in (0.0, 30.0)
        for beside in (own, other)
    ]
    assert frictions[0] == frictions[1]
    # a residual force that grows by 0.1 % a step, over 30 K and a little less in 1/T
    steps = (1 / (T + 30) - 1 / T) / (1 / (T + STEP_K) - 1 / T)
    assert frictions[3] / frictions[2] == pytest.approx(1.001**steps, rel=1e-3)


def test_lags_without_a_logarithm_are_carried_along_a_line():
    time = INTERVAL * np.arange(5)
    here, beside = np.array([0.0, -0.2, 1.0, 2.0, 3.0]), np.array([0.0, 0.1, 1.1, 2.2, 3.3])
    near, far = (Target(INTERVAL, time, time, x, x) for x in (here, beside))
    np.testing.assert_allclose(near.carried(far, 2.0).goal, [0.0, 0.4, 1.21, 2.42, 3.63])


def test_the_derivative_of_a_running_integral_is_the_kernel():
    time, exact = INTERVAL * np.arange(LAGS), memory(T)
    found = derivative(exact.running_integral(time), INTERVAL)
    np.testing.assert_allclose(found[1:-1], exact.kernel(time)[1:-1], rtol=1e-3)
