"""The temperature expansion: values, derivatives and the energies that they give."""

import numpy as np
import pytest

from thermalcg.models.expansion import KINDS, Expansion

T0 = 395.0
every_kind = pytest.mark.parametrize("kind", sorted(KINDS))


@every_kind
@pytest.mark.parametrize("temperature", [250.0, 395.0, 700.0])
def test_derivatives_are_those_of_the_values(kind, temperature):
    expansion, h = Expansion(kind, T0), 0.01
    numeric = (expansion.values(temperature + h) - expansion.values(temperature - h)) / (2 * h)
    np.testing.assert_allclose(expansion.derivatives(temperature), numeric, rtol=1e-6, atol=1e-6)
    assert expansion.values(temperature).shape == (expansion.size,) == (KINDS[kind],)


@every_kind
@pytest.mark.parametrize("temperature", [250.0, 395.0, 700.0])
def test_second_derivatives_are_those_of_the_derivatives(kind, temperature):
    expansion, h = Expansion(kind, T0), 0.01
    second = expansion.second_derivatives(temperature)
    numeric = (expansion.derivatives(temperature + h) - expansion.derivatives(temperature - h)) / (2 * h)
    np.testing.assert_allclose(second, numeric, rtol=1e-6, atol=1e-9)
    # of the values themselves, too
    values = [expansion.values(temperature + step) for step in (-1.0, 0.0, 1.0)]
    np.testing.assert_allclose(second, values[0] - 2 * values[1] + values[2], rtol=1e-4, atol=1e-6)
    assert second.shape == (KINDS[kind],)


@pytest.mark.parametrize("kind", ["quadratic", "heat_capacity"])
def test_the_third_function_is_a_second_derivative_at_the_reference(kind):
    """So that one set of second-order targets trains either: d2W/dT2 at T0 is W_2 itself."""
    np.testing.assert_allclose(Expansion(kind, T0).derivatives(T0), [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(Expansion(kind, T0).second_derivatives(T0), [0, 0, 1], atol=1e-12)


def test_a_quadratic_expansion_is_a_taylor_series():
    np.testing.assert_allclose(Expansion("quadratic", T0).values(T0 + 100), [1, 100, 5000])
    np.testing.assert_allclose(Expansion("quadratic", T0).values(T0 - 100), [1, -100, 5000])


@every_kind
def test_all_but_the_first_are_zero_at_the_reference(kind):
    expected = np.zeros(KINDS[kind])
    expected[0] = 1.0
    np.testing.assert_allclose(Expansion(kind, T0).values(T0), expected, atol=1e-9)


def test_the_third_function_agrees_with_half_the_square_to_second_order():
    for d in (-20.0, -5.0, 5.0, 20.0):
        third = Expansion("heat_capacity", T0).values(T0 + d)[2]
        assert third == pytest.approx(d**2 / 2 - d**3 / (6 * T0), abs=2 * d**4 / (12 * T0**2))
    far = Expansion("heat_capacity", T0).values(700.0)[2]
    assert far < 0.85 * (700.0 - T0) ** 2 / 2  # and is another function further away


def test_the_third_function_is_that_of_a_constant_heat_capacity():
    expansion, h = Expansion("heat_capacity", T0), 0.01
    for temperature in (250.0, T0, 700.0):
        slope = (expansion.mean_energy(temperature + h) - expansion.mean_energy(temperature - h)) / (2 * h)
        # C = d<u>/dT = -T d2W/dT2: -T0 for the third, whatever T; none for the other two
        np.testing.assert_allclose(slope, [0.0, 0.0, -T0], atol=1e-3)


def test_the_logarithmic_law_is_that_of_a_response_that_falls_as_one_over_the_temperature():
    """h'' = -h' / T everywhere, and h' = 1 at the reference."""
    expansion = Expansion("logarithmic", T0)
    np.testing.assert_allclose(expansion.derivatives(T0), [0, 1], atol=1e-12)
    for temperature in (250.0, T0, 700.0):
        first, second = expansion.derivatives(temperature), expansion.second_derivatives(temperature)
        np.testing.assert_allclose(second, -first / temperature)


def test_mean_energy_is_w_minus_t_times_its_derivative():
    expansion, h, temperature = Expansion("heat_capacity", T0), 0.01, 520.0
    numeric = (expansion.values(temperature + h) - expansion.values(temperature - h)) / (2 * h)
    expected = expansion.values(temperature) - temperature * numeric
    np.testing.assert_allclose(expansion.mean_energy(temperature), expected, rtol=1e-7)


def test_an_unknown_expansion_is_refused():
    with pytest.raises(
        ValueError, match="expansion is 'cubic'; allowed: constant, linear, logarithmic, quadratic, heat_cap"
    ):
        Expansion("cubic", T0)


@pytest.mark.parametrize("temperature", [0, -5.0, np.nan])
@pytest.mark.parametrize("name", ["values", "derivatives", "second_derivatives", "mean_energy"])
def test_a_temperature_that_is_not_positive_is_refused(name, temperature):
    with pytest.raises(ValueError, match="allowed: a number > 0"):
        getattr(Expansion("heat_capacity", T0), name)(temperature)
