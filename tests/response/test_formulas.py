"""The formulas of the thermal response on samples of a hidden rotor, where the answer is known."""

import numpy as np
import pytest

from support.rotor import SCALE, Rotor, T
from thermalcg.response.formulas import (
    covariance_response,
    covariance_second_response,
    product_response,
    product_second_response,
)
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def draws(n=400_000, seed=1):
    rng = np.random.default_rng(seed)
    r = rng.uniform(0.3, 1.5, n)
    return r, *Rotor.sample(r, rng)


def first(r, force, energy, force_model, energy_model):
    return product_response((force - force_model)[:, None, None], energy - energy_model, T).ravel()


def z_score(values, exact):
    """How many standard errors the mean of (values - exact) is from zero, and that error."""
    difference = values - exact
    error = difference.std() / np.sqrt(len(difference))
    return difference.mean() / error, error


def test_products_of_exact_models_have_the_response_as_their_mean():
    r, f, u = draws()
    product = first(r, f, u, Rotor.mean_force(r, T), Rotor.mean_energy(r))
    exact = Rotor.derivative(r, 1)
    z, error = z_score(product, exact)
    assert abs(z) < 4
    assert error < 0.02 * abs(exact.mean())  # the comparison is sharp
    # not only on average over the sites: the slope against the exact response is one
    centred = exact - exact.mean()
    slope = (centred * product).sum() / (centred**2).sum()
    assert slope == pytest.approx(1, abs=4 * product.std() / np.sqrt((centred**2).sum()))


@pytest.mark.parametrize(("force_off", "energy_off"), [(True, False), (False, True)])
def test_one_wrong_model_does_no_harm(force_off, energy_off):
    r, f, u = draws(seed=2)
    force_model = Rotor.mean_force(r, T) + (15 * np.sin(3 * r) if force_off else 0)
    energy_model = Rotor.mean_energy(r) + (6 * np.cos(2 * r) if energy_off else 0)
    z, _ = z_score(first(r, f, u, force_model, energy_model), Rotor.derivative(r, 1))
    assert abs(z) < 4


def test_two_wrong_models_leave_the_product_of_their_errors():
    r, f, u = draws(seed=3)
    force_error, energy_error = 15 * np.sin(3 * r), 6 * np.cos(2 * r)
    product = first(r, f, u, Rotor.mean_force(r, T) - force_error, Rotor.mean_energy(r) - energy_error)
    exact = Rotor.derivative(r, 1)
    assert abs(z_score(product, exact)[0]) > 20
    assert abs(z_score(product, exact + force_error * energy_error / SCALE)[0]) < 4


def test_the_second_order_is_that_of_finite_differences():
    r, f, u = draws(n=2_000_000, seed=4)
    first_order, exact = Rotor.derivative(r, 1), Rotor.derivative(r, 2)

    def product(force_model, energy_model, variance, response):
        shaped = [x[:, None, None] for x in (f - force_model, response)]
        return product_second_response(shaped[0], u - energy_model, T, variance, shaped[1]).ravel()

    good = (Rotor.mean_force(r, T), Rotor.mean_energy(r), Rotor.variance(r), first_order)
    z, error = z_score(product(*good), exact)
    assert abs(z) < 4
    assert error < 0.05 * abs(exact.mean())
    # each model wrong on its own: still unbiased
    wrong = (5 * np.sin(3 * r), 2 * np.cos(2 * r), 3 + r, 0.01 * np.sin(4 * r))
    for index, change in enumerate(wrong):
        models = list(good)
        models[index] = models[index] + change
        assert abs(z_score(product(*models), exact)[0]) < 4, index


def test_covariances_at_one_site_agree_with_finite_differences():
    rng = np.random.default_rng(5)
    r = np.full(2_000_000, 1.1)
    f, u = Rotor.sample(r, rng)
    pieces = np.array_split(np.arange(len(r)), 20)
    for estimate, order in ((covariance_response, 1), (covariance_second_response, 2)):
        values = np.array([estimate(f[i], u[i], T) for i in pieces])
        exact, error = Rotor.derivative(1.1, order), values.std(ddof=1) / np.sqrt(20)
        assert abs(values.mean() - exact) < 4 * error
        assert error < 0.1 * abs(exact)


def test_a_poor_energy_model_costs_noise_as_predicted():
    """The variance of a product grows by that of the energy which the model leaves unexplained."""
    r, f, u = draws(seed=6)
    offset = 8 * np.where(np.arange(len(r)) % 2, 1.0, -1.0)
    force_model = Rotor.mean_force(r, T)
    good = first(r, f, u, force_model, Rotor.mean_energy(r))
    poor = first(r, f, u, force_model, Rotor.mean_energy(r) + offset)
    added = ((f - force_model) ** 2).mean() * 8**2 / SCALE**2
    assert poor.var() - good.var() == pytest.approx(added, rel=0.03)


@pytest.mark.parametrize("copies", [4, 16])
def test_the_noise_of_the_whole_box_grows_with_its_size(copies):
    """Independent molecules: noise goes as the root of their number, that of local products not at all."""
    rng = np.random.default_rng(9)
    r = rng.uniform(0.3, 1.5, (100_000, copies))
    f, u = Rotor.sample(r, rng)
    force = (f - Rotor.mean_force(r, T))[..., None]
    energy = u - Rotor.mean_energy(r)
    whole = product_response(force, energy.sum(axis=1), T)
    local = product_response(force, energy, T)
    # kurtosis makes the molecule's own term larger than the others': exact for their sum
    own, other = local.var(), force.var() * energy.var() / SCALE**2
    assert whole.var() == pytest.approx(own + (copies - 1) * other, rel=0.03)


def test_an_energy_of_its_own_for_each_bead_gives_the_covariance_of_that_bead():
    rng = np.random.default_rng(5)
    force, energy, weights = rng.normal(size=(40, 3, 3)), rng.normal(size=(40, 3)), rng.uniform(1, 2, 40)
    found = covariance_response(force, energy, T, weights)
    for bead in range(3):
        own = covariance_response(force[:, bead], energy[:, bead], T, weights)
        np.testing.assert_allclose(found[bead], own, rtol=1e-12)
        exact = [np.cov(f, energy[:, bead], aweights=weights, ddof=0)[0, 1] for f in force[:, bead].T]
        np.testing.assert_allclose(own, np.array(exact) / (KB * T**2), rtol=1e-12)
