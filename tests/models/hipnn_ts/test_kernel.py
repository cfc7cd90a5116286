"""The compiled kernel against torch, and what any energy and its forces must do."""

import numpy as np
import pytest
import torch

from support.networks import WEIGHTS, random_network
from support.random_potential import BOX, liquid
from thermalcg.geometry.neighbours import ALL_PAIRS, NeighbourSearch
from thermalcg.models.hipnn_ts.kernel import energy_force
from thermalcg.models.hipnn_ts.model import by_torch
from thermalcg.models.hipnn_ts.weights import kernel_weights

pytestmark = pytest.mark.physics

EDGES = np.full(3, BOX)

#: Order of the tensors, features, sensitivities and atom layers; with one feature nothing adjusts the input.
NETWORKS = [(1, 20, 12, 2), (1, 1, 5, 1), (2, 6, 8, 2), (2, 9, 4, 3)]


@pytest.fixture
def double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def network(order=1, features=6, sensitivities=8, layers=2):
    return random_network(
        tensor_order=order, features=features, sensitivities=sensitivities, atom_layers=layers
    )


def evaluate(weights, position, candidates=ALL_PAIRS):
    force = np.full(position.shape, 7.0)
    return energy_force(position, EDGES, *candidates, weights, force), force


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize("shape", NETWORKS)
@pytest.mark.parametrize("n", [1, 2, 31, 60])  # of blocks of 32 beads
def test_it_equals_torch_in_double_precision(shape, n):
    model, x = network(*shape), liquid()[:, :n]
    (energy,), (force,) = by_torch(model, WEIGHTS, EDGES, "cpu")(x)
    own_energy, own_force = evaluate(kernel_weights(model, WEIGHTS), x[0])
    # the exponential has a relative error of 1e-13, and hundreds of terms cancel in a force
    assert own_energy == pytest.approx(energy, rel=1e-10)
    np.testing.assert_allclose(own_force, force, atol=1e-10 * max(np.abs(force).max(), 1e-3))
    assert n < 31 or np.abs(force).max() > 1e-3


@pytest.mark.parametrize("shape", NETWORKS)
def test_it_is_closer_than_single_precision_to_torch_in_single_precision(shape):
    model, x = network(*shape), liquid()
    (energy,), (force,) = by_torch(model, WEIGHTS, EDGES, "cpu")(x)
    own_energy, own_force = evaluate(kernel_weights(model, WEIGHTS), x[0])
    assert own_energy == pytest.approx(energy, rel=1e-5)
    np.testing.assert_allclose(own_force, force, atol=1e-5 * np.abs(force).max())


@pytest.mark.parametrize("order", [1, 2])
def test_forces_are_the_slope_of_the_energy(order):
    weights, x = kernel_weights(network(order), WEIGHTS), liquid()[0]
    _, force = evaluate(weights, x)
    step = 1e-5
    for bead, axis in ((0, 0), (17, 1), (59, 2)):
        moved = np.stack([x, x])
        moved[:, bead, axis] += [-step, step]
        low, high = (evaluate(weights, y)[0] for y in moved)
        # error of a central difference: step^2 times the third derivative, on the scale of 0.01 nm
        assert -(high - low) / (2 * step) == pytest.approx(force[bead, axis], abs=1e-5 * np.abs(force).max())


@pytest.mark.parametrize("order", [1, 2])
def test_nothing_depends_on_the_place_the_turn_or_the_order_of_the_beads(order):
    weights, x = kernel_weights(network(order), WEIGHTS), liquid()[0]
    energy, force = evaluate(weights, x)
    close = {"atol": 1e-9 * np.abs(force).max()}
    np.testing.assert_allclose(force.sum(axis=0), 0, **close)
    shifted = evaluate(weights, x + [0.3, -2.2, 5.1])
    turned = evaluate(weights, x[:, [1, 2, 0]] * [1, -1, 1])
    order = np.random.default_rng(0).permutation(len(x))
    mixed = evaluate(weights, x[order])
    for other in (shifted, turned, mixed):
        assert other[0] == pytest.approx(energy, rel=1e-11)
    np.testing.assert_allclose(shifted[1], force, **close)
    np.testing.assert_allclose(turned[1], force[:, [1, 2, 0]] * [1, -1, 1], **close)
    np.testing.assert_allclose(mixed[1], force[order], **close)


def test_a_list_of_candidates_gives_what_all_pairs_give():
    weights, x = kernel_weights(network(), WEIGHTS), liquid()[0]
    energy, force = evaluate(weights, x)
    listed = evaluate(weights, x, NeighbourSearch(BOX, 0.7)(x))
    assert listed[0] == pytest.approx(energy, rel=1e-12)
    np.testing.assert_allclose(listed[1], force, atol=1e-11 * np.abs(force).max())


def test_beads_without_neighbours_have_an_energy_each_and_no_force():
    weights = kernel_weights(network(), WEIGHTS)
    alone, _ = evaluate(weights, np.array([[0.1, 0.2, 0.3]]))
    energy, force = evaluate(weights, np.array([[0.1, 0.2, 0.3], [0.9, 1.0, 1.1]]))
    assert energy == pytest.approx(2 * alone, rel=1e-13)
    assert alone != 0
    np.testing.assert_array_equal(force, 0)


def test_two_beads_push_each_other_along_their_line():
    weights, u = kernel_weights(network(2), WEIGHTS), np.array([1.0, 2.0, -2.0]) / 3

    def pair(r):
        return evaluate(weights, np.array([[1.5, 0.1, 0.1], [1.5, 0.1, 0.1] + r * u]))

    force, step = pair(0.33)[1], 1e-6
    slope = (pair(0.33 + step)[0] - pair(0.33 - step)[0]) / (2 * step)
    np.testing.assert_allclose(force[1], -slope * u, rtol=1e-6)
    np.testing.assert_allclose(force[0], -force[1], rtol=1e-12)


def test_beads_on_one_spot_have_no_force():
    x = liquid()[0]
    x[3] = x[7] + [BOX, 0, 0]
    energy, force = evaluate(kernel_weights(network(), WEIGHTS), x)
    assert np.isnan(energy)
    assert np.isnan(force).all()


def test_positions_that_are_not_numbers_have_no_finite_force():
    x = liquid()[0]
    x[3, 1] = np.nan
    energy, force = evaluate(kernel_weights(network(), WEIGHTS), x)
    assert np.isnan(energy)
    assert np.isnan(force[3]).all()
