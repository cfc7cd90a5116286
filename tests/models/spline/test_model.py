"""Splines with a neighbour list, and what the energies of beads are refused for."""

from dataclasses import replace

import numpy as np
import pytest

from support.random_potential import make
from support.training_data import BOX, SETTINGS, beads
from thermalcg.geometry import neighbours
from thermalcg.geometry.inputs import InputError, OverlapError
from thermalcg.geometry.neighbours import NeighbourSearch
from thermalcg.models.spline import model
from thermalcg.models.spline.kernels import design_matrix
from thermalcg.models.spline.model import Spline, bead_features, force_rows


@pytest.mark.physics
def test_neighbour_list_gives_the_forces_of_all_pairs(monkeypatch):
    """Above a few hundred beads the spline uses a list with a skin: same forces, also after moves."""
    potential, rng = make("spline"), np.random.default_rng(4)
    box = 2.6
    grid = np.stack(np.meshgrid(*[np.arange(8)] * 3, indexing="ij"), -1).reshape(-1, 3) * box / 8
    x = (grid + rng.uniform(-0.03, 0.03, grid.shape))[None]
    field = potential.force_field(box, 500.0)
    for _ in range(5):
        fast = field(x)[1]
        fresh = potential.mean_force(x, box, 500.0)
        np.testing.assert_allclose(fast, fresh, atol=1e-9 * np.abs(fresh).max())
        x = x + rng.uniform(-0.02, 0.02, x.shape)
    monkeypatch.setattr(neighbours, "FEW_BEADS", 10_000)
    everything = potential.mean_force(x, box, 500.0)
    monkeypatch.undo()
    np.testing.assert_allclose(
        potential.mean_force(x, box, 500.0), everything, atol=1e-9 * np.abs(everything).max()
    )


def test_energies_of_beads_take_one_configuration_or_several():
    x = beads(2, 3)
    several = bead_features(x, BOX, SETTINGS)
    np.testing.assert_array_equal(bead_features(x[1], np.diag(3 * [BOX]), SETTINGS), several[1])


@pytest.mark.physics
def test_rows_times_coefficients_are_the_forces_of_a_spline():
    x = beads(3, 5)
    coefficients = np.random.default_rng(6).normal(size=SETTINGS.functions)
    rows = force_rows(x, BOX, SETTINGS)
    force = Spline(coefficients, SETTINGS).force_field(np.ones(1), BOX)(x)[1]
    np.testing.assert_allclose(rows @ coefficients, force, atol=1e-9 * np.abs(force).max())
    np.testing.assert_array_equal(force_rows(x[2], BOX, SETTINGS), rows[2])


@pytest.mark.parametrize("function", [bead_features, force_rows])
def test_functions_of_the_basis_are_refused_where_there_are_none(function):
    x = beads(2, 3)
    with pytest.raises(InputError, match=r"1\.1 nm.*cutoff 0\.6 nm"):
        function(x, 1.1, SETTINGS)
    with pytest.raises(InputError, match="shape"):
        function(x[0, 0], BOX, SETTINGS)
    x[1, 4] = x[1, 2]
    with pytest.raises(OverlapError, match="configuration 1: beads 2 and 4 are 0 nm apart"):
        function(x, BOX, SETTINGS)


@pytest.mark.physics
@pytest.mark.parametrize("seed", [0, 1])
def test_a_droplet_in_a_large_box_has_an_energy(seed):
    """More neighbours than the mean density of its box allows for; the sum over all functions is the same."""
    settings = replace(SETTINGS, triplet_cutoff_nm=SETTINGS.pair_cutoff_nm)
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(7)] * 3, indexing="ij"), -1).reshape(-1, 3) * 0.2
    droplet, edges = 3.0 + grid + rng.uniform(-0.02, 0.02, grid.shape), np.full(3, 8.0)
    search = NeighbourSearch(edges, settings.triplet_cutoff_nm)
    crowded = np.bincount(np.concatenate(search(droplet))).max()
    assert crowded > model._usual_neighbours(len(droplet), edges, settings.triplet_cutoff_nm)
    coefficients = rng.normal(size=settings.functions)
    field = Spline(coefficients, settings).force_field(np.ones(1), 8.0)
    energy, force = field(droplet[None])
    energies, forces = design_matrix(droplet, edges, settings.ranges)
    np.testing.assert_allclose(energy[0], energies @ coefficients, rtol=1e-9)
    np.testing.assert_allclose(force[0], forces @ coefficients, atol=1e-8 * np.abs(force).max())


def test_beads_on_one_spot_in_a_crowd_are_still_an_overlap():
    potential = make("spline")
    crowd = np.random.default_rng(0).uniform(0, 0.3, (1, 80, 3))
    crowd[0, 7] = crowd[0, 3]
    with pytest.raises(OverlapError, match="beads 3 and 7 are 0 nm apart"):
        potential.mean_force(crowd, 8.0, 400.0)
