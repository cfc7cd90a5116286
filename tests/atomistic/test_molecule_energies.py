"""The potential energy of water, molecule by molecule, against OpenMM."""

import numpy as np
import openmm as mm
import pytest
import xarray as xr
from scipy.spatial.transform import Rotation

from thermalcg.atomistic.molecule_energies import MoleculeEnergies, energies_along, neighbourhood
from thermalcg.atomistic.water import (
    WaterBox,
    lattice_configuration,
    load_water_model,
    ordinary_positions,
    ordinary_system,
)
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime.openmm_arrays import positions, potential_energy
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, Compute, make_context
from thermalcg.storage.datasets import variable

pytestmark = pytest.mark.physics

MODELS = ("spce", "tip4p2005")
N, CUTOFF = 27, 0.45


def openmm_energy(water, n, box, cutoff):
    """Potential energy of (O, H, H) positions by OpenMM, PME all but exact."""
    system = ordinary_system(WaterBox(water, n, box, cutoff))
    system.getForce(0).setEwaldErrorTolerance(1e-6)
    context = make_context(system, mm.VerletIntegrator(0.001), REFERENCE_PLATFORM)

    def energy(atoms):
        context.setPositions(ordinary_positions(water, atoms).reshape(-1, 3))
        return potential_energy(context.getState(energy=True))

    return energy


@pytest.fixture(scope="module", params=MODELS)
def liquid(request):
    """A model and a short run: (water, box, positions of O, H, H at each frame, their energies)."""
    water = load_water_model(request.param)
    cell = WaterBox.of(request.param, N, 0.997, CUTOFF)
    box = cell.edge
    integrator = mm.LangevinMiddleIntegrator(400, 5.0, 0.002)
    integrator.setRandomNumberSeed(1)
    context = make_context(ordinary_system(cell), integrator, Compute("CPU"))
    start = lattice_configuration(cell, np.random.default_rng(0))
    context.setPositions(ordinary_positions(water, start).reshape(-1, 3))
    mm.LocalEnergyMinimizer.minimize(context, 50.0, 50)
    context.setVelocitiesToTemperature(400, 1)
    integrator.step(500)
    atoms, energy = [], []
    for _ in range(12):
        integrator.step(100)
        state = context.getState(positions=True, energy=True)
        atoms.append(positions(state).reshape(N, -1, 3)[:, :3])
        energy.append(potential_energy(state))
    return water, box, np.array(atoms), np.array(energy)


def test_molecules_add_up_to_the_potential_energy(liquid):
    water, box, atoms, _ = liquid
    exact = openmm_energy(water, N, box, CUTOFF)
    total = np.array([exact(x) for x in atoms[:3]])
    found = np.array([MoleculeEnergies(water, box, CUTOFF)(x).sum() for x in atoms[:3]])
    assert (total < -500).all()
    np.testing.assert_allclose(found, total, rtol=1e-5)


def test_differences_between_configurations_agree(liquid):
    """Neither an offset nor a factor: also far from equilibrium, where the energy is another."""
    water, box, atoms, _ = liquid
    turned = lattice_configuration(WaterBox(water, N, box, CUTOFF), np.random.default_rng(5))
    exact, energies = openmm_energy(water, N, box, CUTOFF), MoleculeEnergies(water, box, CUTOFF)
    difference = exact(turned) - exact(atoms[0])
    assert difference > 100
    assert energies(turned).sum() - energies(atoms[0]).sum() == pytest.approx(difference, rel=1e-4)


