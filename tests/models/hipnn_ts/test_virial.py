"""The virial of a network where its value is known: a free cluster."""

import numpy as np
import pytest
import torch

from support.exported import network_member

pytestmark = pytest.mark.physics


def test_of_a_cluster_it_is_the_sum_of_positions_times_forces():
    torch.set_default_dtype(torch.float64)
    try:
        components = network_member().components
        x = np.random.default_rng(1).uniform(0.3, 1.1, size=(2, 20, 3))
        weights = np.array([1.0, 50.0])
        force = components.force_field(weights, 5.0)(x)[1]
        exact = np.einsum("bia,bic->bac", x, force)
        virial = components.virial(weights, 5.0, x)
    finally:
        torch.set_default_dtype(torch.float32)
    np.testing.assert_allclose(virial, exact, atol=1e-9 * np.abs(exact).max())
