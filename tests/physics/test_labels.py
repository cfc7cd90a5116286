"""Labels against systems whose mean force and thermal response are known."""

import numpy as np
import pytest

from thermalcg.labels import jackknife, label_rung
from thermalcg.response import covariance_response, covariance_second_response
from thermalcg.reweighting import mbar_weights
from thermalcg.units import KB

T = 350.0


def harmonic_mode(position, temperature, n_chains, n_samples, rng):
    """Samples of f and u for u = V(R) + k(R) x^2 / 2, with V = 3 R^4 and k = 200 (1 + R^2)."""
    v, dv = 3 * position**4, 12 * position**3
    k, dk = 200 * (1 + position**2), 400 * position
    x = rng.normal(size=(n_chains, n_samples)) * np.sqrt(KB * temperature / k)
    return (-dv - 0.5 * dk * x**2)[..., None, None], v + 0.5 * k * x**2


def test_hidden_harmonic_mode_is_recovered_within_its_errors():
    """F = -V' - kB T k'/2k, F' = -kB k'/2k, <u> = V + kB T/2."""
    rng = np.random.default_rng(1)
    z = {"mean_force": [], "trf": [], "mean_energy": []}
    for position in np.linspace(0.4, 2.0, 60):
        ratio = 400 * position / (200 * (1 + position**2))
        exact = {
            "mean_force": -12 * position**3 - 0.5 * KB * T * ratio,
            "trf": -0.5 * KB * ratio,
            "mean_energy": 3 * position**4 + 0.5 * KB * T,
        }
        labels = label_rung(*harmonic_mode(position, T, 2, 2000, rng), T)
        for name, value in exact.items():
            z[name].append(float(np.squeeze((labels[name] - value) / labels[f"{name}_se"])))
    for name, scores in z.items():
        # eight blocks: Student's t with 7 degrees of freedom has a standard deviation of 1.18
        assert abs(np.mean(scores)) < 4 * 1.18 / np.sqrt(60), name
        assert 0.7 < np.std(scores) < 1.7, name


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
    assert abs(labels["mean_force"] - average(f, T)).item() < 4 * labels["mean_force_se"].item()
    assert abs(labels["trf"] - slope).item() < 4 * labels["trf_se"].item()
    assert abs(labels["mean_energy"] - average(u, T)).item() < 4 * labels["mean_energy_se"].item()
    assert labels["trf_se"].item() < 0.1 * abs(slope)  # the comparison is sharp


def test_jackknife_removes_the_bias_of_a_short_run():
    """The covariance about the run's own mean is too small by 1/n; the jackknife puts it right."""
    rng = np.random.default_rng(4)
    plain, corrected = [], []
    for _ in range(4000):
        x = rng.normal(size=8)
        estimate = lambda i, x=x: np.mean((x[i] - x[i].mean()) ** 2)  # noqa: E731
        plain.append(estimate(np.arange(8)))
        corrected.append(jackknife(np.array_split(np.arange(8), 8), estimate)[0])
    assert np.mean(plain) == pytest.approx(7 / 8, abs=0.03)
    assert np.mean(corrected) == pytest.approx(1.0, abs=0.03)


def test_chains_that_disagree_widen_the_error():
    """A slow mode that each chain sits in shows in the error, not only in the diagnostics."""
    rng = np.random.default_rng(5)
    force = rng.normal(size=(2, 400, 10, 3))
    energy = rng.normal(size=(2, 400))
    together = label_rung(force, energy, T)["mean_force_se"].mean()
    force[1] += 2.0 * rng.normal(size=(10, 3))
    apart = label_rung(force, energy, T)["mean_force_se"].mean()
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
            scores.append((label["trf"].item() + 0.5 * KB * ratio) / label["trf_se"].item())
            pooled_error.append(label["trf_se"].item())
            single_error.append(single["trf_se"].item())
    assert abs(np.mean(scores)) < 4 * 1.18 / np.sqrt(40)
    assert 0.7 < np.std(scores) < 1.7
    assert np.mean(pooled_error) < 0.85 * np.mean(single_error)
