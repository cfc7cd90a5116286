"""The anchored system against the ordinary one: the same water with its sites held still."""

from dataclasses import replace

import numpy as np
import openmm as mm
import pytest
import xarray as xr

from thermalcg.atomistic.mapping import mapped_forces, mapped_sites
from thermalcg.atomistic.water import (
    MAPPINGS,
    WaterBox,
    anchored_positions,
    anchored_system,
    lattice_configuration,
    load_water_model,
    ordinary_positions,
    ordinary_system,
)
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime.openmm_arrays import forces, positions, potential_energy
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, Compute, make_context
from thermalcg.storage.checkpoints import fingerprint

pytestmark = pytest.mark.physics

MODELS = ("spce", "tip3p", "tip4p2005")
N, CUTOFF = 27, 0.45


@pytest.fixture(scope="module", params=MODELS)
def relaxed(request):
    """A box of one model and a relaxed configuration in it, the positions of O, H, H."""
    box = WaterBox.of(request.param, N, 0.997, CUTOFF)
    atoms = lattice_configuration(box, np.random.default_rng(0))
    context = make_context(ordinary_system(box), mm.VerletIntegrator(0.001), REFERENCE_PLATFORM)
    context.setPositions(ordinary_positions(box.model, atoms).reshape(-1, 3))
    mm.LocalEnergyMinimizer.minimize(context, 50.0, 50)
    return box, positions(context.getState(positions=True)).reshape(N, -1, 3)[:, :3]


def evaluate(system, position):
    context = make_context(system, mm.VerletIntegrator(0.001), REFERENCE_PLATFORM)
    context.setPositions(position.reshape(-1, 3))
    context.computeVirtualSites()
    state = context.getState(energy=True, forces=True, positions=True)
    sites = positions(state).reshape(position.shape)
    return potential_energy(state), mapped_forces(forces(state), len(position)), sites


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_anchored_and_ordinary_energy_and_mapped_forces_agree(relaxed, mapping):
    box, atoms = relaxed
    ordinary = evaluate(ordinary_system(box), ordinary_positions(box.model, atoms))
    start = anchored_positions(box.model, mapping, atoms)
    anchored = evaluate(anchored_system(box, mapping), start)
    assert anchored[0] == pytest.approx(ordinary[0], rel=1e-6)
    scale = np.sqrt((ordinary[1] ** 2).mean())
    assert scale > 20
    np.testing.assert_allclose(anchored[1], ordinary[1], atol=2e-4 * scale)
    # virtual sites come out where the ordinary molecule has its atoms
    np.testing.assert_allclose(anchored[2], start, atol=1e-7)


def test_mapped_force_is_minus_the_gradient_of_a_rigid_shift(relaxed):
    """The sum over real particles is the force on the molecule: no virtual site counted twice."""
    box, atoms = relaxed
    system = ordinary_system(box)
    found = evaluate(system, ordinary_positions(box.model, atoms))[1]
    h = 1e-4
    for molecule, axis in ((0, 0), (5, 1), (20, 2)):
        energy = []
        for sign in (1, -1):
            shifted = atoms.copy()
            shifted[molecule, :, axis] += sign * h
            energy.append(evaluate(system, ordinary_positions(box.model, shifted))[0])
        assert -(energy[0] - energy[1]) / (2 * h) == pytest.approx(found[molecule, axis], abs=0.5, rel=2e-3)


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_sites_stay_where_they_were(relaxed, mapping):
    """After 2 ps the mapped sites have not moved, and the molecules keep their shape."""
    box, atoms = relaxed
    system = anchored_system(box, mapping)
    integrator = mm.LangevinMiddleIntegrator(400, 1.0, 0.004)
    integrator.setRandomNumberSeed(1)
    context = make_context(system, integrator, Compute("CPU"))
    context.setPositions(anchored_positions(box.model, mapping, atoms).reshape(-1, 3))
    integrator.step(500)
    position = positions(context.getState(positions=True)).reshape(N, -1, 3)
    oxygen = position[:, 3] if mapping == "com" else position[:, 0]
    now = np.stack([oxygen, position[:, 1], position[:, 2]], axis=1)
    before, after = mapped_sites(box.model, mapping, atoms), mapped_sites(box.model, mapping, now)
    np.testing.assert_allclose(after, before, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(now[:, 1] - now[:, 0], axis=1), box.model.oh_bond_nm, atol=1e-5)
    assert np.abs(now - atoms).max() > 0.02  # the orientations did move


