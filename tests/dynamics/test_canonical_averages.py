"""Canonical averages and their temperature derivative from stretches of constant energy."""

import numpy as np
import pytest

from thermalcg.dynamics.canonical_averages import canonical_energy, derivative_weights, mean_weights
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def test_weights_give_the_canonical_mean_and_its_derivative():
    """Observables that are functions of energy, of N oscillators: gamma-distributed energies."""
    rng = np.random.default_rng(3)
    T, n_modes = 400.0, 120
    energy = rng.gamma(n_modes, KB * T, size=6000)

    def exact(temperature):
        # <E^2> of a gamma distribution
        return (KB * temperature) ** 2 * n_modes * (n_modes + 1)

    observable = energy**2
    capacity = n_modes * KB
    weights = mean_weights(energy, n_modes * KB * T)
    assert weights.sum() == pytest.approx(1)
    derivative = derivative_weights(energy, capacity)
    assert derivative.sum() == pytest.approx(0, abs=1e-12)
    assert weights @ observable == pytest.approx(exact(T), rel=1e-3)
    finite = (exact(T + 5) - exact(T - 5)) / 10
    assert derivative @ observable == pytest.approx(finite, rel=0.01)
    # far less noise than the plain mean, whose energies happen to be too high or too low
    few = rng.gamma(n_modes, KB * T, size=(500, 20))
    plain = np.array([(e**2).mean() for e in few])
    weighted = np.array([mean_weights(e, n_modes * KB * T) @ e**2 for e in few])
    assert weighted.std() < 0.3 * plain.std()
    assert weighted.mean() == pytest.approx(exact(T), rel=0.01)


def test_canonical_energy_counts_the_degrees_of_freedom():
    potential = np.random.default_rng(4).normal(-500, 30, size=200000)
    mean, capacity = canonical_energy(potential, 10, 300.0)
    assert mean == pytest.approx(-500 + 0.5 * 57 * KB * 300, abs=0.5)
    assert capacity == pytest.approx(900 / (KB * 300**2) + 0.5 * 57 * KB, rel=0.02)