def test_molecules_are_whole_and_where_they_are_does_not_matter(liquid):
    """Images, a shift of all, another order; Nothing is on a mesh."""
    water, box, atoms, _ = liquid
    energies = MoleculeEnergies(water, box, CUTOFF)
    expected = energies(atoms[0])
    images = atoms[0] + box * np.random.default_rng(2).integers(-2, 3, size=(N, 1, 3))
    np.testing.assert_allclose(energies(images), expected, atol=1e-6)
    np.testing.assert_allclose(energies(atoms[0] + [0.31, -0.17, 5.3]), expected, atol=0.02)
    order = np.random.default_rng(3).permutation(N)
    np.testing.assert_allclose(energies(atoms[0][order]), expected[order], atol=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_every_pair_is_shared_evenly(model):
    """Each molecule has half of its interactions with the others, and that with its own images."""
    water, n, box, cutoff = load_water_model(model), 8, 0.9, 0.44
    atoms = lattice_configuration(WaterBox(water, n, box, cutoff), np.random.default_rng(0))
    pair, one = (openmm_energy(water, k, box, cutoff) for k in (2, 1))
    expected = alone = np.array([one(x[None]) for x in atoms])
    for i in range(n):
        for j in range(i):
            interaction = pair(atoms[[i, j]]) - alone[i] - alone[j]
            expected = expected + 0.5 * interaction * (np.isin(np.arange(n), (i, j)))
    found = MoleculeEnergies(water, box, cutoff)(atoms)
    assert expected.std() > 1
    np.testing.assert_allclose(found, expected, atol=0.01)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("distance", [0.3, 0.65, 1.5])
def test_two_molecules_share_their_interaction(model, distance):
    """In a large box: at contact, at the cutoff and far beyond it, where only Ewald's mesh is left."""
    water, box = load_water_model(model), 4.0
    first = lattice_configuration(WaterBox(water, 1, 1.0, 0.4), np.random.default_rng(3))
    dipole = first[0, 1:].mean(axis=0) - first[0, 0]
    # head to tail, the second turned by some forty degrees
    turned = first @ Rotation.from_euler("xyz", [25, 30, 10], degrees=True).as_matrix()
    second = turned - turned[0, 0] + first[0, 0] + distance * dipole / np.linalg.norm(dipole)
    both = np.concatenate([first, second])
    energies = MoleculeEnergies(water, box, 0.9)
    shares = energies(both) - [energies(first)[0], energies(second)[0]]
    assert shares[0] == pytest.approx(shares[1], rel=1e-6)
    pair, one = (openmm_energy(water, k, box, 0.9) for k in (2, 1))
    interaction = pair(both) - one(first) - one(second)
    assert abs(interaction) > 0.05
    assert shares.sum() == pytest.approx(interaction, rel=1e-4)


def test_the_neighbourhood_counts_itself_and_images():
    sites = np.array([[0.05, 0.5, 0.5], [0.95, 0.5, 0.5], [0.30, 0.5, 0.5], [0.30, 0.5, 1.45]])
    found = neighbourhood(sites, 1.0, 0.12)
    # 0 and 1 through the boundary, 2 and 3 as well; 0 and 2 are 0.25 apart
    expected = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]])
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(neighbourhood(sites, 1.0, 0.01), np.eye(4))
    np.testing.assert_array_equal(neighbourhood(sites, 1.0, 0.26)[0], [1, 1, 1, 1])
    np.testing.assert_array_equal(neighbourhood(sites, 10.0, 0.12), np.eye(4))


def test_the_neighbourhood_in_a_box_with_three_edges_is_that_of_its_copies():
    sites = np.random.default_rng(4).uniform(0, 1.3, (20, 3))
    copies = neighbourhood(np.concatenate([sites, sites + [0, 0, 1.3]]), [1.3, 1.3, 2.6], 0.4)
    np.testing.assert_array_equal(copies[:20, :20] + copies[:20, 20:], neighbourhood(sites, 1.3, 0.4))


def test_the_neighbourhood_of_several_configurations():
    sites = np.random.default_rng(4).uniform(-2, 3, size=(2, 5, 20, 3))
    found = neighbourhood(sites, 1.3, 0.4)
    assert found.shape == (2, 5, 20, 20)
    assert set(np.unique(found)) == {0.0, 1.0}
    np.testing.assert_array_equal(found, np.swapaxes(found, -1, -2))
    np.testing.assert_array_equal(found[1, 3], neighbourhood(sites[1, 3], 1.3, 0.4))
    # as many as the volume of the sphere says
    share = (found.sum() - 200) / (200 * 19)
    assert share == pytest.approx(4 / 3 * np.pi * 0.4**3 / 1.3**3, rel=0.2)


