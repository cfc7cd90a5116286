"""Plain arrays out of OpenMM, in the units of the library (nm, ps, kJ/mol, amu).

All go through OpenMM's public conversion of units; it copies, so that what is returned may be changed.
"""

from __future__ import annotations

import numpy as np
import openmm as mm
from openmm.unit import md_unit_system


def positions(state: mm.State) -> np.ndarray:
    """Positions of all particles, nm, shape (particle, 3)."""
    return state.getPositions(asNumpy=True).value_in_unit_system(md_unit_system)


def velocities(state: mm.State) -> np.ndarray:
    """Velocities of all particles, nm/ps, shape (particle, 3)."""
    return state.getVelocities(asNumpy=True).value_in_unit_system(md_unit_system)


def forces(state: mm.State) -> np.ndarray:
    """Forces on all particles, kJ/mol/nm, shape (particle, 3)."""
    return state.getForces(asNumpy=True).value_in_unit_system(md_unit_system)


def potential_energy(state: mm.State) -> float:
    """Potential energy, kJ/mol."""
    return state.getPotentialEnergy().value_in_unit_system(md_unit_system)


def kinetic_energy(state: mm.State) -> float:
    """Kinetic energy, kJ/mol."""
    return state.getKineticEnergy().value_in_unit_system(md_unit_system)


def masses(system: mm.System) -> np.ndarray:
    """Masses of all particles, amu, shape (particle,)."""
    found = (system.getParticleMass(i) for i in range(system.getNumParticles()))
    return np.array([mass.value_in_unit_system(md_unit_system) for mass in found])


def phase_space(context: mm.Context) -> dict[str, np.ndarray]:
    """``position`` (nm) and ``velocity`` (nm/ps) of all particles, each of shape (particle, 3)."""
    state = context.getState(positions=True, velocities=True)
    return {"position": positions(state), "velocity": velocities(state)}
