"""Moments of a linear force model: block sums against the samples themselves."""

import numpy as np
import pytest

from thermalcg.response.moments import Moments, Samples


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    rows, force, weights = rng.normal(size=(60, 3)), rng.normal(size=60), rng.normal(size=(60, 2))
    return rows, force, weights, np.repeat(np.arange(4), [10, 20, 15, 15])


def moments_of(rows, force, weights, block):
    """From batches that are smaller than a block, in no order."""
    batches = [
        np.flatnonzero((block == b) & (np.arange(len(block)) % 2 == half))
        for half in (1, 0)
        for b in range(4)
    ]
    return Moments.of((Samples(block[k[0]], rows[k], force[k], weights[k]) for k in batches), 4)


def test_sums_are_those_of_the_samples_of_each_block(data):
    rows, force, weights, block = data
    made = moments_of(*data)
    own = block == 2
    np.testing.assert_array_equal(made.count, [10, 20, 15, 15])
    np.testing.assert_allclose(made.gram[2, 0], rows[own].T @ rows[own])
    np.testing.assert_allclose(made.gram[2, 1], rows[own].T @ np.diag(weights[own, 0]) @ rows[own])
    np.testing.assert_allclose(made.vector[2, 0], rows[own].T @ force[own])
    np.testing.assert_allclose(made.vector[2, 2], rows[own].T @ (force * weights[:, 1])[own])
    np.testing.assert_allclose(made.weight[2], [15, *weights[own].sum(axis=0)])
    np.testing.assert_allclose(made.mean_weights, weights.mean(axis=0))


def test_coefficients_are_those_of_least_squares(data):
    rows, force, _, block = data
    made, none = moments_of(*data), np.zeros((3, 3))
    np.testing.assert_allclose(made.coefficients(none), np.linalg.lstsq(rows, force, rcond=None)[0])
    penalty = np.diag([0.1, 0.2, 0.3])
    expected = np.linalg.solve(rows.T @ rows / 60 + penalty, rows.T @ force / 60)
    np.testing.assert_allclose(made.coefficients(penalty), expected)
    rest = block != 1
    expected = np.linalg.solve(rows[rest].T @ rows[rest] / 40 + penalty, rows[rest].T @ force[rest] / 40)
    np.testing.assert_allclose(made.cross_fitted(penalty)[1], expected)


def test_residual_moments_take_a_force_field_for_each_block(data):
    rows, force, weights, block = data
    theta = np.random.default_rng(2).normal(size=(4, 3))
    residual = force - (rows * theta[block]).sum(axis=1)
    centred = weights - weights.mean(axis=0)
    products = [rows.T @ (residual * centred[:, s]) / 60 for s in range(2)]
    made = moments_of(*data)
    np.testing.assert_allclose(made.mean_residual_moments(theta), products)
    own = block == 3
    expected = rows[own].T @ (residual * centred[:, 0])[own] / 15
    np.testing.assert_allclose(made.residual_moments(theta)[3, 0], expected)


def test_a_resample_counts_blocks_as_often_as_they_are_drawn(data):
    rows, force, weights, block = data
    drawn = moments_of(*data).resampled(np.array([2, 0, 1, 3]))
    assert drawn.n_blocks == 3
    index = np.concatenate([np.flatnonzero(block == b) for b in (0, 0, 2, 3, 3, 3)])
    np.testing.assert_allclose(drawn.mean_gram(), rows[index].T @ rows[index] / len(index))
    np.testing.assert_allclose(drawn.mean_weights, weights[index].mean(axis=0))
    # a block is fitted without any of its copies
    rest = index[block[index] != 3]
    expected = np.linalg.lstsq(rows[rest], force[rest], rcond=None)[0]
    np.testing.assert_allclose(drawn.cross_fitted(np.zeros((3, 3)))[2], expected)


def test_blocks_without_samples_are_refused(data):
    with pytest.raises(ValueError, match="samples fill 0 of 2 blocks"):
        Moments.of(iter(()), 2)
    rows, force, weights, _ = data
    with pytest.raises(ValueError, match="samples fill 1 of 2 blocks"):
        Moments.of([Samples(1, rows, force, weights)], 2)


def test_one_block_cannot_be_cross_fitted(data):
    with pytest.raises(ValueError, match="one block cannot be cross-fitted"):
        moments_of(*data).kept(np.array([0])).cross_fitted(np.zeros((3, 3)))
