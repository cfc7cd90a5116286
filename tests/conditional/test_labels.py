"""Labels against systems whose mean force and thermal response are known."""

import numpy as np
import pytest

from support.rotor import Rotor
from support.rotor import T as ROTOR_T
from thermalcg.conditional.labels import label_rung
from thermalcg.conditional.mbar import effective_samples, mbar_weights
from thermalcg.response.formulas import covariance_response
from thermalcg.statistics import bias_corrected
from thermalcg.units import KB

pytestmark = pytest.mark.physics

T = 350.0


def harmonic_mode(position, temperature, n_chains, n_samples, rng, n_modes=1):
    """Samples of f and u for u = V(R) + k(R) x^2 / 2, with V = 3 R^4 and k = 200 (1 + R^2).

    Several modes are so many independent x.
    """
    v, dv = 3 * position**4, 12 * position**3
    k, dk = 200 * (1 + position**2), 400 * position
    x = rng.normal(size=(n_chains, n_samples, n_modes)) * np.sqrt(KB * temperature / k)
    x2 = (x**2).sum(axis=-1)
    return (-dv - 0.5 * dk * x2)[..., None, None], v + 0.5 * k * x2


def harmonic_answer(position, temperature, n_modes=1):
    """F = -V' - n kB T k'/2k, F' = -n kB k'/2k, F'' = 0, <u> = V + n kB T/2."""
    per_kelvin = 0.5 * KB * n_modes * 400 * position / (200 * (1 + position**2))
    return {
        "mean_force": -12 * position**3 - temperature * per_kelvin,
        "trf": -per_kelvin,
        "trf2": 0.0,
        "mean_energy": 3 * position**4 + 0.5 * n_modes * KB * temperature,
    }


def test_hidden_harmonic_mode_is_recovered_within_its_errors():
    rng = np.random.default_rng(1)
    z = {"mean_force": [], "trf": [], "mean_energy": []}
    for position in np.linspace(0.4, 2.0, 60):
        exact = harmonic_answer(position, T)
        labels = label_rung(*harmonic_mode(position, T, 2, 2000, rng), T)
        for name in z:
            z[name].append(
                float(np.squeeze((getattr(labels, name) - exact[name]) / getattr(labels, f"{name}_se")))
            )
    for name, scores in z.items():
        # eight blocks: Student's t with 7 degrees of freedom has a standard deviation of 1.18
        assert abs(np.mean(scores)) < 4 * 1.18 / np.sqrt(60), name
        assert 0.7 < np.std(scores) < 1.7, name


def test_a_harmonic_mode_has_no_second_order():
    """F is linear in T: the two terms of F'' cancel, each of them a hundred times the error of the sum."""
    rng = np.random.default_rng(8)
    values, z = [], []
    for position in np.linspace(0.4, 2.0, 100):
        label = label_rung(*harmonic_mode(position, T, 2, 4000, rng), T)
        # in units of the term that the third cumulant has to cancel
        unit = 2 * harmonic_answer(position, T)["trf"] / T
        values.append(label.trf2.item() / unit)
        z.append(label.trf2.item() / label.trf2_se.item())
    error = np.std(values, ddof=1) / 10
    assert abs(np.mean(values)) < 4 * error
    assert error < 0.01
    # the estimate and its error go together (a third cumulant is skewed), so the mean of z says nothing
    assert 0.7 < np.std(z) < 1.7


def test_the_second_order_of_a_hidden_rotor_is_recovered_within_its_errors():
    rng = np.random.default_rng(9)
    z, found, expected = [], [], []
    for position in np.linspace(0.4, 1.5, 60):
        force, energy = Rotor.sample(np.full((2, 4000), position), rng)
        label = label_rung(force[..., None, None], energy, ROTOR_T)
        exact = Rotor.derivative(position, 2)
        z.append((label.trf2.item() - exact) / label.trf2_se.item())
        found.append(label.trf2.item())
        expected.append(exact)
    assert abs(np.mean(z)) < 4 * 1.18 / np.sqrt(60)
    assert 0.7 < np.std(z) < 1.7
    found, expected = np.array(found), np.array(expected)
    slope = (found * expected).sum() / (expected**2).sum()
    error = np.sqrt((((found - slope * expected) * expected) ** 2).sum()) / (expected**2).sum()
    assert abs(slope - 1) < 4 * error
    assert error < 0.01  # the comparison is sharp


def test_the_response_has_the_right_sign_and_size():
    """A hidden mode that stiffens with R pushes R down, and more so when hot."""
    force, energy = harmonic_mode(1.0, T, 1, 200_000, np.random.default_rng(2))
    response = covariance_response(force.reshape(-1), energy.reshape(-1), T)
    assert response == pytest.approx(-0.5 * KB, rel=0.03)


