"""Mapping files: sites and masses of molecules, and mappings that cannot be."""

import numpy as np
import pytest

from support.trajectory_files import mapping, write_yaml
from thermalcg.storage.files import DatasetError
from thermalcg.trajectories.mapping_file import read_mapping


def read(tmp_path, keys):
    return read_mapping(write_yaml(tmp_path / "mapping.yaml", keys))


def four_sites(**bead):
    """TIP4P water with its virtual site."""
    keys = mapping(10, **bead)
    keys["molecules"][0]["atoms"].append({"name": "MW", "mass_amu": 0, "virtual": True})
    return keys


def test_the_site_of_a_molecule_with_a_virtual_site(tmp_path):
    (group,) = read(tmp_path, four_sites()).groups
    np.testing.assert_allclose(group.weights, [15.9994 / 18.0154, *[1.008 / 18.0154] * 2, 0], atol=1e-4)
    assert group.mass == pytest.approx(18.015, abs=1e-3)
    # the engine has spread its force onto the others: it counts once
    np.testing.assert_array_equal(group.in_force, [True, True, True, False])
    (group,) = read(tmp_path, four_sites() | {"virtual_site_forces": "own"}).groups
    assert group.in_force.all()
    (group,) = read(tmp_path, four_sites(weights="centre_of_geometry")).groups
    np.testing.assert_allclose(group.weights, [1 / 3, 1 / 3, 1 / 3, 0])


def test_explicit_weights_are_those_of_the_named_atoms(tmp_path):
    keys = mapping(2, atoms=["HW2", "OW", "HW1"], weights=[0.2, 0.5, 0.3], species="water")
    (group,) = read(tmp_path, keys).groups
    np.testing.assert_allclose(group.weights, [0.5, 0.3, 0.2])
    assert group.species == "water"


def test_groups_follow_one_another_in_the_trajectory(tmp_path):
    keys = mapping(3)
    keys["molecules"] += four_sites(species="T4")["molecules"] + mapping(2)["molecules"]
    found = read(tmp_path, keys)
    assert [group.first for group in found.groups] == [0, 9, 49]
    assert (found.atoms, found.beads, found.species) == (55, 15, ("W", "T4"))
    np.testing.assert_array_equal(found.per_bead()[0], [0] * 3 + [1] * 10 + [0] * 2)


def changed(path, value):
    keys = mapping(4)
    place = keys["molecules"][0]
    *parents, last = path
    for name in parents:
        place = place[name]
    place[last] = value
    return keys


TWO = [{"name": "O", "atoms": ["OW"]}, {"name": "HH", "atoms": ["HW1", "HW2"]}]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (mapping(4, atoms=["OW", "HW1"]), r"leave out atoms \['HW2'\].*with weight 0"),
        (mapping(4, atoms=["OW", "HW1", "HW2", "OW"]), r"use atoms \['OW'\] twice, so that their forces"),
        (mapping(4, atoms=["OW", "HW1", "HW3"]), r"use atoms \['HW3'\]; allowed: OW, HW1, HW2"),
        (changed(["beads"], [*TWO, {"name": "again", "atoms": ["OW"]}]), r"use atoms \['OW'\] twice"),
        (changed(["beads"], TWO), "2 beads in a molecule; allowed: 1. Several beads need bonded terms"),
        (
            mapping(4, weights=[0.5, 0.5]),
            "weights of bead W are 2; allowed: one for each of its 3 atoms, OW, HW1, HW2",
        ),
        (mapping(4, weights=[0.5, 0.5, 0.5]), "weights of bead W have the sum 1.5; allowed: 1"),
        (
            mapping(4, weights="mass"),
            r"beads\[0\].weights is 'mass'; allowed: one of centre_of_mass, centre_of_geo",
        ),
        (changed(["atoms", 1, "name"], "OW"), r"atoms \['OW'\] have the same name"),
        (
            changed(["atoms", 1, "mass_amu"], 0.0),
            "mass_amu of HW1 is 0.0; allowed: a number > 0, or 0 with virtual",
        ),
        (changed(["atoms", 1, "virtual"], True), "mass_amu of HW1 is 1.0.*; allowed: 0 for a virtual site"),
        (changed(["count"], 0), r"molecules\[0\].count is 0; allowed: a whole number >= 1"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_by_file_key_and_cure(tmp_path, keys, message):
    with pytest.raises(DatasetError, match=rf"mapping\.yaml: .*{message}"):
        read(tmp_path, keys)


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ("all", "2 beads are parts of one constrained molecule.*allowed: one bead for the whole molecule"),
        (
            [["HW1", "HW2"], ["OW", "HW1"]],
            "a constraint joins .* of bead .*not its mean force; allowed: one bead",
        ),
    ],
)
def test_beads_that_constraints_join_have_no_plain_mean_force(tmp_path, constraints, message):
    keys = changed(["beads"], TWO)
    keys["molecules"][0]["constraints"] = constraints
    with pytest.raises(DatasetError, match=message):
        read(tmp_path, keys)


def test_beads_of_one_species_have_one_mass(tmp_path):
    keys = mapping(3)
    keys["molecules"] += changed(["atoms", 0, "mass_amu"], 20.0)["molecules"]
    with pytest.raises(
        DatasetError, match="beads of species 'W' have the masses 18.01.* and 22.01.*; allowed: one"
    ):
        read(tmp_path, keys)
