"""The functions of a mixture: their number, their kinds, and species that are all alike."""

from itertools import combinations

import numpy as np
import pytest

from support.training_data import spline_settings
from thermalcg.models.species import Species
from thermalcg.models.spline.basis import radial_basis
from thermalcg.models.spline.mixture_basis import (
    blocks,
    function_count,
    mixture_coefficients,
    of_equal_species,
    pair_count,
    terms_of,
)
from thermalcg.models.spline.model import Spline

SETTINGS = spline_settings(pair_functions=6, triplet_radial=2, triplet_angular=1)
TWO = Species(("A", "B"), np.array([0, 1, 1]))
THREE = Species(("A", "B", "C"), np.array([0, 1, 2]))


def test_numbers_of_functions():
    """Pairs of two species: 3.  Triplets of a centre: A-A and B-B of 3 radial products each, A-B of 4."""
    assert function_count(SETTINGS, None) == SETTINGS.functions == 6 + 3 * 2
    assert function_count(SETTINGS, TWO) == 3 * 6 + 2 * (3 + 3 + 4) * 2
    assert pair_count(SETTINGS, None) == 6
    assert pair_count(SETTINGS, THREE) == 6 * 6


@pytest.mark.parametrize("species", [None, TWO, THREE])
def test_every_function_is_of_one_kind(species):
    every = np.arange(function_count(SETTINGS, species))
    kinds = [every[kind] for kind in blocks(SETTINGS, species)]
    np.testing.assert_array_equal(np.sort(np.concatenate(kinds)), every)
    pairs = 1 if species is None else len(species.pairs)
    centres = 1 if species is None else len(species.names)
    assert len(kinds) == pairs + centres * pairs
    assert all(len(kind) == 6 for kind in kinds[:pairs])


def test_kinds_of_one_species_are_those_that_they_were():
    """Slices: means over an array of indices are summed in another order, which changes the last digit."""
    assert blocks(SETTINGS, None) == [slice(0, 6), slice(6, 12)]


def test_coefficients_of_a_centre_are_symmetric_in_its_neighbours():
    flat = np.random.default_rng(0).normal(size=function_count(SETTINGS, TWO))
    made = mixture_coefficients(flat, SETTINGS, TWO)
    assert made.pair.shape == (3, 6)
    assert made.triplet.shape == (2, 4, 4, 4)
    np.testing.assert_array_equal(made.triplet, made.triplet.swapaxes(1, 2))


def test_equal_species_have_the_coefficients_of_one():
    flat = np.random.default_rng(1).normal(size=SETTINGS.functions)
    equal = of_equal_species(flat, SETTINGS, TWO)
    assert equal.shape == (function_count(SETTINGS, TWO),)
    np.testing.assert_array_equal(equal[:18], np.tile(flat[:6], 3))
    with pytest.raises(ValueError, match="allowed: "):
        of_equal_species(equal, SETTINGS, TWO)


def radial(r, cutoff, n):
    value, slope = np.empty((2, n))
    radial_basis(r, SETTINGS.pair_min_nm, cutoff, n, value, slope)
    return value


@pytest.mark.parametrize("species", [None, Species(("A", "B"), np.array([0, 1, 0, 1, 1]))])
def test_terms_by_species_sum_to_the_energy(species):
    """By their definition, pair by pair and triplet by triplet, for five beads within all cutoffs."""
    flat = np.random.default_rng(2).normal(size=function_count(SETTINGS, species))
    x = np.array([[0, 0, 0], [0.27, 0, 0], [0.02, 0.28, 0], [0.05, 0.03, 0.3], [0.25, 0.25, 0.05]]) + 1
    codes = np.zeros(5, int) if species is None else species.codes
    terms, energy, powers = terms_of(flat, SETTINGS, species), 0.0, np.arange(SETTINGS.triplet_angular + 1)
    arm = x - x[:, None]
    r = np.linalg.norm(arm, axis=-1)
    for i, j in combinations(range(5), 2):
        values = radial(r[i, j], SETTINGS.pair_cutoff_nm, SETTINGS.pair_functions)
        energy += values @ terms.pairs[tuple(sorted(codes[[i, j]]))]
    for i in range(5):
        for j, k in combinations([b for b in range(5) if b != i], 2):
            j, k = sorted((j, k), key=lambda bead: codes[bead])  # noqa: PLW2901
            near, far = (radial(r[i, b], SETTINGS.triplet_cutoff_nm, SETTINGS.triplet_radial) for b in (j, k))
            cosine = arm[i, j] @ arm[i, k] / r[i, j] / r[i, k]
            own = terms.triplets[codes[i], codes[j], codes[k]]
            energy += np.einsum("n,m,nml,l->", near, far, own, cosine**powers)
    field = Spline(flat, SETTINGS, species).force_field(np.ones(1), 3.0)
    assert energy == pytest.approx(field(x[None])[0][0], rel=1e-10)
