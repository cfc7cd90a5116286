"""A user's OpenMM System: its files read, molecules on a lattice, and what is refused in words."""

from dataclasses import replace

import numpy as np
import openmm as mm
import pytest
from openmm import app
from openmm.unit import nanometer
from scipy.spatial.transform import Rotation

from support.own_systems import FOLDER, methanol, methanol_mapping
from support.trajectory_files import write_yaml
from thermalcg.atomistic.own_system import OwnFiles, read_own_system
from thermalcg.geometry.periodic import minimum_image
from thermalcg.runtime import openmm_arrays
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, make_context
from thermalcg.storage.files import DatasetError
from thermalcg.storage.yaml_files import read_yaml
from thermalcg.units import G_PER_CM3


@pytest.fixture
def files(tmp_path):
    return methanol(tmp_path)


def serialised(files, folder, change=lambda system: None):
    """The same as the XML of a System and a PDB file of the whole box."""
    own = read_own_system(files)
    change(own.system)
    system, whole = folder / "system.xml", folder / "box.pdb"
    system.write_text(mm.XmlSerializer.serialize(own.system))
    write_pdb(whole, own.start(np.random.default_rng(0)), own.edges)
    return replace(files, force_field=system, coordinates=whole, density_g_cm3=None)


def write_pdb(path, position, edges):
    """Without names that a System needs none of."""
    topology = app.Topology()
    chain = topology.addChain()
    for _ in position:
        topology.addAtom("X", app.Element.getBySymbol("C"), topology.addResidue("ANY", chain))
    if edges is not None:
        topology.setPeriodicBoxVectors(np.diag(edges))
    with path.open("w") as file:
        app.PDBFile.writeFile(topology, 10 * position, file)


def test_a_force_field_and_one_molecule_make_a_box_of_the_density(files):
    own = read_own_system(files)
    assert (own.system.getNumParticles(), own.mapping.beads) == (48, 8)
    # four bonds with hydrogen in each molecule
    assert own.system.getNumConstraints() == 32
    assert own.freedom == 3 * 48 - 32
    # 8 molecules of 32.0424 amu at 0.7864 g/cm3, by the definition of the amu
    np.testing.assert_allclose(own.edges**3, 8 * 32.0424 * 1.66053907e-3 / 0.7864, rtol=1e-8)
    switched = [
        f for f in own.system.getForces() if isinstance(f, mm.NonbondedForce | mm.CustomNonbondedForce)
    ]
    assert len(switched) == 2
    for force in switched:
        assert force.getUseSwitchingFunction()
        assert force.getSwitchingDistance()._value == pytest.approx(0.36)
        assert force.getCutoffDistance()._value == pytest.approx(0.4)


def test_molecules_on_the_lattice_are_whole_apart_and_turned_at_random(files):
    own = read_own_system(files)
    start = own.start(np.random.default_rng(1)).reshape(8, 6, 3)
    single = app.PDBFile(str(files.coordinates)).getPositions(asNumpy=True)._value
    for atom in range(1, 6):
        length = np.linalg.norm(single[atom] - single[0])
        np.testing.assert_allclose(np.linalg.norm(start[:, atom] - start[:, 0], axis=1), length, atol=1e-12)
    centre = np.einsum("a,max->mx", own.mapping.groups[0].weights, start)
    vector = minimum_image(centre[:, None] - centre, own.edges)
    distance = np.linalg.norm(vector, axis=-1)[np.triu_indices(8, 1)]
    assert distance.min() == pytest.approx(own.edges[0] / 2)
    axes = start[:, 4] - start[:, 0]
    assert np.abs(axes.mean(axis=0)).max() < 0.1
    assert not np.allclose(start, own.start(np.random.default_rng(2)).reshape(8, 6, 3))


def test_two_kinds_of_molecules_follow_one_another(tmp_path, files):
    keys = methanol_mapping(3)
    keys["molecules"].append(methanol_mapping(5)["molecules"][0] | {"name": "other"})
    mapping = write_yaml(tmp_path / "two.yaml", keys)
    text = files.coordinates.read_text()
    atoms = [line for line in text.splitlines() if line.startswith("HETATM")]
    second = [f"{line[:6]}{i:5d}{line[11:22]}{2:4d}{line[26:]}" for i, line in enumerate(atoms, start=7)]
    bonds = "\n".join(
        f"CONECT{a:5d}{b:5d}" for s in (0, 6) for a, b in [(s + 1, s + k) for k in (2, 3, 4, 5)]
    )
    bonds += "\nCONECT    5    6\nCONECT   11   12\n"
    pair = tmp_path / "pair.pdb"
    pair.write_text("\n".join([*atoms, *second]) + "\n" + bonds + "END\n")
    own = read_own_system(replace(files, mapping=mapping, coordinates=pair))
    assert [group.count for group in own.mapping.groups] == [3, 5]
    assert own.system.getNumParticles() == 48


