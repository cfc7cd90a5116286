"""A user's own OpenMM System, with coordinates and a mapping file: read, and checked before anything runs."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openmm as mm
from openmm import app
from openmm.unit import nanometer

from thermalcg.runtime import openmm_arrays
from thermalcg.storage.files import DatasetError, digest
from thermalcg.trajectories.frames import edges_of
from thermalcg.trajectories.mapping_file import Group, Mapping, read_mapping
from thermalcg.units import G_PER_CM3

from .energy_terms import bonded_particles, plain

#: Share of the cutoff from which on Lennard-Jones of a ForceField is switched off, as for water.
SWITCH = 0.9

#: How far masses of the mapping file may be from those of the System, relative: they are rounded in files.
MASS_TOLERANCE = 1e-3

#: What the key ``constraints`` means to ``ForceField.createSystem``.
CONSTRAINTS = {"none": None, "h_bonds": app.HBonds, "all_bonds": app.AllBonds, "h_angles": app.HAngles}

#: Forces that cannot be part of the runs, by the beginning of their names, and what to do about them.
REFUSED = {
    "MonteCarlo": "is a barostat; the volume has to be constant: remove it, and set the box to the density "
    "that you want",
    "RPMDMonteCarlo": "is a barostat; the volume has to be constant: remove it",
    "Andersen": "is a thermostat; the workflow has its own at every temperature of the study: remove it",
    "Drude": "needs an integrator of its own; use a force field without Drude particles",
    "CustomExternal": "acts on single atoms, which no force field of beads knows of: remove it",
}


@dataclass(frozen=True)
class OwnFiles:
    """The files of an own system, as in the section ``system`` of the configuration.

    Attributes:
        force_field: XML of a System or of a ForceField.
        coordinates: PDB or XML of a State: of the whole box, or of one molecule of each kind.
        mapping: the mapping file.
        density_g_cm3: where ``coordinates`` has one molecule of each kind; None for a whole box.
        cutoff_nm, constraints: of a System that is made from a ForceField.
    """

    force_field: Path
    coordinates: Path
    mapping: Path
    density_g_cm3: float | None = None
    cutoff_nm: float = 0.8
    constraints: str = "h_bonds"

    @classmethod
    def of(cls, section: dict[str, Any]) -> OwnFiles:
        """From the keys of the section ``system`` of the configuration."""
        paths = {name: Path(section[name]) for name in ("force_field", "coordinates", "mapping")}
        density = section["density_g_cm3"]
        return cls(
            **paths,
            density_g_cm3=None if density == "box" else density,
            cutoff_nm=section["cutoff_nm"],
            constraints=section["constraints"],
        )

    @property
    def paths(self) -> list[Path]:
        """Every file."""
        return [self.force_field, self.coordinates, self.mapping]

    @property
    def numbers(self) -> dict[str, Any]:
        """Everything that determines the forces, for the key of checkpoints."""
        return {"files": digest(*self.paths), "density_g_cm3": self.density_g_cm3} | {
            "cutoff_nm": self.cutoff_nm,
            "constraints": self.constraints,
        }


@dataclass(frozen=True)
class OwnSystem:
    """A System, its mapping and where its runs start.

    Attributes:
        system: without what moves the box as a whole (CMMotionRemover).
        mapping: of its particles to beads.
        edges: of the box, nm, shape (3,).
        files: that it is from.
    """

    system: mm.System
    mapping: Mapping
    edges: np.ndarray
    files: OwnFiles
    _positions: np.ndarray

    def start(self, rng: np.random.Generator) -> np.ndarray:
        """Positions to start from, nm, shape (particle, 3): those given, or molecules on a lattice."""
        if self.files.density_g_cm3 is None:
            return self._positions
        return on_lattice(self.mapping, self._positions, self.edges, rng)

    @property
    def freedom(self) -> int:
        """Degrees of freedom; the Langevin thermostat does not conserve the total momentum."""
        moving = int((openmm_arrays.masses(self.system) > 0).sum())
        return 3 * moving - self.system.getNumConstraints()


@dataclass
class _Coordinates:
    """What a file of coordinates holds; a State has no topology."""

    position: np.ndarray
    vectors: Any
    topology: app.Topology | None


def read_own_system(files: OwnFiles) -> OwnSystem:
    """The System of the files, ready to run.

    Raises:
        DatasetError: a file that is missing or no such file; particles, masses or virtual sites that differ
            between the files; no periodic box, a tilted one, or one too small for the cutoffs; a barostat or
            a thermostat; constraints or bonds between molecules.  The message names the file and the cure.
    """
    for path in files.paths:
        if not path.is_file():
            raise DatasetError(f"{path}: no such file; the section system of the configuration names it")
    mapping, given = read_mapping(files.mapping), _coordinates(files.coordinates)
    single = files.density_g_cm3 is not None
    expected = sum(len(group.weights) for group in mapping.groups) if single else mapping.atoms
    if len(given.position) != expected:
        whole = (
            "one molecule of each kind, since system.density_g_cm3 is given" if single else "all molecules"
        )
        raise DatasetError(
            f"{files.coordinates}: {len(given.position)} atoms; expected: {expected}, {whole}, as in "
            f"{files.mapping}"
        )
    system = _system(files, mapping, given)
    edges = _edges(files, mapping, given, system)
    system.setDefaultPeriodicBoxVectors(*np.diag(edges))
    _remove_motion_removers(system)
    for problem in (*_particles(system, mapping, files.mapping), *_forces(system, edges)):
        raise DatasetError(f"{files.force_field}: {problem}")
    return OwnSystem(system, mapping, edges, files, given.position)


def on_lattice(
    mapping: Mapping, molecules: np.ndarray, edges: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Molecules with random orientations on the points of a lattice, in a random order.

    Args:
        molecules: positions of one molecule of each kind, nm, shape (particle, 3).

    Returns:
        nm, shape (particle, 3), in the order of the mapping.
    """
    from scipy.spatial.transform import Rotation

    per_edge = math.ceil(mapping.beads ** (1 / 3) - 1e-9)
    cells = np.stack(np.unravel_index(np.arange(per_edge**3), (per_edge,) * 3), axis=1)
    sites = (rng.permutation(cells)[: mapping.beads] + 0.5) * edges / per_edge
    rotations = Rotation.random(mapping.beads, rng=rng).as_matrix()
    placed, first, atom = [], 0, 0
    for group in mapping.groups:
        own = slice(first, first + group.count)
        body = molecules[atom : atom + len(group.weights)]
        body = body - group.masses @ body / group.mass
        turned = np.einsum("nab,sb->nsa", rotations[own], body)
        placed.append((sites[own, None] + turned).reshape(-1, 3))
        first, atom = first + group.count, atom + len(group.weights)
    return np.concatenate(placed)


