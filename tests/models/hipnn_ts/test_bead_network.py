"""The network of a bead: its field is the slope of its energy; a loss of both hands back its own slope."""

import numpy as np
import pytest
import torch

from support.networks import WEIGHTS, random_network
from thermalcg.models.hipnn_ts.bead_network import BeadNetwork
from thermalcg.models.hipnn_ts.rows import COMPONENTS

pytestmark = pytest.mark.physics

#: Two configurations of three beads, with a combination of energies each.
COMBINATIONS = np.array([[1.0, 0.0], WEIGHTS])
BEADS = 3


@pytest.fixture(autouse=True)
def double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def case(order):
    rng = np.random.default_rng(order)
    model = random_network(tensor_order=order)
    sums, along = rng.normal(size=(2, 2 * BEADS, COMPONENTS[order], 8))
    return model, sums, along, np.array([0.7, -1.3])


def slope(function, step=1e-6):
    return (function(step) - function(-step)) / (2 * step)


@pytest.mark.parametrize("order", [1, 2])
def test_the_field_is_the_slope_of_the_energy(order):
    model, sums, direction, _ = case(order)

    def energy(x):
        return BeadNetwork(model, COMBINATIONS, BEADS).energy_field(sums + x * direction)[0]

    field = BeadNetwork(model, COMBINATIONS, BEADS).energy_field(sums)[1]
    np.testing.assert_allclose(slope(energy), (field * direction).sum(axis=(1, 2)), rtol=1e-6)


@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_of_a_loss_of_energies_and_field(order):
    model, sums, along, by_energy = case(order)

    def loss(sums):
        energy, field = BeadNetwork(model, COMBINATIONS, BEADS).energy_field(sums)
        return (field * along).sum() + energy.reshape(2, BEADS).sum(axis=1) @ by_energy

    network = BeadNetwork(model, COMBINATIONS, BEADS)
    network.energy_field(sums)
    found, by_sums = network.loss_gradients(along, by_energy)
    direction = np.random.default_rng(9).normal(size=sums.shape)
    assert slope(lambda x: loss(sums + x * direction)) == pytest.approx((by_sums * direction).sum(), rel=1e-6)
    assert {id(p) for p, _ in found} == {id(p) for p in network.parameters}
    for parameter, gradient in found:
        kept, direction = parameter.detach().clone(), torch.randn(parameter.shape)

        def moved(x, parameter=parameter, kept=kept, direction=direction):
            with torch.no_grad():
                parameter.copy_(kept + x * direction)
            return loss(sums)

        expected = (gradient * direction.numpy()).sum()
        assert slope(moved) == pytest.approx(expected, rel=1e-5, abs=1e-6 * np.abs(gradient).max())
        moved(0.0)
