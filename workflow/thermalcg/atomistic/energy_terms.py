"""The forces of an OpenMM System as sums over pairs, bonds, angles and torsions.

A term yields what it adds to the potential energy as ``Shares``: values, each of which belongs in halves to
two molecules.  A term inside one molecule names it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import openmm as mm
from openmm.unit import is_quantity, md_unit_system

from thermalcg.units import COULOMB

from .ewald import ewald_energies
from .expressions import Expression, UnknownExpression

#: The sum of charges, in units of e, above which a box is charged.
NET_CHARGE = 1e-4


class Undivided(ValueError):
    """A force whose energy is not divided among the molecules; the message says why."""


class Shares(NamedTuple):
    """Energies, kJ/mol, and the two molecules of each, shape (term,) each."""

    first: np.ndarray
    second: np.ndarray
    energy: np.ndarray


@dataclass
class Geometry:
    """A configuration and its pairs.

    Attributes:
        position: nm, shape (particle, 3); molecules are whole.
        wrapped: the same inside the box.
        edges: of the box, nm, shape (3,).
        molecule: of each particle, shape (particle,).
        first, second: particles of each pair within reach, shape (pair,).
        distance: between them, nm, shape (pair,).
    """

    position: np.ndarray
    wrapped: np.ndarray
    edges: np.ndarray
    molecule: np.ndarray
    first: np.ndarray
    second: np.ndarray
    distance: np.ndarray

    @cached_property
    def inside(self) -> np.ndarray:
        """Indices of the pairs inside a molecule, the only ones that can be excluded."""
        return np.flatnonzero(self.molecule[self.first] == self.molecule[self.second])

    def pairs(self, cutoff: float, excluded: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """First and second particle and distance of the pairs within a cutoff, without the excluded ones.

        Args:
            excluded: their keys, of ``keys_of``.
        """
        keep = self.distance < cutoff
        inside = self.inside
        keys = keys_of(self.first[inside], self.second[inside], len(self.position))
        keep[inside[np.isin(keys, excluded)]] = False
        return self.first[keep], self.second[keep], self.distance[keep]

    def shares(self, first: np.ndarray, second: np.ndarray, energy: np.ndarray) -> Shares:
        """Shares of the molecules of particles."""
        return Shares(self.molecule[first], self.molecule[second], energy)

    def between(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Distances of particles in whole molecules, nm."""
        return np.linalg.norm(self.position[second] - self.position[first], axis=1)


Term = Callable[[Geometry], Iterator[Shares]]


def keys_of(first: np.ndarray, second: np.ndarray, particles: int) -> np.ndarray:
    """A number for each pair of particles, whichever comes first."""
    return np.minimum(first, second).astype(np.int64) * particles + np.maximum(first, second)


def plain(value: Any) -> Any:
    """A value of OpenMM in the units of the library."""
    return value.value_in_unit_system(md_unit_system) if is_quantity(value) else value


def table_of(rows: Iterator[Any] | list[Any], columns: int) -> np.ndarray:
    """Parameters of many terms as numbers, shape (term, column)."""
    return np.array([[plain(x) for x in row] for row in rows], dtype=float).reshape(-1, columns)


def _lennard_jones(r: np.ndarray, sigma: np.ndarray, epsilon: np.ndarray) -> np.ndarray:
    s6 = (sigma / r) ** 6
    return 4 * epsilon * (s6**2 - s6)


class _Switch:
    """OpenMM's switching function of a force; 1 where there is none."""

    def __init__(self, force: mm.NonbondedForce | mm.CustomNonbondedForce) -> None:
        self.end, self.on = plain(force.getCutoffDistance()), force.getUseSwitchingFunction()
        self.start = plain(force.getSwitchingDistance())

    def __call__(self, r: np.ndarray) -> np.ndarray | float:
        if not self.on:
            return 1.0
        x = np.clip((r - self.start) / (self.end - self.start), 0, 1)
        return 1 - x**3 * (10 - 15 * x + 6 * x**2)