def _coordinates(path: Path) -> _Coordinates:
    try:
        if path.suffix.lower() == ".xml":
            state = mm.XmlSerializer.deserialize(path.read_text())
            if not isinstance(state, mm.State):
                raise ValueError(f"it holds a {type(state).__name__}")
            return _Coordinates(openmm_arrays.positions(state), state.getPeriodicBoxVectors(), None)
        pdb = app.PDBFile(str(path))
    except Exception as error:  # whatever the parsers say of a damaged file
        raise DatasetError(
            f"{path}: no readable coordinates ({_one_line(error)}); allowed: a PDB file, or the XML "
            "of a State "
            "with positions"
        ) from None
    position = np.array(plain(pdb.getPositions(asNumpy=True)), float)
    return _Coordinates(position, pdb.topology.getPeriodicBoxVectors(), pdb.topology)


def _system(files: OwnFiles, mapping: Mapping, given: _Coordinates) -> mm.System:
    path = files.force_field
    try:
        root = ElementTree.parse(path).getroot().tag
        if root == "System":
            return mm.XmlSerializer.deserialize(path.read_text())
    except Exception as error:
        raise DatasetError(f"{path}: no readable XML ({_one_line(error)}); write it again") from None
    if root != "ForceField":
        raise DatasetError(f"{path}: holds a {root}; allowed: a System or a ForceField of OpenMM")
    if given.topology is None:
        raise DatasetError(
            f"{files.coordinates}: a State has no names of atoms, which {path}, a ForceField, needs; "
            "give a PDB "
            "file, or the XML of the System"
        )
    topology = given.topology
    if files.density_g_cm3 is not None:
        topology = _repeated(topology, mapping, files.coordinates)
    topology.setPeriodicBoxVectors(np.diag(_edges(files, mapping, given, None)) * nanometer)
    try:
        system = app.ForceField(str(path)).createSystem(
            topology,
            nonbondedMethod=app.PME,
            nonbondedCutoff=files.cutoff_nm,
            switchDistance=SWITCH * files.cutoff_nm,
            constraints=CONSTRAINTS[files.constraints],
            removeCMMotion=False,
        )
    except Exception as error:
        raise DatasetError(
            f"{path}: no System can be made of it for {files.coordinates} ({_one_line(error)}); the "
            "PDB file needs "
            "the names of atoms and residues of the ForceField, and CONECT records for bonds that "
            "OpenMM does "
            f"not know; the cutoff is system.cutoff_nm ({files.cutoff_nm:g} nm)"
        ) from None
    for force in system.getForces():
        if isinstance(force, mm.CustomNonbondedForce):  # createSystem switches only NonbondedForce
            force.setUseSwitchingFunction(True)
            force.setSwitchingDistance(SWITCH * files.cutoff_nm)
    return system


