"""The compiled loops against one another: energies of beads, of configurations, and forces."""

from dataclasses import replace

import numpy as np
import pytest

from support.training_data import BOX, SETTINGS, N, beads, spline_settings
from thermalcg.models.spline.kernels import design_matrix
from thermalcg.models.spline.model import Spline, bead_features

pytestmark = pytest.mark.physics


def test_energies_of_beads_add_up_to_those_of_the_configuration():
    position = beads(3, 9) + np.array([0.4, -2.0, 7.1])
    features = bead_features(position, BOX, SETTINGS)
    assert features.shape[:2] == (3, N)
    for x, found in zip(position, features, strict=True):
        energy, _ = design_matrix(x, np.full(3, BOX), SETTINGS.ranges)
        assert (np.abs(energy) > 1e-6).all()
        np.testing.assert_allclose(found.sum(axis=0), energy, rtol=1e-10, atol=1e-12)


def test_a_pair_is_halved_and_a_triplet_belongs_to_its_centre():
    """Three beads in a row, the outer ones beyond each other's reach."""
    row = np.array([[[0.3, 0.0, 0.0], [0.0, 0.0, 0.0], [-0.33, 0.0, 0.0]]])
    found = bead_features(row, 4.0, SETTINGS)[0]
    n = SETTINGS.pair_functions
    alone = [bead_features(row[:, chosen], 4.0, SETTINGS)[0] for chosen in ([0, 1], [1, 2])]
    for pair in alone:
        np.testing.assert_allclose(pair[0], pair[1])
        assert not pair[:, n:].any()
    np.testing.assert_allclose(found[0, :n], alone[0][0, :n])
    np.testing.assert_allclose(found[2, :n], alone[1][0, :n], atol=1e-12)
    np.testing.assert_allclose(found[1, :n], alone[0][0, :n] + alone[1][0, :n])
    assert found[1, n:].any()
    assert not found[[0, 2], n:].any()


def test_triplets_of_a_wide_cutoff_and_of_beads_that_fell_together():
    """Liquid water has 90 neighbours within 0.87 nm; all beads on a heap have no force that could be used."""
    settings = replace(spline_settings(), triplet_cutoff_nm=0.87, pair_cutoff_nm=0.9)
    coefficients = np.random.default_rng(3).normal(size=(1, settings.functions))
    edge, n = 2.0, 6
    grid = (
        (np.stack(np.meshgrid(*3 * [np.arange(n)], indexing="ij"), axis=-1).reshape(-1, 3) + 0.5) * edge / n
    )
    x = (grid + np.random.default_rng(4).normal(scale=0.02, size=grid.shape))[None]
    field = Spline(coefficients, settings).force_field(np.ones(1), edge)
    energy, force = design_matrix(x[0], np.full(3, edge), settings.ranges)
    found = field(x)
    np.testing.assert_allclose(found[0], energy @ coefficients[0], rtol=1e-9)
    np.testing.assert_allclose(
        found[1][0], force @ coefficients[0], rtol=1e-9, atol=1e-9 * np.abs(found[1]).max()
    )
    heap = 1 + 0.3 * (x - 1)
    assert all(np.isnan(part).all() for part in field(heap))
