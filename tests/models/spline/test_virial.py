"""The virial of splines where its value is known: free clusters, and Euler's theorem."""

import numpy as np
import pytest

from support.random_potential import settings_of
from thermalcg.models.spline.model import Spline

pytestmark = pytest.mark.physics

SETTINGS = settings_of("spline")


def spline(pairs=1.0, triplets=1.0, seed=0):
    flat = np.random.default_rng(seed).normal(size=SETTINGS.functions)
    flat[: SETTINGS.pair_functions] *= pairs
    flat[SETTINGS.pair_functions :] *= triplets
    return Spline(flat, SETTINGS)


@pytest.mark.parametrize("parts", [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_of_a_cluster_it_is_the_sum_of_positions_times_forces(parts):
    """Also off the diagonal, and with contacts below the range of the data."""
    x = np.random.default_rng(1).uniform(0, 0.6, size=(2, 25, 3))
    model = spline(*parts)
    force = model.force_field(np.ones(1), 5.0)(x)[1]
    exact = np.einsum("bia,bic->bac", x, force)
    np.testing.assert_allclose(model.virial(np.ones(1), 5.0, x), exact, atol=1e-9 * np.abs(exact).max())


def test_it_is_linear_in_the_components():
    x = np.random.default_rng(2).uniform(0, 1.3, size=(1, 40, 3))
    both = Spline(np.concatenate([spline(seed=k).coefficients for k in (0, 1)]), SETTINGS)
    apart = [spline(seed=k).virial(np.ones(1), 1.3, x) for k in (0, 1)]
    np.testing.assert_allclose(both.virial(np.array([2.0, -3.0]), 1.3, x), 2 * apart[0] - 3 * apart[1])