def _repeated(topology: app.Topology, mapping: Mapping, path: Path) -> app.Topology:
    """The topology of all molecules from that of one of each kind."""
    atoms, bonds, first = list(topology.atoms()), list(topology.bonds()), 0
    whole = app.Topology()
    chain = whole.addChain()
    for group in mapping.groups:
        own = atoms[first : first + len(group.weights)]
        first += len(own)
        inside = [bond for bond in bonds if bond[0] in own]
        if any(bond[1] not in own for bond in inside):
            raise DatasetError(f"{path}: a bond joins two molecules of {mapping.path}")
        for _ in range(group.count):
            residues = {atom.residue: None for atom in own}
            new_residues = {old: whole.addResidue(old.name, chain) for old in residues}
            new = {a: whole.addAtom(a.name, a.element, new_residues[a.residue]) for a in own}
            for bond in inside:
                whole.addBond(new[bond[0]], new[bond[1]])
    return whole


def _edges(files: OwnFiles, mapping: Mapping, given: _Coordinates, system: mm.System | None) -> np.ndarray:
    """Edges of the box, nm: of the density, of the coordinates, or of the System."""
    if files.density_g_cm3 is not None:
        mass = sum(group.count * group.mass for group in mapping.groups)
        return np.full(3, (mass / (files.density_g_cm3 * G_PER_CM3)) ** (1 / 3))
    if given.vectors is not None:
        return edges_of(np.array(plain(given.vectors), float), files.coordinates, 0)
    if system is None:
        raise DatasetError(
            f"{files.coordinates}: no box (CRYST1); add one, or give one molecule of each kind and "
            "system.density_g_cm3"
        )
    vectors = [plain(vector) for vector in system.getDefaultPeriodicBoxVectors()]
    return edges_of(np.array(vectors, float), files.force_field, 0)


def _remove_motion_removers(system: mm.System) -> None:
    for index in reversed(range(system.getNumForces())):
        if isinstance(system.getForce(index), mm.CMMotionRemover):
            system.removeForce(index)