@pytest.mark.parametrize(
    ("edge", "cutoff", "text"),
    [
        (
            0.9,
            0.46,
            r"box is 0\.9 nm .* cutoff 0\.46 nm; allowed: .* twice the cutoff, 0\.92 nm",
        ),
        (-1.0, 0.4, "positive edges"),
        (np.nan, 0.4, "positive edges"),
    ],
)
def test_a_box_that_is_too_small_or_none_is_refused(edge, cutoff, text):
    with pytest.raises(InputError, match=text):
        WaterBox(load_water_model("spce"), 8, edge, cutoff)


@pytest.mark.parametrize(
    ("atoms", "text"),
    [
        (np.zeros((8, 3)), r"atoms have shape \(8, 3\); allowed: \(8, 3, 3\)"),
        (np.zeros((7, 3, 3)), r"atoms have shape \(7, 3, 3\)"),
        (np.full((8, 3, 3), np.nan), "72 values that are not finite"),
    ],
)
def test_atoms_of_another_box_are_refused(atoms, text):
    with pytest.raises(InputError, match=text):
        WaterBox(load_water_model("spce"), 8, 1.3, 0.6).checked_atoms(atoms)


def test_one_configuration_of_atoms_or_several_are_taken():
    box = WaterBox(load_water_model("spce"), 8, 1.3, 0.6)
    for shape in ((8, 3, 3), (5, 8, 3, 3)):
        assert box.checked_atoms(np.ones(shape, np.float32)).shape == shape


def test_the_box_of_a_run_is_that_of_its_dataset():
    atoms = ("frame", "molecule", "atom", "axis"), np.zeros((2, N, 3, 3))
    box = WaterBox.of("spce", N, 0.997, CUTOFF)
    run = xr.Dataset({"atom_position": atoms}, attrs={"box_nm": box.edge})
    assert WaterBox.of_run(run, "spce", CUTOFF) == box


@pytest.mark.parametrize("edge", [[1.3, 1.3, 1.4], np.diag([1.3, 1.2, 1.3])])
def test_a_box_that_is_no_cube_is_refused(edge):
    with pytest.raises(InputError, match=r"nm; allowed here: a cube"):
        WaterBox(load_water_model("spce"), 8, edge, 0.6)


@pytest.mark.parametrize("edge", [1.3, [1.3, 1.3, 1.3], 1.3 * np.eye(3)])
def test_a_cube_may_be_given_in_three_ways(edge):
    box = WaterBox(load_water_model("spce"), 8, edge, 0.6)
    assert box.edge == 1.3
    assert ordinary_system(box).getDefaultPeriodicBoxVectors()[2][2]._value == 1.3


@pytest.mark.parametrize("change", [{"lj_sigma_nm": 0.31}, {"charge_hydrogen_e": 0.5}])
def test_the_numbers_of_a_box_are_those_of_its_molecules_too(change):
    """A checkpoint made with other numbers of a model of the same name is not taken up."""
    box = WaterBox.of("spce", 8, 0.5, 0.35)
    other = replace(box, model=replace(box.model, **change))
    assert other.model.name == box.model.name
    assert fingerprint(box.numbers) != fingerprint(other.numbers)
    assert fingerprint(box.numbers) != fingerprint(replace(box, cutoff=0.3).numbers)
    assert fingerprint(box.numbers) == fingerprint(WaterBox.of("spce", 8, 0.5, 0.35).numbers)


@pytest.mark.parametrize(
    "place", [ordinary_positions, lambda water, atoms: anchored_positions(water, "com", atoms)]
)
@pytest.mark.parametrize(
    ("atoms", "text"),
    [
        (np.zeros((8, 4, 3)), r"atoms have shape \(8, 4, 3\); allowed: \(N, 3, 3\)"),
        (np.zeros((2, 8, 3, 3)), r"atoms have shape \(2, 8, 3, 3\)"),
        (np.full((8, 3, 3), np.inf), "72 values that are not finite"),
    ],
)
def test_sites_are_made_of_whole_molecules_alone(place, atoms, text):
    with pytest.raises(InputError, match=text):
        place(load_water_model("tip4p2005"), atoms)
