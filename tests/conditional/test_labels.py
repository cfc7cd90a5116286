"""Labels against systems whose mean force and thermal response are known."""

import numpy as np
import pytest

from support.harmonic_mode import harmonic_answer, harmonic_mode
from support.rotor import Rotor
from support.rotor import T as ROTOR_T
from thermalcg.conditional.labels import label_rung
from thermalcg.response.formulas import covariance_response
from thermalcg.statistics import bias_corrected
from thermalcg.units import KB

pytestmark = pytest.mark.physics

T = 350.0


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


def test_a_label_has_the_temperature_that_was_given_as_text_or_number():
    rng = np.random.default_rng(3)
    force, energy = rng.normal(size=(2, 20, 3, 3)), rng.normal(size=(2, 20))
    np.testing.assert_array_equal(label_rung(force, energy, "400").trf, label_rung(force, energy, 400.0).trf)