def test_covariance_of_two_dipoles_against_quadrature():
    """Two dipoles at a fixed distance: F, F' and <u> by quadrature over three angles."""
    strength, distance = 4.0, 1.1  # mu^2/(4 pi eps0) in kJ/mol nm^3, nm
    cos1, cos2 = np.polynomial.legendre.leggauss(48)[0], np.polynomial.legendre.leggauss(48)[0]
    w = np.polynomial.legendre.leggauss(48)[1]
    phi = (np.arange(48) + 0.5) * 2 * np.pi / 48
    c1, c2, p = np.meshgrid(cos1, cos2, phi, indexing="ij")
    weight = w[:, None, None] * w[None, :, None] * np.ones_like(phi)
    angular = np.sqrt(1 - c1**2) * np.sqrt(1 - c2**2) * np.cos(p) - 2 * c1 * c2
    u = strength * angular / distance**3
    f = 3 * strength * angular / distance**4

    def average(x, temperature):
        boltzmann = weight * np.exp(-u / (KB * temperature))
        return (boltzmann * x).sum() / boltzmann.sum()

    h = 0.1
    slope = (average(f, T + h) - average(f, T - h)) / (2 * h)
    covariance = (average(f * u, T) - average(f, T) * average(u, T)) / (KB * T**2)
    assert covariance == pytest.approx(slope, rel=1e-5)  # the identity itself

    rng = np.random.default_rng(3)
    probability = (weight * np.exp(-u / (KB * T))).ravel()
    draws = rng.choice(probability.size, size=(2, 20_000), p=probability / probability.sum())
    labels = label_rung(f.ravel()[draws][..., None, None], u.ravel()[draws], T)
    assert abs(labels.mean_force - average(f, T)).item() < 4 * labels.mean_force_se.item()
    assert abs(labels.trf - slope).item() < 4 * labels.trf_se.item()
    assert abs(labels.mean_energy - average(u, T)).item() < 4 * labels.mean_energy_se.item()
    assert labels.trf_se.item() < 0.1 * abs(slope)  # the comparison is sharp


def test_jackknife_removes_the_bias_of_a_short_run():
    """The covariance about the run's own mean is too small by 1/n; the jackknife puts it right."""
    rng = np.random.default_rng(4)
    plain, corrected = [], []
    for _ in range(4000):
        x = rng.normal(size=8)
        estimate = lambda i, x=x: np.mean((x[i] - x[i].mean()) ** 2)  # noqa: E731
        plain.append(estimate(np.arange(8)))
        corrected.append(bias_corrected(np.array_split(np.arange(8), 8), estimate)[0])
    assert np.mean(plain) == pytest.approx(7 / 8, abs=0.03)
    assert np.mean(corrected) == pytest.approx(1.0, abs=0.03)


def test_chains_that_disagree_widen_the_error():
    """A slow mode that each chain sits in shows in the error, not only in the diagnostics."""
    rng = np.random.default_rng(5)
    force = rng.normal(size=(2, 400, 10, 3))
    energy = rng.normal(size=(2, 400))
    together = label_rung(force, energy, T).mean_force_se.mean()
    force[1] += 2.0 * rng.normal(size=(10, 3))
    apart = label_rung(force, energy, T).mean_force_se.mean()
    assert apart > 5 * together


def test_mbar_takes_all_rungs_to_each_temperature():
    """Harmonic mode at three temperatures: unbiased, with honest errors, and sharper than one rung alone."""
    rng, rungs = np.random.default_rng(6), np.array([350.0, 385.0, 425.0])
    scores, pooled_error, single_error = [], [], []
    for position in np.linspace(0.4, 2.0, 40):
        ratio = 400 * position / (200 * (1 + position**2))
        drawn = [harmonic_mode(position, t, 2, 500, rng) for t in rungs]
        force = np.stack([f for f, _ in drawn], axis=1)[..., 0, 0]
        energy = np.stack([u for _, u in drawn], axis=1)
        weights = mbar_weights(energy, rungs)
        assert weights.sum(axis=(1, 2, 3)) == pytest.approx(1.0)
        for k, temperature in enumerate(rungs):
            by_time = [np.swapaxes(x, 1, 2).reshape(2, -1) for x in (force, energy, weights[k])]
            label = label_rung(by_time[0][..., None, None], by_time[1], temperature, by_time[2])
            single = label_rung(force[:, k][..., None, None], energy[:, k], temperature)
            scores.append((label.trf.item() + 0.5 * KB * ratio) / label.trf_se.item())
            pooled_error.append(label.trf_se.item())
            single_error.append(single.trf_se.item())
    assert abs(np.mean(scores)) < 4 * 1.18 / np.sqrt(40)
    assert 0.7 < np.std(scores) < 1.7
    assert np.mean(pooled_error) < 0.85 * np.mean(single_error)


RUNGS = np.array([350.0, 385.0, 425.0])


