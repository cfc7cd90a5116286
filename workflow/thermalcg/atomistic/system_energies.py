"""Potential energy of any OpenMM System, molecule by molecule.

Half of each interaction between two molecules goes to each of them, and what is inside a molecule to it
alone; the long-range part of the electrostatics is the charge times the Ewald potential that it feels
(``ewald``).  The molecules' energies add up to the potential energy.
"""

from __future__ import annotations

import numpy as np
import openmm as mm
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import checked_box, checked_positions
from thermalcg.geometry.neighbours import NeighbourSearch
from thermalcg.geometry.periodic import minimum_image, wrap
from thermalcg.runtime import openmm_arrays
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, make_context

from .energy_terms import BONDED, Bonded, CustomNonbonded, Geometry, Nonbonded, Term, Undivided, plain

#: Forces without an energy.
NO_ENERGY = ("CMMotionRemover",)


class SystemEnergies:
    """Computes the energies of the molecules of a System, kJ/mol.

    Args:
        system: periodic; molecules that do not share a bond, a constraint or an exception.
        molecule: index of the molecule of each particle, shape (particle,).
        box: its edges, nm.

    Attributes:
        undivided: a sentence for each force that is not divided among the molecules; where there is one,
            the energies lack it.

    Raises:
        InputError: a box that is tilted, or below twice the longest cutoff.
    """

    def __init__(self, system: mm.System, molecule: np.ndarray, box: ArrayLike) -> None:
        self.molecule, self.undivided = np.asarray(molecule), list[str]()
        self._terms, tail, reach = list[Term](), 0.0, 0.0
        for force in system.getForces():
            name = type(force).__name__
            if name in NO_ENERGY:
                continue
            try:
                self._terms.append(_term(force))
            except Undivided as why:
                self.undivided.append(f"{name}: {why}")
                continue
            if isinstance(force, mm.NonbondedForce | mm.CustomNonbondedForce):
                tail += _tail(system, force)
                reach = max(reach, plain(force.getCutoffDistance()))
        self.edges = checked_box(box, reach)
        self._pairs_within = NeighbourSearch(self.edges, reach) if reach else None
        self._count = int(self.molecule.max()) + 1
        self._constant = tail / self._count

    def __call__(self, position: np.ndarray) -> np.ndarray:
        """Energies, shape (molecule,), of a configuration of whole molecules, nm, shape (particle, 3).

        The correction for dispersion beyond the cutoff, a constant, is shared evenly.

        Raises:
            InputError: positions of another shape, or not finite.
        """
        position = checked_positions(position).values[0]
        wrapped = wrap(position, self.edges)
        first, second = self._pairs_within(wrapped) if self._pairs_within else (np.empty(0, np.int64),) * 2
        distance = np.linalg.norm(minimum_image(wrapped[second] - wrapped[first], self.edges), axis=1)
        geometry = Geometry(position, wrapped, self.edges, self.molecule, first, second, distance)
        energy = np.full(self._count, self._constant)
        for term in self._terms:
            for shares in term(geometry):
                for side in (shares.first, shares.second):
                    energy += np.bincount(side, 0.5 * shares.energy, self._count)
        return energy


def _term(force: mm.Force) -> Term:
    if isinstance(force, mm.NonbondedForce):
        return Nonbonded(force)
    if isinstance(force, mm.CustomNonbondedForce):
        return CustomNonbonded(force)
    if type(force).__name__ in BONDED:
        return Bonded(force)
    raise Undivided("its energy belongs to the box as a whole")


def _tail(system: mm.System, force: mm.NonbondedForce | mm.CustomNonbondedForce) -> float:
    """The constant that stands for interactions beyond the cutoff, kJ/mol, as OpenMM has it."""
    plain_force = isinstance(force, mm.NonbondedForce)
    if not (force.getUseDispersionCorrection() if plain_force else force.getUseLongRangeCorrection()):
        return 0.0
    energies, copy = [], mm.System()
    for _ in range(system.getNumParticles()):
        copy.addParticle(1.0)
    copy.setDefaultPeriodicBoxVectors(*system.getDefaultPeriodicBoxVectors())
    alone = mm.XmlSerializer.clone(force)
    if plain_force:
        alone.setNonbondedMethod(mm.NonbondedForce.CutoffPeriodic)
    alone = copy.getForce(copy.addForce(alone))
    # any positions will do, since the difference is a constant; on a lattice no pair's energy drowns it
    per_edge = int(np.ceil(system.getNumParticles() ** (1 / 3)))
    grid = np.stack(np.unravel_index(np.arange(system.getNumParticles()), (per_edge,) * 3), axis=1) / per_edge
    edges = [plain(vector)[axis] for axis, vector in enumerate(system.getDefaultPeriodicBoxVectors())]
    switch = alone.setUseDispersionCorrection if plain_force else alone.setUseLongRangeCorrection
    for on in (True, False):
        switch(on)
        context = make_context(copy, mm.VerletIntegrator(0.001), REFERENCE_PLATFORM)
        context.setPositions(grid * edges)
        energies.append(openmm_arrays.potential_energy(context.getState(energy=True)))
    return energies[0] - energies[1]
