"""What the compiled loops cover, and the shapes and precision of the weights that they are given."""

from dataclasses import replace

import numpy as np
import pytest

from support.networks import WEIGHTS, network_settings, random_network
from thermalcg.models.hipnn_ts.weights import covered, kernel_weights


def test_one_layer_on_a_cpu_is_covered_and_nothing_else():
    settings = network_settings()
    assert settings.interaction_layers == 1
    assert covered(settings, "cpu")
    assert covered(replace(settings, tensor_order=2), "cpu")
    assert not covered(replace(settings, interaction_layers=2), "cpu")
    assert not covered(settings, "cuda")


@pytest.mark.parametrize("order", [1, 2])
def test_weights_are_contiguous_and_in_double_precision(order):
    weights = kernel_weights(random_network(tensor_order=order, atom_layers=3), WEIGHTS)
    for array in (value for value in weights if isinstance(value, np.ndarray)):
        assert array.dtype == np.float64
        assert array.flags.c_contiguous
    assert weights.interaction.shape == (6, 8)
    assert weights.scales.shape == (order, 6)
    assert weights.links.shape == (4, 4, 6, 6)


def test_the_read_out_is_linear_in_the_combination():
    model = random_network()
    one, other, both = (kernel_weights(model, np.array(w)) for w in ([1.0, 0.0], [0.0, 3.0], [1.0, 3.0]))
    np.testing.assert_allclose(one.readout + other.readout, both.readout)
    assert one.constant + other.constant == pytest.approx(both.constant)
