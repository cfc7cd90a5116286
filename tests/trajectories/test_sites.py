"""Molecules made whole, their sites and forces, and frames that cannot be mapped."""

from pathlib import Path

import numpy as np
import pytest

from support.trajectory_files import FORMATS, imported, liquid, mapping, write_run, write_yaml
from thermalcg.geometry.periodic import minimum_image, wrap
from thermalcg.storage.files import DatasetError
from thermalcg.trajectories.frames import Frame
from thermalcg.trajectories.mapping_file import read_mapping
from thermalcg.trajectories.sites import FORCE_CURE, Mapper, Unwrapper

FILE, EDGES = Path("run.trr"), np.array([2.0, 2.5, 3.0])
RNG = np.random.default_rng(3)


def molecules(n):
    """Molecules of three atoms, nm, shape (n, 3, 3), whole."""
    return RNG.uniform(0, 2, (n, 1, 3)) + RNG.normal(0, 0.1, (n, 3, 3))


def frame(position, **arrays):
    arrays = {"force": np.ones((len(position), 3))} | arrays
    return Frame(0.0, EDGES, position, **arrays)


def mapper(tmp_path, count, **bead):
    return Mapper(read_mapping(write_yaml(tmp_path / "mapping.yaml", mapping(count, **bead))), "trr")


@pytest.mark.parametrize("weights", ["centre_of_mass", "centre_of_geometry", [0.2, 0.5, 0.3]])
def test_broken_molecules_are_made_whole(tmp_path, weights):
    whole = molecules(50)
    map_frame = mapper(tmp_path, 50, weights=weights)
    (group,) = map_frame.mapping.groups
    expected = np.einsum("a,max->mx", group.weights, whole)
    found = map_frame(frame(wrap(whole, EDGES).reshape(-1, 3)), FILE, 0).position
    assert (np.abs(wrap(whole, EDGES) - whole) > 0.5).any()  # some are broken
    np.testing.assert_allclose(minimum_image(found - expected, EDGES), 0, atol=1e-12)


def test_forces_are_summed_and_those_of_virtual_sites_count_once(tmp_path):
    keys = mapping(5)
    keys["molecules"][0]["atoms"].append({"name": "MW", "mass_amu": 0, "virtual": True})
    position, force = np.ones((20, 3)), RNG.normal(size=(20, 3))
    for own, atoms in (("spread", 3), ("own", 4)):
        path = write_yaml(tmp_path / "mapping.yaml", keys | {"virtual_site_forces": own})
        found = Mapper(read_mapping(path), "trr")(frame(position, force=force), FILE, 0).force
        np.testing.assert_allclose(found, force.reshape(5, 4, 3)[:, :atoms].sum(axis=1))


def test_velocities_and_energies_of_atoms(tmp_path):
    velocity, energy = RNG.normal(size=(15, 3)), RNG.normal(size=15)
    found = mapper(tmp_path, 5)(frame(np.ones((15, 3)), velocity=velocity, atom_energy=energy), FILE, 0)
    mass = np.array([15.9994, 1.008, 1.008])
    np.testing.assert_allclose(
        found.velocity, (velocity.reshape(5, 3, 3) * mass[:, None]).sum(axis=1) / mass.sum(), atol=1e-4
    )
    np.testing.assert_allclose(found.bead_energy, energy.reshape(5, 3).sum(axis=1))


def test_a_bead_of_more_than_half_the_box_is_refused(tmp_path):
    position = molecules(4)
    position[2, 1] = position[2, 0] + [0, 0.7, 0]
    position[2, 2] = position[2, 0] - [0, 0.7, 0]
    with pytest.raises(
        DatasetError, match=r"run\.trr: frame 6: atoms of molecule 2 \(SOL\) lie 1\.4 nm apart along y"
    ):
        mapper(tmp_path, 4)(frame(position.reshape(-1, 3)), FILE, 6)


def test_atoms_in_another_order_than_in_the_mapping_are_noticed(tmp_path):
    run, path = liquid(), write_run(tmp_path, "trr")
    shuffled = RNG.permutation(81)
    run = run.frames(slice(0, 24))
    run.position, run.force, run.velocity = (x[:, shuffled] for x in (run.position, run.force, run.velocity))
    path = write_run(tmp_path, "trr", run)
    with pytest.raises(
        DatasetError, match=r"mapping\.yaml lists other atoms than the trajectory, or in another order"
    ):
        imported(path, tmp_path)


@pytest.mark.parametrize("engine", FORCE_CURE)
def test_a_frame_without_forces_is_refused_with_the_cure_of_its_engine(tmp_path, engine):
    map_frame = mapper(tmp_path, 1)
    map_frame.engine = engine
    with pytest.raises(DatasetError, match="frame 0 has no forces; ") as caught:
        map_frame(frame(np.ones((3, 3)), force=None), FILE, 0)
    assert FORCE_CURE[engine] in str(caught.value)


def test_forces_of_another_number_of_atoms(tmp_path):
    with pytest.raises(DatasetError, match=r"run\.trr: frame 2 has forces of 2 atoms; expected: 3"):
        mapper(tmp_path, 1)(frame(np.ones((3, 3)), force=np.ones((2, 3))), FILE, 2)


@pytest.mark.parametrize("name", ["position", "force", "velocity"])
def test_values_that_are_not_finite(tmp_path, name):
    arrays = {key: np.ones((6, 3)) for key in ("position", "force", "velocity")}
    arrays[name][4, 1] = np.nan
    with pytest.raises(DatasetError, match="of frame 9 are not finite, the first of atom 4 .*with last_ps"):
        mapper(tmp_path, 2)(frame(**arrays), FILE, 9)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_nan_in_a_file_is_found_in_every_format(tmp_path, kind):
    run = liquid().frames(slice(0, 24))
    run.force, run.mapped = run.force.copy(), run.mapped.copy(deep=True)
    run.force[7, 30] = run.mapped["force"][7, 10] = np.nan
    with pytest.raises(DatasetError, match="forces of frame 7 are not finite"):
        imported(write_run(tmp_path, kind, run), tmp_path)


def test_sites_go_on_across_the_boundary():
    walk = np.cumsum(RNG.normal(0, 0.2, (100, 8, 3)), axis=0) + 1
    unwrap = Unwrapper()
    found = np.array([unwrap(position, EDGES, False) for position in wrap(walk, EDGES)])
    np.testing.assert_allclose(found - found[0], walk - walk[0], atol=1e-9)


def test_sites_that_are_continued_already_stay_as_they_are():
    unwrap, far = Unwrapper(), np.array([[9.0, 9.0, 9.0]])
    unwrap(np.zeros((1, 3)), EDGES, True)
    np.testing.assert_array_equal(unwrap(far, EDGES, True), far)
