"""The ASE calculator: ASE's own tests of forces and stress, and the library's numbers in ASE's units."""

import numpy as np
import pytest

from support.engines import ase_package
from support.exported import BOX, MIXTURE, mixture_member, network_member, spline_member
from thermalcg.export.ase_calculator import ThermalCalculator
from thermalcg.geometry.inputs import InputError
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.species import Species
from thermalcg.units import BAR, KB

ase = ase_package("ase")
units = ase_package("ase.units")

pytestmark = pytest.mark.physics

MEMBERS = {
    "spline": spline_member,
    "hipnn_ts": network_member,
    "spline mixture": mixture_member,
    "hipnn_ts mixture": lambda: network_member(species=MIXTURE, kind="heat_capacity"),
}
every = pytest.mark.parametrize("name", MEMBERS)
KJ = units.kJ / units.mol


def beads(potential, temperature=350.0, n=4):
    """A disordered lattice in an oblong box."""
    edges = np.array([1.0, 1.05, 1.1]) * BOX
    grid = np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"), -1).reshape(-1, 3) / n
    x = grid * edges + np.random.default_rng(0).uniform(-0.03, 0.03, size=(n**3, 3))
    atoms = ase.Atoms(["O"] * n**3, positions=10 * x, cell=10 * edges, pbc=True)
    names = None if potential.species is None else [MIXTURE.names[code] for code in MIXTURE.codes]
    atoms.calc = ThermalCalculator(potential, temperature, names)
    return atoms, x, edges


@every
def test_numbers_are_the_librarys_in_ases_units(name):
    potential = MEMBERS[name]()
    atoms, x, edges = beads(potential)
    assert atoms.get_potential_energy() == pytest.approx(potential.free_energy(x, edges, 350) * KJ, rel=1e-6)
    force = potential.mean_force(x, edges, 350) * KJ / 10
    np.testing.assert_allclose(atoms.get_forces(), force, rtol=1e-4, atol=1e-5 * np.abs(force).max())
    ideal = len(x) * KB * 350 / edges.prod() * BAR
    pressure = -atoms.get_stress()[:3].mean() / units.bar + ideal
    assert pressure == pytest.approx(potential.pressure(x, edges, 350), rel=1e-5)


@every
def test_stress_is_the_strain_derivative_of_the_energy(name):
    atoms, _, edges = beads(MEMBERS[name]())
    stress = atoms.get_stress(voigt=True)[:3]
    h = 3e-3 if name.startswith("hipnn_ts") else 1e-4  # the energy of a network is in single precision
    for axis in range(3):
        energy = []
        for sign in (1, -1):
            strained = atoms.copy()
            strained.calc = atoms.calc
            stretch = np.ones(3)
            stretch[axis] += sign * h
            strained.set_cell(10 * edges * stretch, scale_atoms=True)
            energy.append(strained.get_potential_energy())
        derivative = (energy[0] - energy[1]) / (2 * h) / atoms.get_volume()
        assert stress[axis] == pytest.approx(derivative, rel=1e-2, abs=1e-2 * np.abs(stress).max())


def test_another_temperature_is_another_force_field():
    potential = spline_member()
    atoms, x, edges = beads(potential)
    before = atoms.get_potential_energy()
    atoms.calc.set(temperature=500.0)
    after = atoms.get_potential_energy()
    assert after == pytest.approx(potential.free_energy(x, edges, 500) * KJ)
    assert abs(after - before) > 1e-3


def test_species_are_the_symbols_where_none_are_given():
    """Of a potential whose species are named as elements; other atoms, and another order, are other beads."""
    potential = mixture_member()
    species = Species(("N", "O"), potential.species.codes)
    named = ThermalPotential(
        potential.components.of_species(species), potential.expansion, potential.prior.of_species(species)
    )
    atoms, x, edges = beads(named)
    atoms.calc = ThermalCalculator(named, 350.0)
    atoms.symbols = [species.names[code] for code in species.codes]
    assert atoms.get_potential_energy() == pytest.approx(potential.free_energy(x, edges, 350) * KJ)
    turned = list(reversed(atoms.get_chemical_symbols()))
    atoms.symbols = turned
    own = named.of_species(turned).free_energy(x, edges, 350) * KJ
    assert atoms.get_potential_energy() == pytest.approx(own)
    atoms.symbols = ["C"] * len(atoms)
    with pytest.raises(InputError, match=r"species of beads are \['C'\]; allowed: N, O"):
        atoms.get_potential_energy()


def test_species_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="allowed with a potential of one species: none"):
        ThermalCalculator(spline_member(), 350.0, ["A"])
    atoms, _, _ = beads(mixture_member())
    atoms.calc = ThermalCalculator(mixture_member(), 350.0, ["A", "B"])
    with pytest.raises(InputError, match="species of 2 beads are given for 64 atoms"):
        atoms.get_potential_energy()


def test_neighbours_follow_the_beads():
    """One calculator over a path longer than the skin of its list."""
    potential = spline_member()
    atoms, x, edges = beads(potential, n=6)
    atoms.get_potential_energy()
    moved = x + np.random.default_rng(1).uniform(-0.06, 0.06, size=x.shape)
    atoms.positions = 10 * moved
    assert atoms.get_potential_energy() == pytest.approx(potential.free_energy(moved, edges, 350) * KJ)


def test_cells_that_the_model_does_not_know_are_refused():
    atoms, _, _ = beads(spline_member())
    for change, said in (
        (lambda a: a.set_pbc([True, True, False]), "pbc is"),
        (lambda a: a.set_cell([9, 9, 9]), "at least twice the cutoff"),
        (lambda a: a.set_cell([[13, 0, 0], [2, 13, 0], [0, 0, 13]]), "tilted"),
    ):
        wrong = atoms.copy()
        wrong.calc = atoms.calc
        change(wrong)
        with pytest.raises(InputError, match=said):
            wrong.get_potential_energy()


def test_a_temperature_that_is_none_is_refused_at_once():
    with pytest.raises(InputError, match="allowed: a number > 0"):
        ThermalCalculator(spline_member(), -1.0)
