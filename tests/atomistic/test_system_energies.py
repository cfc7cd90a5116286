"""The potential energy of any System, molecule by molecule: sums, halves, and water as a special case."""

import numpy as np
import openmm as mm
import pytest

from support.own_systems import chains, energy, methanol
from thermalcg.atomistic.molecule_energies import MoleculeEnergies
from thermalcg.atomistic.own_system import read_own_system
from thermalcg.atomistic.system_energies import SystemEnergies
from thermalcg.atomistic.water import WaterBox, lattice_configuration, ordinary_positions, ordinary_system
from thermalcg.geometry.inputs import InputError

pytestmark = pytest.mark.physics


@pytest.mark.parametrize("tail", [True, False])
def test_molecules_of_methanol_add_up_to_the_energy_of_openmm(tmp_path, tail):
    own = read_own_system(methanol(tmp_path))
    for force in own.system.getForces():
        if isinstance(force, mm.NonbondedForce):
            force.setEwaldErrorTolerance(1e-6)
            force.setUseDispersionCorrection(False)
        if isinstance(force, mm.CustomNonbondedForce):
            force.setUseLongRangeCorrection(tail)
    position = own.start(np.random.default_rng(1))
    divide = SystemEnergies(own.system, own.mapping.molecule_of_atom(), own.edges)
    assert divide.undivided == []
    found, expected = divide(position), energy(own.system, position)
    assert found.shape == (8,)
    assert found.sum() == pytest.approx(expected, rel=1e-5)
    # the constant beyond the cutoff, some -8 kJ/mol a molecule at this short one, is in both
    bare = SystemEnergies(own.system, own.mapping.molecule_of_atom(), own.edges)
    bare._constant = 0.0
    assert (found - bare(position)).std() < 1e-9
    assert (bare(position).sum() - expected > 1) == tail


@pytest.mark.parametrize("model", ["spce", "tip4p2005"])
def test_water_has_the_energies_of_its_own_function(model):
    box = WaterBox.of(model, 27, 0.997, 0.45)
    atoms = lattice_configuration(box, np.random.default_rng(2))
    sites = ordinary_positions(box.model, atoms)
    molecule = np.repeat(np.arange(27), sites.shape[1])
    found = SystemEnergies(ordinary_system(box), molecule, box.edge)(sites.reshape(-1, 3))
    expected = MoleculeEnergies(box.model, box.edge, box.cutoff)(atoms)
    np.testing.assert_allclose(found, expected, atol=1e-8)


def _pair(edge=3.0):
    """Two chains with charges and a bond in the first."""
    system, position, molecule = chains(2, edge)
    pairs, bonds = mm.NonbondedForce(), mm.HarmonicBondForce()
    pairs.setNonbondedMethod(mm.NonbondedForce.PME)
    pairs.setCutoffDistance(1.4)
    pairs.setEwaldErrorTolerance(1e-6)
    pairs.setUseDispersionCorrection(False)
    for charge in (0.4, -0.4, 0.2, -0.2) * 2:
        pairs.addParticle(charge, 0.25, 0.5)
    for m in range(2):
        [pairs.addException(4 * m + i, 4 * m + j, 0, 1, 0) for i in range(4) for j in range(i)]
    bonds.addBond(0, 1, 0.14, 1e4)
    system.addForce(pairs)
    system.addForce(bonds)
    return system, position, molecule


def test_two_molecules_share_their_interaction_and_keep_what_is_inside():
    system, position, molecule = _pair()
    position[4:] += position[0] - position[4] + [0.05, 0.4, 0.1]
    far = position.copy()
    far[4:] += [0, 0, 1.4]
    divide = SystemEnergies(system, molecule, 3.0)
    near, apart = divide(position), divide(far)
    gained = near - apart
    assert abs(gained[0]) > 0.5
    assert gained[0] == pytest.approx(gained[1], abs=1e-3)
    # the bond belongs to the first molecule alone
    bonded = SystemEnergies(system, molecule, 3.0)(position)
    system.getForce(1).setBondParameters(0, 0, 1, 0.14, 2e4)
    stretched = SystemEnergies(system, molecule, 3.0)(position) - bonded
    r = np.linalg.norm(position[1] - position[0])
    np.testing.assert_allclose(stretched, [0.5e4 * (r - 0.14) ** 2, 0], atol=1e-9)


def test_whole_molecules_may_lie_in_any_image_and_order():
    system, position, molecule = _pair()
    divide = SystemEnergies(system, molecule, [3.0, 3.0, 3.0])
    images = position + 3.0 * np.repeat([[1, -2, 0], [0, 3, 1]], 4, axis=0)
    np.testing.assert_allclose(divide(images), divide(position), atol=1e-6)


def test_a_force_that_is_not_divided_is_named():
    system, _, molecule = _pair()
    system.addForce(mm.CustomHbondForce("1/distance(a1,d1)"))
    system.addForce(mm.CMMotionRemover())
    found = SystemEnergies(system, molecule, 3.0)
    assert found.undivided == ["CustomHbondForce: its energy belongs to the box as a whole"]


def test_a_box_below_twice_the_cutoff_is_refused():
    system, _, molecule = _pair()
    with pytest.raises(InputError, match=r"cutoff 1.4 nm; allowed: edges of at least"):
        SystemEnergies(system, molecule, 2.5)
    with pytest.raises(InputError, match="positions have shape"):
        SystemEnergies(system, molecule, 3.0)(np.zeros((8, 2)))