class Nonbonded:
    """Lennard-Jones and Coulomb interactions of a ``NonbondedForce``, exceptions included.

    Raises:
        Undivided: no periodic cutoff, PME of dispersion, charges that depend on parameters, a charged box.
    """

    def __init__(self, force: mm.NonbondedForce) -> None:
        method = force.getNonbondedMethod()
        self.ewald = method in (mm.NonbondedForce.PME, mm.NonbondedForce.Ewald)
        if not (self.ewald or method == mm.NonbondedForce.CutoffPeriodic):
            raise Undivided("its method is none of PME, Ewald and CutoffPeriodic")
        if force.getNumParticleParameterOffsets() or force.getNumExceptionParameterOffsets():
            raise Undivided("its parameters depend on a context")
        count = force.getNumParticles()
        self.charge, self.sigma, self.epsilon = table_of(map(force.getParticleParameters, range(count)), 3).T
        if self.ewald and abs(self.charge.sum()) > NET_CHARGE:
            raise Undivided(f"the box has a charge of {self.charge.sum():.3g} e")
        exceptions = table_of(map(force.getExceptionParameters, range(force.getNumExceptions())), 5)
        self.one, self.other = exceptions[:, :2].astype(int).T
        self.product, self.sigma14, self.epsilon14 = exceptions[:, 2:].T
        self.excluded = keys_of(self.one, self.other, count)
        self.cutoff, self.switch = plain(force.getCutoffDistance()), _Switch(force)
        dielectric, rc = force.getReactionFieldDielectric(), self.cutoff
        self.k_rf = (dielectric - 1) / (2 * dielectric + 1) / rc**3
        self.c_rf = 3 * dielectric / (2 * dielectric + 1) / rc

    def __call__(self, g: Geometry) -> Iterator[Shares]:
        first, second, r = g.pairs(self.cutoff, self.excluded)
        sigma = 0.5 * (self.sigma[first] + self.sigma[second])
        depth = np.sqrt(self.epsilon[first] * self.epsilon[second])
        energy = self.switch(r) * _lennard_jones(r, sigma, depth)
        if not self.ewald:
            field = 1 / r + self.k_rf * r**2 - self.c_rf
            energy += COULOMB * self.charge[first] * self.charge[second] * field
        yield g.shares(first, second, energy)
        r = g.between(self.one, self.other)
        energy = COULOMB * self.product / r + _lennard_jones(r, self.sigma14, self.epsilon14)
        if self.ewald:
            # the sum over all images holds these pairs, which only their exceptions may have
            energy -= COULOMB * self.charge[self.one] * self.charge[self.other] / r
            particles = np.arange(len(self.charge))
            images = ewald_energies(g.wrapped, self.charge, g.edges, self.cutoff)
            yield g.shares(particles, particles, COULOMB * images)
        yield g.shares(self.one, self.other, energy)


class CustomNonbonded:
    """Pair interactions of a ``CustomNonbondedForce``.

    Raises:
        Undivided: no periodic cutoff, interaction groups, computed values, an expression that is not known.
    """

    def __init__(self, force: mm.CustomNonbondedForce) -> None:
        if force.getNonbondedMethod() != mm.CustomNonbondedForce.CutoffPeriodic:
            raise Undivided("its method is not CutoffPeriodic")
        if force.getNumInteractionGroups() or force.getNumComputedValues():
            raise Undivided("it has interaction groups or computed values")
        self.expression = _expression(force.getEnergyFunction(), force)
        count, columns = force.getNumParticles(), force.getNumPerParticleParameters()
        self.names = [force.getPerParticleParameterName(i) for i in range(columns)]
        self.values = table_of(map(force.getParticleParameters, range(count)), columns).T
        self.globals = _globals(force)
        pairs = table_of(map(force.getExclusionParticles, range(force.getNumExclusions())), 2).astype(int)
        self.excluded = keys_of(*pairs.T, count)
        self.cutoff, self.switch = plain(force.getCutoffDistance()), _Switch(force)

    def __call__(self, g: Geometry) -> Iterator[Shares]:
        first, second, r = g.pairs(self.cutoff, self.excluded)
        values = {"r": r} | self.globals
        for name, value in zip(self.names, self.values, strict=True):
            values |= {f"{name}1": value[first], f"{name}2": value[second]}
        yield g.shares(first, second, self.switch(r) * self.expression(values))


class BondedKind(NamedTuple):
    """How the terms of a bonded force are read: its methods, its coordinate, and its energy."""

    what: str
    particles: int
    coordinate: str
    energy: str = ""
    parameters: tuple[str, ...] = ()


#: RBTorsionForce takes the angle from cis: its cosine is minus that of theta.
RYCKAERT_BELLEMANS = "c0+x*(c1+x*(c2+x*(c3+x*(c4+x*c5)))); x=-cos(theta)"

