"""Batches of configurations: their pairs, and compiled loops against torch, derivatives included."""

import numpy as np
import pytest
import torch

from support.networks import random_network
from support.random_potential import BOX, liquid
from thermalcg.geometry.neighbours import DirectedPairs
from thermalcg.models.hipnn_ts.batches import Geometry, by_loops, by_torch


@pytest.fixture
def double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("n", [5, 130])  # numbered by integers of one byte, and of two
def test_a_configuration_keeps_each_pair_once_and_hands_it_out_both_ways(n):
    position, box = np.random.default_rng(n).uniform(-1, 2, (n, 3)), 1.3
    wrapped, first, second, shift = Geometry(position, np.full(3, box), 0.5).on("cpu")
    expected = DirectedPairs(box, 0.5)((position % box)[None])
    np.testing.assert_array_equal(first, expected.first)
    np.testing.assert_array_equal(second, expected.second)
    np.testing.assert_allclose(shift, expected.shift, atol=1e-6)
    assert float((wrapped[second] - wrapped[first] + shift).norm(dim=1).max()) < 0.5


def geometries(*positions, box=BOX):
    return [Geometry(x, np.full(3, box), 0.6) for x in positions]


def loss_and_gradients(model, energy, force):
    """A loss that sees every energy and force, and its derivatives by all parameters but the offset."""
    loss = (energy * torch.tensor([1.0, -2.0])).sum() + (force - 0.1).square().sum() * 1e-3
    parameters = [*model.network.parameters(), *model.readouts.parameters()]
    return float(loss.detach()), torch.autograd.grad(loss, parameters)


@pytest.mark.physics
@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize("changes", [{}, {"tensor_order": 2, "atom_layers": 3}, {"features": 1}])
def test_compiled_loops_have_the_values_and_derivatives_of_torch(changes):
    model, batch = random_network(**changes), geometries(liquid(1)[0], liquid(2)[0])
    weights = torch.tensor([[1.0, 0.0], [0.5, 30.0]])
    own, reference = by_loops(model, batch, weights), by_torch(model, batch, weights, training=True)
    for value, expected in zip(own, reference, strict=True):
        torch.testing.assert_close(
            value, expected, rtol=1e-9, atol=1e-9 * float(expected.detach().abs().max())
        )
    (loss, found), (expected, gradients) = (loss_and_gradients(model, *x) for x in (own, reference))
    assert loss == pytest.approx(expected, rel=1e-10)
    for one, other in zip(found, gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-9 * float(other.abs().max()))


@pytest.mark.usefixtures("double_precision")
def test_beads_of_different_configurations_do_not_meet_where_there_are_no_pairs():
    """An empty list of candidates stands for all pairs, of all configurations."""
    apart = np.array([[0.1, 0.1, 0.1], [0.9, 0.9, 0.9]])
    model, weights = random_network(), torch.ones(2, 2)
    energy, force = by_loops(model, geometries(apart, apart + 0.1), weights)
    assert float(force.detach().abs().max()) == 0
    reference = by_torch(model, geometries(apart, apart + 0.1), weights, training=True)[0]
    torch.testing.assert_close(energy, reference, rtol=1e-12, atol=0)


def test_nothing_is_differentiated_where_nothing_is_asked_for():
    model, batch = random_network(), geometries(liquid(1)[0], liquid(2)[0])
    with torch.no_grad():
        energy, force = by_loops(model, batch, torch.ones(2, 2))
    assert not energy.requires_grad
    assert not force.requires_grad
