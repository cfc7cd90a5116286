"""Slopes from stretches with spread energies, on oscillators whose averages are known."""

import numpy as np
import pytest

from thermalcg.dynamics.canonical_averages import derivative_weights, mean_weights
from thermalcg.dynamics.correlation import correlate
from thermalcg.dynamics.spread_energies import SPREAD, Energies, parabola_weights, spread_starts
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


#: Angular frequencies of the bath, rad/ps, and how much of each mode is in the bead, whose mass is one amu.
FREQUENCIES = np.linspace(2.0, 60.0, FREEDOM)
SHARES = np.exp(-FREQUENCIES / 15.0)
SHARES /= np.linalg.norm(SHARES)
STEP, RECORDS, LAGS = 0.02, 80, 20


def bath_motion(spread, repetitions, n, rng):
    """Velocity autocorrelations of a bead of a harmonic bath in stretches, and the energies of these."""
    frames = np.sqrt(THERMAL) * rng.normal(size=(5000, FREEDOM))  # of w q, in all modes
    potential = 0.5 * (frames**2).sum(axis=1)
    starts = [spread_starts(potential, FREEDOM, T, n, spread, s) for s in range(repetitions)]
    place = frames[np.concatenate([s.frame for s in starts])]
    velocity = rng.normal(size=place.shape)
    kinetic = np.concatenate([s.kinetic for s in starts])
    velocity *= np.sqrt(2 * kinetic / (velocity**2).sum(axis=1))[:, None]
    phase = FREQUENCIES[:, None] * STEP * np.arange(RECORDS)
    moved = velocity @ (SHARES[:, None] * np.cos(phase)) - place @ (SHARES[:, None] * np.sin(phase))
    energy = 0.5 * (place**2 + velocity**2).sum(axis=1)
    found = correlate(moved[:, :, None, None], moved[:, :, None, None], LAGS)
    return found.reshape(repetitions, n, LAGS), energy.reshape(repetitions, n)


def test_the_slope_of_a_harmonic_bath_is_known_better_with_spread_energies():
    """<v(t) v(0)> = kB T sum_k u_k^2 cos(w_k t), so that its slope is itself over T."""
    rng, repetitions, n, errors = np.random.default_rng(8), 200, 20, {}
    exact = THERMAL * (SHARES**2) @ np.cos(FREQUENCIES[:, None] * STEP * np.arange(LAGS))
    for spread in (1.0, SPREAD):
        motion, energy = bath_motion(spread, repetitions, n, rng)
        weights = [Energies(e, MEAN, CAPACITY, T, "spread").weights(np.arange(n)) for e in energy]
        for index, expected in enumerate((exact, exact / T)):
            found = np.array([w[index] @ c for w, c in zip(weights, motion, strict=True)])
            error = found.std(axis=0, ddof=1) / np.sqrt(repetitions)
            # 20 lags that are correlated: 4 errors are passed by chance once in a thousand times
            assert (np.abs(found.mean(axis=0) - expected) < 4 * error).all()
            errors[index, spread] = np.sqrt((found.var(axis=0, ddof=1)).mean())
    # 200 repetitions of some independent lags know each error to 5 %
    assert errors[1, SPREAD] / errors[1, 1.0] == pytest.approx(1 / SPREAD, rel=0.15)


def test_averages_from_spread_energies_cost_a_quarter():
    """The variance of a + c/2: 1 + (1 - 1/s^2)^2 / (9/5 - 1) over n, of energies that are spread evenly."""
    n = 2001
    energy = MEAN + SPREAD * np.sqrt(3) * np.sqrt(KB * CAPACITY) * T * np.linspace(-1, 1, n)
    weights = {
        s: Energies(energy, MEAN, CAPACITY, T, s).weights(np.arange(n))[0] for s in ("spread", "canonical")
    }
    ratio = (weights["spread"] ** 2).sum() / (weights["canonical"] ** 2).sum()
    assert ratio == pytest.approx(1 + (1 - 1 / SPREAD**2) ** 2 / 0.8, rel=1e-3)
    np.testing.assert_allclose(weights["canonical"], mean_weights(energy, MEAN))


def test_what_is_not_there_is_refused(potential):
    with pytest.raises(InputError, match="stretches is 2"):
        spread_starts(potential, FREEDOM, T, 2, 1.0, 1)
    with pytest.raises(InputError, match="spread is 9.0; allowed: less"):
        spread_starts(potential, FREEDOM, T, 10, 9.0, 1)
    with pytest.raises(InputError, match="2 different energies"):
        parabola_weights(np.array([1.0, 2.0, 2.0]), 1.5, CAPACITY, T)
    with pytest.raises(InputError, match="starts are 'wide'; allowed: canonical, spread"):
        Energies(np.arange(4.0), 1.5, CAPACITY, T, "wide").weights(np.arange(4))