BONDED = {
    "HarmonicBondForce": BondedKind("Bond", 2, "r", "0.5*k*(r-r0)^2", ("r0", "k")),
    "HarmonicAngleForce": BondedKind("Angle", 3, "theta", "0.5*k*(theta-theta0)^2", ("theta0", "k")),
    "PeriodicTorsionForce": BondedKind(
        "Torsion", 4, "theta", "k*(1+cos(n*theta-phase))", ("n", "phase", "k")
    ),
    "RBTorsionForce": BondedKind("Torsion", 4, "theta", RYCKAERT_BELLEMANS, tuple(f"c{n}" for n in range(6))),
    "CustomBondForce": BondedKind("Bond", 2, "r"),
    "CustomAngleForce": BondedKind("Angle", 3, "theta"),
    "CustomTorsionForce": BondedKind("Torsion", 4, "theta"),
}


def bonded_particles(force: mm.Force) -> np.ndarray:
    """Particles of each term of a bonded force, shape (term, particle); empty for forces of other kinds."""
    kind = BONDED.get(type(force).__name__)
    if kind is None:
        return np.empty((0, 2), int)
    read = getattr(force, f"get{kind.what}Parameters")
    terms = range(getattr(force, f"getNum{kind.what}s")())
    return np.array([read(i)[: kind.particles] for i in terms], int).reshape(-1, kind.particles)


class Bonded:
    """Bonds, angles or torsions of a force in ``BONDED``.

    Raises:
        Undivided: an expression that is not known.
    """

    def __init__(self, force: mm.Force) -> None:
        kind = BONDED[type(force).__name__]
        self.coordinate, self.particles = kind.coordinate, bonded_particles(force).T
        custom = not kind.energy
        terms = range(self.particles.shape[1])
        rows = [getattr(force, f"get{kind.what}Parameters")(i)[kind.particles :] for i in terms]
        if custom:
            count = getattr(force, f"getNumPer{kind.what}Parameters")()
            self.names = [getattr(force, f"getPer{kind.what}ParameterName")(i) for i in range(count)]
            rows = [row[0] for row in rows]
        else:
            self.names = list(kind.parameters)
        self.expression = _expression(force.getEnergyFunction() if custom else kind.energy, force)
        self.values = table_of(rows, len(self.names)).T
        self.globals = _globals(force) if custom else {}

    def __call__(self, g: Geometry) -> Iterator[Shares]:
        values = dict(zip(self.names, self.values, strict=True)) | self.globals
        values[self.coordinate] = COORDINATES[len(self.particles)](*g.position[self.particles])
        energy = np.broadcast_to(self.expression(values), self.particles.shape[1:])
        yield g.shares(self.particles[0], self.particles[-1], energy)


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.norm(b - a, axis=-1)


def _angle(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    u, v = a - b, c - b
    return np.arctan2(np.linalg.norm(np.cross(u, v), axis=-1), (u * v).sum(axis=-1))


def _dihedral(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Angle between the planes, positive where d is turned clockwise from a, seen from b to c (IUPAC)."""
    u, v, w = b - a, c - b, d - c
    one, other = np.cross(u, v), np.cross(v, w)
    sine = np.linalg.norm(v, axis=-1) * (u * other).sum(axis=-1)
    return np.arctan2(sine, (one * other).sum(axis=-1))


#: Coordinate of a bonded term by the number of its particles: nm or radians.
COORDINATES: dict[int, Callable[..., np.ndarray]] = {2: _distance, 3: _angle, 4: _dihedral}


def _globals(force: Any) -> dict[str, float]:
    return {
        force.getGlobalParameterName(i): force.getGlobalParameterDefaultValue(i)
        for i in range(force.getNumGlobalParameters())
    }


def _expression(text: str, force: Any) -> Expression:
    tables = getattr(force, "getNumTabulatedFunctions", lambda: 0)()
    functions = {
        force.getTabulatedFunctionName(i): _table(force.getTabulatedFunction(i)) for i in range(tables)
    }
    try:
        return Expression(text, functions)
    except UnknownExpression as error:
        raise Undivided(str(error)) from None


def _table(function: mm.TabulatedFunction) -> Callable[..., np.ndarray]:
    """A discrete table as a function of whole numbers."""
    if isinstance(function, mm.Discrete1DFunction):
        values = np.array(function.getFunctionParameters(), float)
        return lambda x: values[np.rint(x).astype(int)]
    if isinstance(function, mm.Discrete2DFunction):
        columns, _, flat = function.getFunctionParameters()
        values = np.array(flat, float)
        return lambda x, y: values[(np.rint(x) + columns * np.rint(y)).astype(int)]
    raise Undivided(f"its table is a {type(function).__name__}")