def trajectory(box, atoms, energy):
    dims = ("time", "molecule", "atom", "axis")
    return xr.Dataset(
        {
            "atom_position": variable(dims, atoms.astype(np.float32), "nm"),
            "potential_energy": variable(("time",), energy, "kJ/mol"),
        },
        coords={"time": variable(("time",), 0.2 * (1 + np.arange(len(atoms))), "ps")},
        attrs={"temperature_K": 400.0, "box_nm": box, "seed": 7},
    )


def test_energies_along_a_trajectory(liquid):
    water, box, atoms, energy = liquid
    run = trajectory(box, atoms, energy)
    found = energies_along(run, water, CUTOFF)
    values = found["molecule_energy"]
    assert values.dims == ("time", "bead")
    assert values.shape == (12, N)
    assert values.attrs["units"] == "kJ/mol"
    assert (found.attrs["temperature_K"], found.attrs["box_nm"]) == (400.0, box)
    np.testing.assert_array_equal(found["time"], run["time"])
    alone = MoleculeEnergies(water, box, CUTOFF)(run["atom_position"].values[4])
    np.testing.assert_allclose(values[4], alone)
    difference = values.values.sum(axis=1) - energy
    rms = np.sqrt((difference**2).mean())
    assert found.attrs["sum_minus_total_rms"] == pytest.approx(rms)
    # the run's own PME is the coarser of the two
    assert difference.std() < 0.02 * energy.std()


@pytest.mark.parametrize("other", [{"cutoff": 0.3}, {"model": "tip3p"}, {"shuffled": True}])
def test_energies_of_another_system_are_refused(liquid, other):
    water, box, atoms, energy = liquid
    if other.get("shuffled"):
        energy = np.roll(energy, 1)
    if "model" in other:
        water = load_water_model(other["model"])
    with pytest.raises(ValueError, match="miss the potential energy by .* water.cutoff_nm"):
        energies_along(trajectory(box, atoms, energy), water, other.get("cutoff", CUTOFF))


@pytest.mark.parametrize(
    ("shape", "box", "radius", "text"),
    [
        ((4, 3), [1.0, 1.0, 2.0], 0.51, "cutoff 0.51 nm; allowed: edges of at least twice the cutoff"),
        ((4, 3), 1.0, 0.51, "cutoff 0.51 nm; allowed: edges of at least twice the cutoff"),
        ((4, 2), 1.0, 0.3, r"positions have shape"),
        ((4, 3), -1.0, 0.3, "positive edges"),
    ],
)
def test_a_neighbourhood_beyond_half_the_box_is_refused(shape, box, radius, text):
    with pytest.raises(InputError, match=text):
        neighbourhood(np.zeros(shape), box, radius)


def test_molecules_and_boxes_are_checked_at_the_door():
    water = load_water_model("spce")
    with pytest.raises(InputError, match="allowed here: a cube"):
        MoleculeEnergies(water, [2.0, 2.0, 3.0], 0.6)
    atoms = lattice_configuration(WaterBox(water, 8, 2.0, 0.6), np.random.default_rng(0))
    by_edges, by_edge = (MoleculeEnergies(water, box, 0.6)(atoms) for box in ([2.0, 2.0, 2.0], 2.0))
    np.testing.assert_array_equal(by_edges, by_edge)
    with pytest.raises(InputError, match=r"atoms have shape \(8, 9\); allowed: \(N, 3, 3\)"):
        MoleculeEnergies(water, 2.0, 0.6)(atoms.reshape(8, 9))


def test_the_precision_of_sites_decides_who_is_a_neighbour():
    """Files hold sites in single precision; published products were made with differences in it."""
    sites = np.random.default_rng(2).uniform(0, 1.3, (300, 3)).astype(np.float32)
    vector = sites[:, None] - sites[None]
    distance2 = ((vector - 1.3 * np.rint(vector / 1.3)) ** 2).sum(axis=-1)
    assert distance2.dtype == np.float32
    # a radius on which a pair lies in single precision, and not in double
    for square in np.sort(distance2[distance2 > 0])[:2000:7].astype(float):
        radius = float(np.sqrt(square))
        np.testing.assert_array_equal(neighbourhood(sites, 1.3, radius), distance2 <= radius**2)
