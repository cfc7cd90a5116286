"""The functions of a mixture: their number, their kinds, and species that are all alike."""

import numpy as np
import pytest

from support.training_data import spline_settings
from thermalcg.models.species import Species
from thermalcg.models.spline.mixture_basis import (
    blocks,
    function_count,
    mixture_coefficients,
    of_equal_species,
    pair_count,
)

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
