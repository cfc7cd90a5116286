"""Slopes from stretches with spread energies, on oscillators whose averages are known."""

import numpy as np
import pytest

from thermalcg.dynamics.canonical_averages import derivative_weights
from thermalcg.dynamics.spread_energies import parabola_weights, spread_starts
from thermalcg.geometry.inputs import InputError
from thermalcg.units import KB

pytestmark = pytest.mark.physics

#: As many momenta as positions, of harmonic oscillators: E has a gamma distribution, C_V = FREEDOM kB.
T, FREEDOM = 400.0, 300
THERMAL = KB * T
CAPACITY, MEAN = FREEDOM * KB, FREEDOM * THERMAL


@pytest.fixture(scope="module")
def potential():
    return np.random.default_rng(1).gamma(FREEDOM / 2, THERMAL, 20_000)


def energies(potential, n, spread, seed=2):
    starts = spread_starts(potential, FREEDOM, T, n, spread, seed)
    return potential[starts.frame] + starts.kinetic


def motion(energy):
    """A rate that rises as a power of the energy: E^3, whose canonical mean is known."""
    return (energy / MEAN) ** 3


def exact_mean(temperature):
    n = FREEDOM
    return (temperature / T) ** 3 * (n + 1) * (n + 2) / n**2


def test_energies_are_spread_evenly_as_wide_as_asked(potential):
    canonical = np.sqrt(FREEDOM) * THERMAL
    for spread in (1.0, 1.7):
        found = energies(potential, 40, spread)
        assert found.std() == pytest.approx(spread * canonical, rel=0.02)
        assert found.mean() == pytest.approx(potential.mean() + FREEDOM / 2 * THERMAL, rel=1e-9)
        np.testing.assert_allclose(np.diff(found), np.diff(found)[0], rtol=1e-6)


def test_each_start_has_the_potential_energy_of_its_total_energy(potential):
    """Half the deviation of the total energy, as oscillators have it, and the spread that is left."""
    starts = spread_starts(potential, FREEDOM, T, 4000, 1.5, 3)
    own = potential[starts.frame]
    total = own + starts.kinetic
    x, y = total - total.mean(), own - potential.mean()
    slope = x @ y / (x @ x)
    # of 4000 starts; the tails of a gamma distribution are a little fuller than normal
    assert slope == pytest.approx(0.5, abs=0.02)
    # E is the sum of two equal parts: the variance of one at given E is a quarter of Var(E)
    assert (y - slope * x).std() == pytest.approx(0.5 * np.sqrt(FREEDOM) * THERMAL, rel=0.05)


def test_mean_and_derivative_are_those_of_the_canonical_ensemble(potential):
    energy = energies(potential, 60, 1.7)
    weights = parabola_weights(energy, MEAN, CAPACITY, T)
    assert weights.mean.sum() == pytest.approx(1)
    assert weights.derivative.sum() == pytest.approx(0, abs=1e-12)
    assert weights.curvature.sum() == pytest.approx(0, abs=1e-12)
    # a cube is no parabola: what is left out is of order 1/N
    assert weights.mean @ motion(energy) == pytest.approx(exact_mean(T), rel=2 / FREEDOM)
    derivative = (exact_mean(T + 0.5) - exact_mean(T - 0.5)) / 1.0
    assert weights.derivative @ motion(energy) == pytest.approx(derivative, rel=5 / FREEDOM)
    assert weights.curvature @ motion(energy) == pytest.approx(6 / MEAN**2, rel=5 / FREEDOM)


def test_twice_the_spread_halves_the_error_of_the_slope(potential):
    """Stretches whose own noise is the same: the slope's error from repetition, at equal cost."""
    rng, noise, n = np.random.default_rng(5), 0.2, 20
    errors = {}
    for spread in (1.0, 2.0):
        # configurations of 2.0 need frames far out: more of them
        frames = np.concatenate([potential, rng.gamma(FREEDOM / 2, THERMAL, 400_000)])
        energy = energies(frames, n, spread)
        measured = motion(energy) + noise * rng.normal(size=(2000, n))
        weights = parabola_weights(energy, MEAN, CAPACITY, T)
        errors[spread] = (measured @ weights.derivative).std()
        # a parabola costs the slope nothing where energies are symmetric
        line = (measured @ derivative_weights(energy, CAPACITY)).std()
        assert errors[spread] == pytest.approx(line, rel=0.05)
    # 2000 repetitions know a spread to 1.6 %
    assert errors[2.0] / errors[1.0] == pytest.approx(0.5, rel=0.08)


def test_what_is_not_there_is_refused(potential):
    with pytest.raises(InputError, match="stretches is 2"):
        spread_starts(potential, FREEDOM, T, 2, 1.0, 1)
    with pytest.raises(InputError, match="spread is 9.0; allowed: less"):
        spread_starts(potential, FREEDOM, T, 10, 9.0, 1)
    with pytest.raises(InputError, match="2 different energies"):
        parabola_weights(np.array([1.0, 2.0, 2.0]), 1.5, CAPACITY, T)