def test_a_serialised_system_with_a_whole_box_is_the_same_system(tmp_path, files):
    def moving(system):
        system.addForce(mm.CMMotionRemover())

    own, again = read_own_system(files), read_own_system(serialised(files, tmp_path, moving))
    np.testing.assert_allclose(again.edges, own.edges, atol=1e-4)
    np.testing.assert_allclose(
        again.start(np.random.default_rng(7)), own.start(np.random.default_rng(0)), atol=1e-4
    )
    # what would take degrees of freedom from the thermostat has gone
    assert again.freedom == own.freedom
    assert not any(isinstance(force, mm.CMMotionRemover) for force in again.system.getForces())


def test_a_state_holds_coordinates_and_box(tmp_path, files):
    whole = serialised(files, tmp_path)
    own = read_own_system(whole)
    context = mm.Context(own.system, mm.VerletIntegrator(0.001), mm.Platform.getPlatformByName("Reference"))
    context.setPositions(own.start(np.random.default_rng(0)))
    state = tmp_path / "state.xml"
    state.write_text(mm.XmlSerializer.serialize(context.getState(positions=True)))
    again = read_own_system(replace(whole, coordinates=state))
    np.testing.assert_allclose(again.start(np.random.default_rng(1)), own.start(np.random.default_rng(0)))
    np.testing.assert_allclose(again.edges, own.edges)
    with pytest.raises(DatasetError, match="a State has no names of atoms"):
        read_own_system(replace(whole, coordinates=state, force_field=files.force_field))


def test_numbers_change_with_a_file_and_with_a_key(tmp_path, files):
    section = {name: str(getattr(files, name)) for name in ("force_field", "coordinates", "mapping")}
    section |= {"density_g_cm3": "box", "cutoff_nm": 0.8, "constraints": "none"}
    own = OwnFiles.of(section)
    assert own.density_g_cm3 is None
    assert own.paths == files.paths
    assert own.numbers != OwnFiles.of(section | {"cutoff_nm": 0.7}).numbers
    files.mapping.write_text(files.mapping.read_text() + "\n# a remark\n")
    assert own.numbers != {**own.numbers, "files": "other"}


def _another_count(files, folder):
    return replace(
        serialised(files, folder), mapping=write_yaml(folder / "changed.yaml", methanol_mapping(9))
    )


def _masses(files, folder):
    keys = methanol_mapping(8)
    keys["molecules"][0]["atoms"][4]["mass_amu"] = 14.007
    return replace(files, mapping=write_yaml(folder / "changed.yaml", keys))


def _file(name, text):
    def change(files, folder):
        (folder / "bad").write_text(text)
        path = (folder / "bad").rename(folder / ("bad.pdb" if name == "coordinates" else "bad.xml"))
        return replace(files, **{name: path})

    return change


def _system(change):
    return lambda files, folder: serialised(files, folder, change)


def _force(force):
    return _system(lambda system: system.addForce(force))


def _no_box(system):
    for force in system.getForces():
        if isinstance(force, mm.NonbondedForce | mm.CustomNonbondedForce):
            force.setNonbondedMethod(0)


def _frozen(system):
    while system.getNumConstraints():  # OpenMM allows none on a particle without mass
        system.removeConstraint(0)
    system.setParticleMass(2, 0.0)


def _frozen_in_both(files, folder):
    keys = methanol_mapping(8)
    keys["molecules"][0]["atoms"][2] |= {"mass_amu": 0, "virtual": True}

    def all_frozen(system):
        while system.getNumConstraints():
            system.removeConstraint(0)
        for m in range(8):
            system.setParticleMass(6 * m + 2, 0.0)

    whole = serialised(files, folder, all_frozen)
    return replace(whole, mapping=write_yaml(folder / "changed.yaml", keys))


def _own_forces(files, folder):
    keys = methanol_mapping(8) | {"virtual_site_forces": "own"}
    keys["molecules"][0]["atoms"][2] |= {"mass_amu": 0, "virtual": True}

    def sites(system):
        while system.getNumConstraints():
            system.removeConstraint(0)
        for m in range(8):
            system.setParticleMass(6 * m + 2, 0.0)
            system.setVirtualSite(6 * m + 2, mm.TwoParticleAverageSite(6 * m, 6 * m + 1, 0.5, 0.5))

    whole = serialised(files, folder, sites)
    return replace(whole, mapping=write_yaml(folder / "changed.yaml", keys))


