"""The functions of the spline basis: where they end, their slopes, and the products of unit vectors."""

import numpy as np
import pytest

from support.training_data import BOX, SETTINGS, beads
from thermalcg.models.spline.basis import kernel_coefficients, monomials, radial_basis
from thermalcg.models.spline.kernels import design_matrix

pytestmark = pytest.mark.physics

R_MIN, R_CUT, N = 0.25, 0.6, 9


def basis(r):
    value, slope = np.full((2, N), np.nan)
    radial_basis(r, R_MIN, R_CUT, N, value, slope)
    return value, slope


@pytest.mark.parametrize("r", [R_CUT, 0.7])
def test_nothing_reaches_beyond_the_cutoff(r):
    value, slope = basis(r)
    assert not value.any()
    assert not slope.any()


def test_value_slope_and_curvature_vanish_at_the_cutoff():
    value, slope = basis(R_CUT - 1e-4)
    assert np.abs(value).max() < 1e-7
    assert np.abs(slope).max() < 2e-3
    further = basis(R_CUT - 2e-4)[1]
    # the slope vanishes as the square of the distance
    assert np.abs(further).max() == pytest.approx(4 * np.abs(slope).max(), rel=0.01)


@pytest.mark.parametrize("r", [0.2, 0.2501, 0.3, 0.41, 0.55, 0.5999])
def test_slopes_are_those_of_the_values(r):
    h = 1e-6
    found = (basis(r + h)[0] - basis(r - h)[0]) / (2 * h)
    np.testing.assert_allclose(basis(r)[1], found, atol=2e-4)


def test_functions_add_up_to_one_away_from_the_cutoff():
    for r in np.linspace(R_MIN, R_MIN + (R_CUT - R_MIN) * (N - 3) / N - 1e-9, 20):
        assert basis(r)[0].sum() == pytest.approx(1)


def test_the_energy_goes_on_linearly_below_the_first_knot():
    value, slope = basis(R_MIN)
    below, same = basis(0.1)
    np.testing.assert_allclose(same, slope)
    np.testing.assert_allclose(below, value + slope * (0.1 - R_MIN), atol=1e-12)


@pytest.mark.parametrize("powers", [1, 2, 5])
def test_powers_of_a_cosine_are_sums_of_products_of_monomials(powers):
    rng = np.random.default_rng(3)
    u, v = (x / np.linalg.norm(x) for x in rng.normal(size=(2, 3)))
    made = monomials(powers)
    products = made.multiplicity * np.prod(u**made.exponents, axis=1) * np.prod(v**made.exponents, axis=1)
    degree = made.exponents.sum(axis=1)
    for power in range(powers):
        assert products[degree == power].sum() == pytest.approx((u @ v) ** power)


def test_monomials_follow_from_one_another():
    made, u = monomials(4), np.array([0.3, -0.8, 0.5])
    value = np.prod(u**made.exponents, axis=1)
    for index, (low, axis) in enumerate(made.parent[1:], start=1):
        assert value[index] == pytest.approx(value[low] * u[axis])
    for low, three in enumerate(made.above):
        np.testing.assert_allclose(value[three], value[low] * u)


def test_settings_count_the_functions_that_a_configuration_has():
    energy, force = design_matrix(beads(1, 2)[0], np.full(3, BOX), SETTINGS.ranges)
    assert energy.shape == (SETTINGS.functions,)
    assert force.shape[-1] == SETTINGS.functions


def test_coefficients_of_the_kernel_are_symmetric_and_hold_every_coefficient():
    flat = np.random.default_rng(4).normal(size=SETTINGS.functions)
    made = kernel_coefficients(flat, SETTINGS)
    np.testing.assert_array_equal(made.pair, flat[: SETTINGS.pair_functions])
    np.testing.assert_array_equal(made.triplet, np.swapaxes(made.triplet, 0, 1))
    upper = np.triu_indices(SETTINGS.triplet_radial)
    assert made.total[upper].sum() == pytest.approx(flat[SETTINGS.pair_functions :].sum())
