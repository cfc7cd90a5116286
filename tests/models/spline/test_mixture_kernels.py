"""Compiled loops of a mixture against finite differences, one species, and a loop over triplets in Python."""

import numpy as np
import pytest

from support.random_potential import BOX, liquid
from support.training_data import spline_settings
from thermalcg.models.species import Species
from thermalcg.models.spline.basis import radial_basis
from thermalcg.models.spline.kernels import bead_energies, design_matrix
from thermalcg.models.spline.mixture_basis import function_count, mixture_coefficients, of_equal_species
from thermalcg.models.spline.mixture_kernels import basis_rows, energy_force

pytestmark = pytest.mark.physics

SETTINGS = spline_settings(pair_functions=8, triplet_radial=3, triplet_angular=2)
SPECIES = Species(("A", "B", "C"), np.random.default_rng(0).integers(0, 3, 60))
BEADS, EDGES = (SPECIES.codes, SPECIES.pair_index), np.full(3, BOX)
FLAT = np.random.default_rng(1).normal(size=function_count(SETTINGS, SPECIES))
ALL = np.empty(0, np.int64), np.empty(0, np.int64)


def evaluate(position, flat=FLAT, species=SPECIES, most=60):
    force, virial = np.empty(position.shape), np.empty((3, 3))
    coefficients = mixture_coefficients(flat, SETTINGS, species)
    beads = species.codes, species.pair_index
    energy = energy_force(position, EDGES, ALL, beads, coefficients, SETTINGS.ranges, most, (force, virial))
    return energy, force, virial


def test_forces_are_minus_the_gradient_of_the_energy():
    x, h = liquid()[0], 1e-5
    force = evaluate(x)[1]
    for bead, axis in ((0, 0), (7, 1), (31, 2), (59, 0)):
        moved = [x + sign * h * (np.arange(60)[:, None] == bead) * np.eye(3)[axis] for sign in (1, -1)]
        slope = (evaluate(moved[0])[0] - evaluate(moved[1])[0]) / (2 * h)
        # the third derivative of random functions is some 1e6
        assert force[bead, axis] == pytest.approx(-slope, abs=1e-3)


def test_sums_over_neighbours_are_the_sums_of_all_functions():
    x = liquid(2)[0]
    energy, force = basis_rows(x, BEADS, EDGES, SETTINGS.ranges)
    found = evaluate(x)
    assert found[0] == pytest.approx(energy.sum(axis=0) @ FLAT)
    np.testing.assert_allclose(found[1], force @ FLAT, atol=1e-9)


def test_a_triplet_counts_where_its_three_species_say():
    """Three beads of species B around A and C: one function of the centre A and the neighbours B and C."""
    x = np.array([[0.0, 0.0, 0.0], [0.28, 0.0, 0.0], [0.05, 0.3, 0.0]])
    codes = np.array([0, 1, 2])
    energy, _ = basis_rows(x, (codes, SPECIES.pair_index), np.full(3, 4.0), SETTINGS.ranges)
    r_min, _, n2, r_cut3, n3, powers = SETTINGS.ranges
    slope, g = np.empty(n3), np.empty((2, n3))
    arms = x[1:] - x[0]
    for value, arm in zip(g, arms, strict=True):
        radial_basis(np.linalg.norm(arm), r_min, r_cut3, n3, value, slope)
    cosine = arms[0] @ arms[1] / np.prod(np.linalg.norm(arms, axis=1))
    channels = [(a, b) for a in range(9) for b in range(a, 9)]
    expected = np.zeros(len(channels) * powers)
    for k, (a, b) in enumerate(channels):
        if a // 3 == 1 and b // 3 == 2:
            expected[k * powers : (k + 1) * powers] = g[0, a % 3] * g[1, b % 3] * cosine ** np.arange(powers)
    np.testing.assert_allclose(energy[0, 6 * n2 : 6 * n2 + len(expected)], expected, atol=1e-14)
    assert not energy[0, 6 * n2 + len(expected) :].any()


def test_species_that_are_alike_are_one():
    x, flat = liquid(3)[0], np.random.default_rng(2).normal(size=SETTINGS.functions)
    energies = bead_energies(x, EDGES, SETTINGS.ranges)
    rows = design_matrix(x, EDGES, SETTINGS.ranges)[1]
    energy, force, _ = evaluate(x, of_equal_species(flat, SETTINGS, SPECIES))
    assert energy == pytest.approx(energies.sum(axis=0) @ flat)
    np.testing.assert_allclose(force, rows @ flat, atol=1e-9)


def test_beads_and_species_may_be_numbered_in_any_order():
    x, order = liquid(4)[0], np.random.default_rng(5).permutation(60)
    energy, force, virial = evaluate(x)
    other = evaluate(x[order], species=Species(SPECIES.names, SPECIES.codes[order]))
    assert other[0] == pytest.approx(energy)
    np.testing.assert_allclose(other[1], force[order], atol=1e-9)
    np.testing.assert_allclose(other[2], virial, atol=1e-9)


def test_virial_is_the_derivative_by_a_strain():
    """Of a free cluster: the sum of positions times forces."""
    x = np.random.default_rng(6).permutation(liquid(5)[0])[:8] * 0.6
    species = Species(SPECIES.names, SPECIES.codes[:8])
    force, virial = np.empty(x.shape), np.empty((3, 3))
    made = mixture_coefficients(FLAT, SETTINGS, species)
    beads = species.codes, species.pair_index
    energy_force(x, np.full(3, 9.0), ALL, beads, made, SETTINGS.ranges, 8, (force, virial))
    np.testing.assert_allclose(virial, x.T @ force, atol=1e-9)


def test_no_room_or_one_spot_is_no_number():
    x = liquid(6)[0]
    assert np.isnan(evaluate(x, most=1)[0])
    x[1] = x[0]
    energy, force, virial = evaluate(x)
    assert np.isnan(energy)
    assert np.isnan(force).all()
    assert np.isnan(virial).all()
    with pytest.raises(ZeroDivisionError):
        basis_rows(x, BEADS, EDGES, SETTINGS.ranges)
