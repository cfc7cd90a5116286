"""The second derivative of the projected force field against finite differences of sums over states."""

import numpy as np
import pytest
from scipy.stats import f as f_distribution

from support.canonical_states import SCALE, States, T
from thermalcg.response.projected_second import (
    DirectionMoments,
    DirectionSamples,
    second_response,
    split_directions,
)

pytestmark = pytest.mark.physics

B = 40


def moments_of(rows, residual, weight, blocks=B):
    pieces = np.array_split(np.arange(len(rows)), blocks)
    samples = (DirectionSamples(b, rows[k], residual[k], weight[k]) for b, k in enumerate(pieces))
    return DirectionMoments.of(samples, blocks, rows.shape[1])


def exact_moments(directions):
    """Of the ensemble itself: every state once, its probability in the rows; two blocks that are alike."""
    p, phi = States.probability(T), States.basis(States.site)
    root = np.sqrt(p * len(p))
    w = States.energy - p @ States.energy
    residual = States.force - phi @ States.projected(T)
    sums = [DirectionSamples(b, phi @ directions, residual, w) for b in (0, 1)]
    made = DirectionMoments.of(sums, 2, directions.shape[1])
    rows = (phi @ directions) * root[:, None]
    for power in range(3):
        made.gram[:, power] = rows.T @ (rows * w[:, None] ** power)
        made.residual[:, power] = rows.T @ (root * residual * w**power)
        made.weight[:, power] = len(p) * (p @ w**power)
    return made


def test_the_second_derivative_of_a_least_squares_solution_is_exact():
    found = second_response(exact_moments(np.eye(2)), T, States.derivative(1, h=0.1))
    exact = States.derivative(2, h=1.0)
    np.testing.assert_allclose(found.measured, exact, atol=1e-3 * np.abs(exact).max())


def test_every_term_of_it_counts():
    """The first derivative alone, in the ensemble of fixed weights or without G', gives something else."""
    moments, first = exact_moments(np.eye(2)), States.derivative(1, h=0.1)
    exact = States.derivative(2)
    gram, residual, weight = moments.mean(np.ones(2))
    third = np.linalg.solve(gram[0], residual[2] - weight[2] * residual[0]) / SCALE**2
    change = np.linalg.solve(gram[0], -2 * gram[1] @ first / SCALE)
    ordinary = -2 * first / T
    size = np.abs(exact).max()
    for left_out in (third, change, ordinary):
        assert np.abs(left_out).max() > 0.3 * size


def test_samples_give_it_within_their_errors():
    _, rows, force, energy = States.draw(400_000, 11)
    residual = force - rows @ np.linalg.lstsq(rows, force, rcond=None)[0]
    moments = moments_of(rows, residual, energy - energy.mean())
    found = second_response(moments, T, States.derivative(1))
    deviation = found.measured_without - found.measured_without.mean(axis=0)
    error = np.sqrt((B - 1) / B * (deviation**2).sum(axis=0))
    exact = States.derivative(2)
    assert (np.abs(found.measured - exact) < 4 * error).all()
    assert error[1] < 0.3 * np.abs(exact[1])


def test_in_the_span_of_directions_it_is_the_projection_on_them():
    """Along one direction d: d^T G theta'' / (d^T G d); the law theta'' = kappa theta' / T0 is such a one."""
    first, exact = States.derivative(1, h=0.1), States.derivative(2)
    found = second_response(exact_moments(first[:, None]), T, np.ones(1))
    p, phi = States.probability(T), States.basis(States.site)
    gram = (phi * p[:, None]).T @ phi
    expected = first @ gram @ exact / (first @ gram @ first)
    assert found.measured[0] == pytest.approx(expected, rel=1e-3)


def test_directions_are_the_parts_of_the_response_and_of_the_force_field():
    base, response = np.arange(1.0, 6.0), np.arange(11.0, 16.0)
    made = split_directions(base, response, 2)
    np.testing.assert_array_equal(made @ [1, 1, 0, 0], response)
    np.testing.assert_array_equal(made @ [0, 0, 1, 1], base)
    np.testing.assert_array_equal(made[:, 0], [11, 12, 0, 0, 0])
    np.testing.assert_array_equal(made[:, 3], [0, 0, 3, 4, 5])


def test_a_constant_in_the_residual_squares_does_not_count():
    """<w^2> multiplies E[phi r], which is not exactly zero for a cross-fitted force field."""
    rng = np.random.default_rng(12)
    rows, weight = rng.normal(size=(5000, 2)), rng.normal(size=5000) * 10
    residual = rows @ [0.1, -0.2] + rng.normal(size=5000)
    whole = second_response(moments_of(rows, residual, weight, 5), T, np.zeros(2))
    expected = (
        np.linalg.solve(rows.T @ rows, rows.T @ (residual * (weight**2 - (weight**2).mean()))) / SCALE**2
    )
    np.testing.assert_allclose(whole.measured, expected, rtol=1e-9)


def test_an_empty_block_is_refused():
    samples = [DirectionSamples(0, np.ones((2, 1)), np.ones(2), np.ones(2))]
    with pytest.raises(ValueError, match="samples fill 1 of 3 blocks"):
        DirectionMoments.of(samples, 3, 1)


def test_what_is_noise_is_drawn_towards_a_law_in_ln_t():
    """Where nothing is measured theta'' = -theta' / T; where it is measured well, it is what was measured."""
    rng, first = np.random.default_rng(13), np.array([1.0, -2.0])
    weights = []
    for _ in range(60):
        rows, weight = rng.normal(size=(4000, 2)), 3 * rng.normal(size=4000)
        # E[r w^2] such that the measured theta'' is the guess: everything else is noise
        third = rows @ (first / T) * SCALE**2 / 2 / 9**2 * (weight**2 - 9)
        found = second_response(moments_of(rows, third + 1e4 * rng.normal(size=4000), weight), T, first)
        weights.append(found.weight)
        expected = -first / T + found.weight * (found.measured + first / T)
        np.testing.assert_allclose(found.coordinates, expected)
    # the ratio of the deviation to its noise is an F variable of 2 coordinates and 40 blocks
    share = f_distribution(2, 2 * (B - 1)).cdf(1)
    assert np.mean(np.array(weights) == 0) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 60))
    _, rows, force, energy = States.draw(400_000, 14)
    residual = force - rows @ np.linalg.lstsq(rows, force, rcond=None)[0]
    found = second_response(moments_of(rows, residual, energy - energy.mean()), T, States.derivative(1))
    assert found.weight > 0.97
