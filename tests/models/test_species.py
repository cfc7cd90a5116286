"""Species of beads: their pairs, their names, and beads that belong to none."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.geometry.inputs import InputError
from thermalcg.models.species import Species, common_species

THREE = Species(("A", "B", "C"), np.array([2, 0, 0, 1]))


def test_every_pair_has_one_number():
    assert THREE.pair_names == ["A-A", "A-B", "A-C", "B-B", "B-C", "C-C"]
    index = THREE.pair_index
    np.testing.assert_array_equal(index, index.T)
    assert [index[a, b] for a, b in THREE.pairs] == list(range(6))


def test_a_dataset_keeps_its_species_and_one_without_has_none():
    empty = xr.Dataset({"x": ("bead", np.zeros(4))})
    assert Species.of(empty) is None
    assert THREE.same(Species.of(THREE.recorded(empty)))
    assert THREE.same(Species.from_metadata(THREE.metadata()))
    assert Species.from_metadata(None) is None


def test_other_beads_are_named_by_their_species():
    np.testing.assert_array_equal(THREE.like(["B", "C", "B"]).codes, [1, 2, 1])
    with pytest.raises(InputError, match=r"species of beads are \['D'\]; allowed: A, B, C"):
        THREE.like(["A", "D"])


@pytest.mark.parametrize(
    ("names", "codes", "text"),
    [
        (("A",), [0, 0], "two or more different names"),
        (("A", "A"), [0, 1], "two or more different names"),
        (("A", "B"), [0, 2], "from 0 to 1"),
        (("A", "B"), [0, -1], "from 0 to 1"),
        (("A", "B"), [0.0, 1.0], "one whole number for each bead"),
        (("A", "B"), [[0, 1]], "one whole number for each bead"),
    ],
)
def test_what_is_no_species_is_refused(names, codes, text):
    with pytest.raises(InputError, match=text):
        Species(names, np.array(codes))


def test_positions_of_other_beads_are_refused():
    with pytest.raises(InputError, match="positions are of 5 beads, and the potential is bound to 4"):
        THREE.check(np.zeros((2, 5, 3)))


def test_trajectories_have_the_same_beads():
    runs = [THREE.recorded(xr.Dataset()), THREE.recorded(xr.Dataset())]
    assert THREE.same(common_species(runs))
    assert common_species([xr.Dataset(), xr.Dataset()]) is None
    other = Species(THREE.names, THREE.codes[::-1]).recorded(xr.Dataset())
    for wrong in (other, xr.Dataset()):
        with pytest.raises(InputError, match="different species, or in different orders"):
            common_species([runs[0], wrong])