def on_all_rungs(position, n_samples, rng, n_modes):
    """Forces (chain, rung, sample) and energies of two chains."""
    drawn = [harmonic_mode(position, t, 2, n_samples, rng, n_modes) for t in RUNGS]
    return np.stack([f[..., 0, 0] for f, _ in drawn], axis=1), np.stack([u for _, u in drawn], axis=1)


def by_time(values):
    return np.swapaxes(values, 1, 2).reshape(2, -1)


def test_mbar_takes_all_rungs_to_temperatures_between_them():
    """Twenty modes, so that the rungs differ: all labels at temperatures that nothing was sampled at."""
    rng, targets, n_modes = np.random.default_rng(10), np.array([362.0, 405.0]), 20
    z = {name: [] for name in harmonic_answer(1.0, T)}
    second, sharp = [], []
    for position in np.linspace(0.4, 2.0, 40):
        force, energy = on_all_rungs(position, 1000, rng, n_modes)
        weights = mbar_weights(energy, RUNGS, targets)
        assert weights.shape == (2, *energy.shape)
        assert weights.sum(axis=(1, 2, 3)) == pytest.approx(1.0)
        for k, temperature in enumerate(targets):
            label = label_rung(
                by_time(force)[..., None, None], by_time(energy), temperature, by_time(weights[k])
            )
            exact = harmonic_answer(position, temperature, n_modes)
            for name in z:
                z[name].append(
                    (getattr(label, name).item() - exact[name]) / getattr(label, f"{name}_se").item()
                )
            second.append(label.trf2.item() / (2 * exact["trf"] / temperature))
            # without weights the mean energy would be that of the middle rung, more or less
            sharp.append(0.5 * n_modes * KB * 20 / label.mean_energy_se.item())
    for name, scores in z.items():
        assert 0.7 < np.std(scores) < 1.7, name
        if name != "trf2":
            assert abs(np.mean(scores)) < 4 * 1.18 / np.sqrt(80), name
    assert abs(np.mean(second)) < 4 * np.std(second, ddof=1) / np.sqrt(80)
    assert np.median(sharp) > 10


def test_mbar_at_the_rungs_is_the_default_and_joins_smoothly():
    _, energy = on_all_rungs(1.0, 300, np.random.default_rng(11), 20)
    at_rungs = mbar_weights(energy, RUNGS)
    np.testing.assert_allclose(mbar_weights(energy, RUNGS, RUNGS), at_rungs)
    # one target among several has the weights that it has alone, in any order
    np.testing.assert_allclose(mbar_weights(energy, RUNGS, RUNGS[[2, 0]]), at_rungs[[2, 0]], rtol=1e-6)
    near = mbar_weights(energy, RUNGS, RUNGS[1:2] + 0.01)
    np.testing.assert_allclose(near, at_rungs[1:2], rtol=0.02)


def test_weights_depend_on_the_energy_as_boltzmann_says():
    """Between two targets the weights of a sample change by its Boltzmann factor, whatever its rung."""
    _, energy = on_all_rungs(1.0, 300, np.random.default_rng(12), 20)
    low, high = mbar_weights(energy, RUNGS, np.array([360.0, 410.0]))
    shifted = np.log(high / low) + energy / KB * (1 / 410 - 1 / 360)
    assert np.ptp(shifted) < 1e-6
    assert np.ptp(np.log(high / low)) > 1


@pytest.mark.parametrize("outside", [340.0, 426.0])
def test_mbar_does_not_leave_the_range_of_the_rungs(outside):
    _, energy = on_all_rungs(1.0, 10, np.random.default_rng(13), 1)
    with pytest.raises(ValueError, match=rf"temperatures are \[400\.0, {outside}\] K; allowed: 350 to 425 K"):
        mbar_weights(energy, RUNGS, np.array([400.0, outside]))


def test_one_rung_has_equal_weights_at_its_own_temperature_only():
    energy = np.random.default_rng(14).normal(size=(2, 1, 50))
    for temperatures in (None, np.array([350.0])):
        np.testing.assert_allclose(mbar_weights(energy, RUNGS[:1], temperatures), 1 / 100)
    with pytest.raises(ValueError, match="allowed: 350 to 350 K"):
        mbar_weights(energy, RUNGS[:1], np.array([360.0]))


def test_effective_samples():
    weights = np.zeros((3, 2, 2, 25))
    weights[0] = 0.01
    weights[1, 0, 1, :10] = 7.0
    weights[2, 1, 0, 3] = 1.0
    np.testing.assert_allclose(effective_samples(weights), [100, 10, 1])
    _, energy = on_all_rungs(1.0, 200, np.random.default_rng(15), 20)
    middle, ends = (effective_samples(mbar_weights(energy, RUNGS, t)) for t in (RUNGS[1:2], RUNGS[[0, 2]]))
    assert 200 < ends.max() < middle[0] < 1200
