"""Mapping files: which atoms of a trajectory make which bead.

Of a liquid of rigid water with a virtual site, in the order of the atoms in the trajectory::

    molecules:
      - name: SOL
        count: 512
        atoms:
          - {name: OW, mass_amu: 15.9994}
          - {name: HW1, mass_amu: 1.008}
          - {name: HW2, mass_amu: 1.008}
          - {name: MW, mass_amu: 0, virtual: true}
        beads:
          - {name: W, species: water, weights: centre_of_mass}

**Why the mapped force is the plain sum.** A linear map R = sum_i c_i r_i with sum_i c_i = 1 over the atoms
of a molecule, and forces f = sum_i f_i over the same atoms, obey the condition of a consistent force map,
whatever the weights c: a shift of all atoms of the molecule moves R by as much and no other bead (Noid et
al., J. Chem. Phys. 128, 244114 (2008), sec. II.D; with constraints: Ciccotti, Kapral and Vanden-Eijnden,
ChemPhysChem 6, 1809 (2005)). Such a shift breaks no constraint of the molecule, so constraint forces cancel
in the sum. A bead that is a part of a constrained molecule has no such shift, and the plain sum of the
forces on its atoms is not its mean force.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from thermalcg.storage.files import DatasetError
from thermalcg.storage.messages import problem

from .key_files import Keys, read_keys

#: How far the sum of explicit weights may be from 1.
WEIGHT_TOLERANCE = 1e-6


class Atom(Keys):
    """An atom of a molecule."""

    name: str = Field(description="its name within the molecule", min_length=1)
    mass_amu: float = Field(description="mass, amu; 0 for a virtual site", ge=0, le=1000)
    virtual: bool = Field(False, description="whether it is a virtual site, which has no mass of its own")


class Bead(Keys):
    """A bead of a molecule."""

    name: str = Field(description="its name", min_length=1)
    species: str | None = Field(None, description="beads of one species share a potential; default: the name")
    atoms: list[str] | None = Field(None, description="names of its atoms; default: all of the molecule")
    weights: Literal["centre_of_mass", "centre_of_geometry"] | list[float] = Field(
        "centre_of_mass",
        description="where the site lies; a list has one weight for each atom, with the sum 1",
    )


class Molecule(Keys):
    """Molecules of one kind that follow one another in the trajectory."""

    name: str = Field(description="its name", min_length=1)
    count: int = Field(description="how many of them follow one another", ge=1)
    atoms: list[Atom] = Field(description="its atoms in the order of the trajectory", min_length=1)
    beads: list[Bead] = Field(description="its beads", min_length=1)
    constraints: Literal["none", "all"] | list[Annotated[list[str], Field(min_length=2, max_length=2)]] = (
        Field(
            "none",
            description="constrained pairs of atoms, or all for a rigid molecule; asked for several beads",
        )
    )


class MappingFile(Keys):
    """All molecules of a trajectory, in its order."""

    molecules: list[Molecule] = Field(
        description="kinds of molecules, in the order of the trajectory", min_length=1
    )
    virtual_site_forces: Literal["spread", "own"] = Field(
        "spread",
        description="spread: the engine has added forces of virtual sites to the real atoms, as most "
        "do; own: it has not",
    )


@dataclass(frozen=True)
class Group:
    """Equal molecules that follow one another.

    Attributes:
        first: index of the first atom.
        count: number of molecules, and of beads.
        weights: of the atoms in the site, shape (atom,); their sum is 1.
        in_force: whether an atom's force counts, shape (atom,).
        masses: of the atoms, amu, shape (atom,); 0 for a virtual site.
        name: of the molecule.
        species: of its bead.
    """

    first: int
    count: int
    weights: np.ndarray
    in_force: np.ndarray
    masses: np.ndarray
    name: str
    species: str

    @property
    def mass(self) -> float:
        """Mass of the molecule, amu."""
        return float(self.masses.sum())

    @property
    def atoms(self) -> slice:
        """Their atoms in the trajectory."""
        return slice(self.first, self.first + self.count * len(self.weights))


@dataclass(frozen=True)
class Mapping:
    """The beads of a trajectory.

    Attributes:
        path: of the mapping file, for messages.
        groups: one for each kind of molecule in the order of the trajectory; one bead a molecule.
    """

    path: str
    groups: tuple[Group, ...]

    @property
    def atoms(self) -> int:
        """Number of atoms in a frame."""
        return sum(group.count * len(group.weights) for group in self.groups)

    @property
    def beads(self) -> int:
        """Number of beads in a frame."""
        return sum(group.count for group in self.groups)

    @property
    def species(self) -> tuple[str, ...]:
        """Names of the species, in the order in which they come."""
        return tuple(dict.fromkeys(group.species for group in self.groups))

    def per_bead(self) -> tuple[np.ndarray, np.ndarray]:
        """Index of the species and mass (amu) of every bead, shape (bead,) each."""
        counts = [group.count for group in self.groups]
        species = np.repeat([self.species.index(group.species) for group in self.groups], counts)
        return species.astype(np.int32), np.repeat([group.mass for group in self.groups], counts)

    def molecule_of_atom(self) -> np.ndarray:
        """Index of the molecule, and of the bead, of every atom, shape (atom,)."""
        sizes = [len(group.weights) for group in self.groups for _ in range(group.count)]
        return np.repeat(np.arange(self.beads), sizes)


def read_mapping(path: str | Path) -> Mapping:
    """The beads that a mapping file describes.

    Raises:
        DatasetError: a key that is missing or not allowed; atoms that are left out or used twice; several
            beads in a molecule; the message names file, key and cure.
    """
    content, groups, first = read_keys(path, MappingFile), [], 0
    for index, molecule in enumerate(content.molecules):
        where = f"{path}: molecules[{index}] ({molecule.name})"
        _check_atoms(molecule, where)
        groups.append(_group(molecule, first, content.virtual_site_forces == "own", where))
        first += molecule.count * len(molecule.atoms)
    _check_species(groups, path)
    return Mapping(str(path), tuple(groups))


def _check_atoms(molecule: Molecule, where: str) -> None:
    names = [atom.name for atom in molecule.atoms]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DatasetError(
            f"{where}: atoms {twice} have the same name; allowed: each name once in a molecule"
        )
    for atom in molecule.atoms:
        if atom.virtual != (atom.mass_amu == 0):
            allowed = "0 for a virtual site" if atom.virtual else "a number > 0, or 0 with virtual: true"
            raise DatasetError(f"{where}: {problem(f'mass_amu of {atom.name}', atom.mass_amu, allowed)}")
    used = [name for bead in molecule.beads for name in (names if bead.atoms is None else bead.atoms)]
    if unknown := sorted(set(used) - set(names)):
        raise DatasetError(f"{where}: beads use atoms {unknown}; allowed: {', '.join(names)}")
    if twice := sorted({name for name in used if used.count(name) > 1}):
        raise DatasetError(
            f"{where}: beads use atoms {twice} twice, so that their forces would count twice; "
            "allowed: each atom in one bead, once"
        )
    if left_out := [name for name in names if name not in used]:
        raise DatasetError(
            f"{where}: beads leave out atoms {left_out}, and the mapped force is the sum over all atoms "
            "of the "
            "molecule; list them in the bead, with weight 0 if the site is not to depend on them"
        )
    if len(molecule.beads) > 1:
        raise DatasetError(f"{where}: {_why_not_several(molecule)}")


def _why_not_several(molecule: Molecule) -> str:
    """Why a molecule cannot have the beads that are asked for."""
    bead_of = {name: bead.name for bead in molecule.beads for name in bead.atoms or ()}
    pairs = molecule.constraints
    if pairs == "all":
        return (
            f"{len(molecule.beads)} beads are parts of one constrained molecule; the sum of the forces on "
            "their "
            "atoms is not their mean force, since constraint forces do not cancel in it; allowed: one "
            "bead for "
            "the whole molecule"
        )
    for one, other in [] if pairs == "none" else pairs:
        if one in bead_of and other in bead_of:
            return (
                f"a constraint joins {one} of bead {bead_of[one]} and {other} of bead {bead_of[other]}; "
                "the sum of "
                "the forces on a bead's atoms is then not its mean force; allowed: one bead for the "
                "whole molecule"
            )
    return (
        f"{len(molecule.beads)} beads in a molecule; allowed: 1. Several beads need bonded terms in the "
        "force "
        "field, which the models do not have"
    )


def _group(molecule: Molecule, first: int, own_forces: bool, where: str) -> Group:
    (bead,), atoms = molecule.beads, {atom.name: atom for atom in molecule.atoms}
    ordered = list(bead.atoms or atoms)
    mass = np.array([atoms[name].mass_amu for name in ordered])
    if bead.weights == "centre_of_mass":
        weights = mass / mass.sum() if mass.sum() else mass
    elif bead.weights == "centre_of_geometry":
        real = np.array([not atoms[name].virtual for name in ordered], float)
        weights = real / max(real.sum(), 1)
    else:
        weights = np.array(bead.weights)
        if len(weights) != len(ordered):
            raise DatasetError(
                f"{where}: weights of bead {bead.name} are {len(weights)}; allowed: one for each of its "
                f"{len(ordered)} atoms, {', '.join(ordered)}"
            )
    if abs(weights.sum() - 1) > WEIGHT_TOLERANCE:
        raise DatasetError(f"{where}: weights of bead {bead.name} have the sum {weights.sum():g}; allowed: 1")
    in_file_order = [ordered.index(atom.name) for atom in molecule.atoms]
    return Group(
        first,
        molecule.count,
        weights[in_file_order],
        np.array([own_forces or not atom.virtual for atom in molecule.atoms]),
        mass[in_file_order],
        molecule.name,
        bead.species or bead.name,
    )


def _check_species(groups: list[Group], path: str | Path) -> None:
    masses: dict[str, float] = {}
    for group in groups:
        if masses.setdefault(group.species, group.mass) != group.mass:
            raise DatasetError(
                f"{path}: beads of species {group.species!r} have the masses {masses[group.species]:g} and "
                f"{group.mass:g} amu; allowed: one mass for a species"
            )