def _forces(system: mm.System, edges: np.ndarray) -> Iterator[str]:
    """What is wrong with the forces of a System."""
    for force in system.getForces():
        name = type(force).__name__
        for beginning, why in REFUSED.items():
            if name.startswith(beginning):
                yield f"{name} {why}"
        if hasattr(force, "getCutoffDistance") and force.usesPeriodicBoundaryConditions():
            cutoff = plain(force.getCutoffDistance())
            if cutoff > edges.min() / 2:
                yield (
                    f"{name} has a cutoff of {cutoff:g} nm in a box of {edges.min():.4g} nm; allowed: "
                    "at most "
                    f"{math.floor(edges.min() * 5e3) / 1e4:g} nm, half the box; take more molecules, "
                    "or a shorter "
                    "cutoff (system.cutoff_nm for a ForceField)"
                )
        elif isinstance(force, mm.NonbondedForce | mm.CustomNonbondedForce):
            yield f"{name} has no periodic box; make the System with a nonbondedMethod such as PME"
    if not system.usesPeriodicBoundaryConditions():
        yield "the System has no periodic box; make it with a nonbondedMethod such as PME"


def _particles(system: mm.System, mapping: Mapping, path: Path) -> Iterator[str]:
    """Where a System and a mapping do not belong together, or molecules are joined."""
    if system.getNumParticles() != mapping.atoms:
        yield f"{system.getNumParticles()} particles; expected: {mapping.atoms}, as in {path}"
        return
    mass, molecule = openmm_arrays.masses(system), mapping.molecule_of_atom()
    listed = np.concatenate([np.tile(group.masses, group.count) for group in mapping.groups])
    if (wrong := np.flatnonzero(np.abs(mass - listed) > MASS_TOLERANCE * listed)).size:
        i = wrong[0]
        yield (
            f"particle {i} has the mass {mass[i]:g} amu, and {listed[i]:g} in {path}; list there the "
            "atoms of the "
            "System in its order, with its masses"
        )
    virtual = np.array([system.isVirtualSite(i) for i in range(len(mass))])
    if (frozen := np.flatnonzero((mass == 0) & ~virtual)).size:
        yield f"particle {frozen[0]} has no mass and is no virtual site, so that it cannot move; give it one"
    if any(own_force(group) for group in mapping.groups):
        yield f"virtual_site_forces is own in {path}; allowed: spread, which is what OpenMM does"
    for what, one, other in _joined(system, virtual):
        if molecule[one] != molecule[other]:
            yield (
                f"{what} joins the particles {one} and {other} of two molecules of {path}, each of "
                "which is a bead; "
                "allowed: none between beads, since it would need a term of its own in the force "
                "field; list what "
                "is joined as one molecule"
            )


def own_force(group: Group) -> bool:
    """Whether the forces on virtual sites count in a bead."""
    return bool(group.in_force[group.masses == 0].any())


def _joined(system: mm.System, virtual: np.ndarray) -> Iterator[tuple[str, int, int]]:
    """Pairs of particles that something holds together."""
    for index in range(system.getNumConstraints()):
        one, other, _ = system.getConstraintParameters(index)
        yield "a constraint", one, other
    for index in np.flatnonzero(virtual):
        site = system.getVirtualSite(int(index))
        for parent in range(site.getNumParticles()):
            yield "a virtual site", int(index), site.getParticle(parent)
    for force in system.getForces():
        for row in bonded_particles(force):
            for other in row[1:]:
                yield type(force).__name__, int(row[0]), int(other)
        if isinstance(force, mm.NonbondedForce):
            for index in range(force.getNumExceptions()):
                one, other, *_ = force.getExceptionParameters(index)
                yield "an exception of NonbondedForce", one, other
        if isinstance(force, mm.CustomNonbondedForce):
            for index in range(force.getNumExclusions()):
                yield "an exclusion of CustomNonbondedForce", *force.getExclusionParticles(index)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