def _bond(system):
    force = mm.HarmonicBondForce()
    force.addBond(0, 6, 0.3, 100)
    system.addForce(force)


def _tilted(files, folder):
    whole = serialised(files, folder)
    text = whole.coordinates.read_text().splitlines()
    at = next(i for i, line in enumerate(text) if line.startswith("CRYST1"))
    text[at] = f"{text[at][:33]}  90.00  90.00  60.00{text[at][54:]}"
    whole.coordinates.write_text("\n".join(text) + "\n")
    return whole


def _boxless(files, folder):
    coordinates = folder / "boxless.pdb"
    start = read_own_system(files).start(np.random.default_rng(0))
    write_pdb(coordinates, start, None)
    return replace(files, coordinates=coordinates, density_g_cm3=None)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda f, _: replace(f, coordinates=f.mapping.with_name("no.pdb")),
            r"no\.pdb: no such file; the section",
        ),
        (_another_count, "48 atoms; expected: 54, all molecules"),
        (
            lambda f, _: replace(f, density_g_cm3=None),
            "6 atoms; expected: 48, all molecules, as in .*mapping.yaml",
        ),
        (_masses, r"particle 4 has the mass 15.9994 amu, and 14.007 in .*changed.yaml; list there"),
        (
            _file("force_field", "<Integrator/>"),
            r"bad\.xml: holds a Integrator; allowed: a System or a ForceField",
        ),
        (_file("force_field", "<System"), r"bad\.xml: no readable XML .*; write it again"),
        (
            _file("coordinates", "CRYST1 nonsense\n"),
            r"bad\.pdb: no readable coordinates .*; allowed: a PDB file",
        ),
        (
            lambda f, _: replace(f, cutoff_nm=0.5),
            "NonbondedForce has a cutoff of 0.5 nm in a box of 0.815 nm; allowed: at most 0.4074 nm",
        ),
        (
            _force(mm.MonteCarloBarostat(1.0, 300.0)),
            "MonteCarloBarostat is a barostat; the volume has to be constant",
        ),
        (
            _force(mm.AndersenThermostat(300.0, 1.0)),
            "AndersenThermostat is a thermostat; the workflow has its own",
        ),
        (_force(mm.CustomExternalForce("x")), "CustomExternalForce acts on single atoms"),
        (_system(_no_box), "NonbondedForce has no periodic box; make the System with a nonbondedMethod"),
        (
            _system(lambda s: s.addConstraint(0, 6, 0.3)),
            "a constraint joins the particles 0 and 6 of two molecules",
        ),
        (
            _system(_bond),
            "HarmonicBondForce joins the particles 0 and 6 of two molecules of .* each of which is a",
        ),
        (_system(_frozen), "particle 2 has the mass 0 amu, and 1.008"),
        (_frozen_in_both, "particle 2 has no mass and is no virtual site"),
        (_own_forces, "virtual_site_forces is own in .*; allowed: spread"),
        (_tilted, "the box of frame 0 is tilted"),
        (_boxless, r"boxless\.pdb: no box \(CRYST1\); add one, or give one molecule"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_file_and_the_cure(tmp_path, files, change, text):
    with pytest.raises(DatasetError, match=text) as caught:
        read_own_system(change(files, tmp_path))
    assert str(tmp_path) in str(caught.value) or str(FOLDER) in str(caught.value)


def test_a_force_field_without_the_molecule_says_what_it_needs(tmp_path, files):
    text = files.coordinates.read_text()
    other = tmp_path / "other.pdb"
    other.write_text("\n".join(line for line in text.splitlines() if not line.startswith("CONECT")))
    with pytest.raises(DatasetError, match=r"no System can be made of it for .*other\.pdb .*CONECT"):
        read_own_system(replace(files, coordinates=other))


#: OPLS-AA in its own units, kcal/mol, Angstrom, degrees and e; k (x - x0)^2 and V3/2 (1 + cos 3 phi).
CHARGES = [0.145, 0.04, 0.04, 0.04, -0.683, 0.418]
LENNARD_JONES = {"C": (3.5, 0.066), "H1": (2.5, 0.030), "O": (3.12, 0.170)}
BONDS = {("C", "H1"): (340, 1.09), ("C", "O"): (320, 1.41), ("O", "HO"): (553, 0.945)}
ANGLES = {("H1", "C", "H2"): (33, 107.8), ("H1", "C", "O"): (35, 109.5), ("C", "O", "HO"): (55, 108.5)}
NAMES = ["C", "H1", "H2", "H3", "O", "HO"]
KCAL = 4.184


def test_methanol_of_the_preset_has_the_published_parameters(files):
    """Jorgensen, Maxwell and Tirado-Rives, JACS 118, 11225 (1996)."""
    system = read_own_system(replace(files, constraints="none")).system
    forces = {type(force).__name__: force for force in system.getForces()}
    pairs, custom = forces["NonbondedForce"], forces["CustomNonbondedForce"]
    assert [pairs.getParticleParameters(i)[0]._value for i in range(6)] == CHARGES
    assert sum(CHARGES) == pytest.approx(0, abs=1e-12)
    for name, (sigma, epsilon) in LENNARD_JONES.items():
        found = custom.getParticleParameters(NAMES.index(name))
        np.testing.assert_allclose(found, [0.1 * sigma, KCAL * epsilon], rtol=1e-6)
    # each once: Lennard-Jones is not in NonbondedForce too, and of pairs three bonds apart half is left
    assert all(pairs.getParticleParameters(i)[2]._value == 0 for i in range(6))
    exceptions = [pairs.getExceptionParameters(i) for i in range(15)]
    near = {tuple(row[:2]): row[2] for row in exceptions}
    assert near[1, 5]._value == pytest.approx(0.5 * 0.04 * 0.418)
    assert sum(product._value != 0 for product in near.values()) == 3

    bonds, angles = forces["HarmonicBondForce"], forces["HarmonicAngleForce"]
    found = {
        tuple(NAMES[a] for a in bonds.getBondParameters(i)[:2]): bonds.getBondParameters(i) for i in range(5)
    }
    for names, (k, length) in BONDS.items():
        assert found[names][2]._value == pytest.approx(0.1 * length)
        assert found[names][3]._value == pytest.approx(200 * KCAL * k)
    found = [angles.getAngleParameters(i) for i in range(7)]
    found = {frozenset(NAMES[a] for a in row[:3]): row for row in found}
    for names, (k, degrees) in ANGLES.items():
        assert found[frozenset(names)][3]._value == pytest.approx(np.radians(degrees), rel=1e-6)
        assert found[frozenset(names)][4]._value == pytest.approx(2 * KCAL * k)
    torsions = forces["PeriodicTorsionForce"]
    rows = [torsions.getTorsionParameters(i) for i in range(3)]
    assert torsions.getNumTorsions() == 3 * 8
    assert [(row[4], row[5]._value, row[6]._value) for row in rows] == [
        (3, 0.0, pytest.approx(KCAL * 0.45 / 2))
    ] * 3


def test_the_water_of_the_mixture_is_tip4p(tmp_path):
    """Its dimer has an energy of -6.24 kcal/mol (Jorgensen et al., J. Chem. Phys. 79, 926 (1983))."""
    lines = (FOLDER / "water_methanol.pdb").read_text().splitlines()
    (tmp_path / "water.pdb").write_text(
        "\n".join([*(x for x in lines if "HOH" in x), "CONECT    1    2    3", "END", ""])
    )
    water = read_yaml(FOLDER / "water_methanol_mapping.yaml")["molecules"][0] | {"count": 2}
    mapping, edge = write_yaml(tmp_path / "mapping.yaml", {"molecules": [water]}), 6.0
    density = 2 * 18.0154 / edge**3 / G_PER_CM3
    own = read_own_system(
        OwnFiles(FOLDER / "water_methanol_oplsaa.xml", tmp_path / "water.pdb", mapping, density, 1.2)
    )
    one = app.PDBFile(str(tmp_path / "water.pdb")).getPositions(asNumpy=True).value_in_unit(nanometer)
    donor = Rotation.from_euler("z", -52.26, degrees=True).apply(one)  # a bond along x
    acceptor = Rotation.from_euler("xz", [90, 46], degrees=True).apply(one) + [0.275, 0, 0]
    context = make_context(own.system, mm.VerletIntegrator(0.001), REFERENCE_PLATFORM)
    context.setPositions(np.concatenate([donor, acceptor]) + edge / 2)
    mm.LocalEnergyMinimizer.minimize(context, 0.01)
    state = context.getState(energy=True, positions=True)
    # the periodic images of the pair's dipole change it by some 0.01 kJ/mol
    assert openmm_arrays.potential_energy(state) / 4.184 == pytest.approx(-6.24, abs=0.01)
    oxygen, other = openmm_arrays.positions(state)[[0, 4]]
    assert np.linalg.norm(oxygen - other) == pytest.approx(0.275, abs=0.001)
