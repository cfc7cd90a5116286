"""Arrays out of OpenMM: the units of the library, and copies."""

import numpy as np
import openmm as mm
import pytest
from openmm import unit

from thermalcg.runtime import openmm_arrays
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, make_context


@pytest.fixture
def state():
    """Two particles of 12 and 16 amu in a harmonic well of 100 kJ/mol/nm^2."""
    system, well = mm.System(), mm.CustomExternalForce("50*(x^2+y^2+z^2)")
    for mass in (12.0, 16.0):
        well.addParticle(system.addParticle(mass), [])
    system.addForce(well)
    context = make_context(system, mm.VerletIntegrator(0.001), REFERENCE_PLATFORM)
    context.setPositions(np.array([[1.0, 0, 0], [0, 2.0, 0]]) * unit.angstrom)
    context.setVelocities(np.array([[3.0, 0, 0], [0, 0, 4.0]]) * unit.nanometer / unit.nanosecond)
    return context.getState(positions=True, velocities=True, forces=True, energy=True), context


def test_values_are_in_nm_ps_and_kj_per_mol(state):
    now, context = state
    np.testing.assert_allclose(openmm_arrays.positions(now), [[0.1, 0, 0], [0, 0.2, 0]])
    np.testing.assert_allclose(openmm_arrays.velocities(now), [[0.003, 0, 0], [0, 0, 0.004]])
    np.testing.assert_allclose(openmm_arrays.forces(now), [[-10, 0, 0], [0, -20, 0]])
    assert openmm_arrays.potential_energy(now) == pytest.approx(50 * (0.01 + 0.04))
    assert openmm_arrays.masses(context.getSystem()).tolist() == [12.0, 16.0]
    # where no force acts: OpenMM shifts the velocities by half a step before it takes their energy
    context.setPositions(np.zeros((2, 3)))
    rest = context.getState(energy=True)
    assert openmm_arrays.kinetic_energy(rest) == pytest.approx(0.5 * (12 * 0.003**2 + 16 * 0.004**2))


def test_what_is_changed_does_not_change_the_state(state):
    now, context = state
    openmm_arrays.positions(now)[:] = 9.0
    np.testing.assert_allclose(openmm_arrays.positions(now), [[0.1, 0, 0], [0, 0.2, 0]])
    both = openmm_arrays.phase_space(context)
    np.testing.assert_array_equal(both["position"], openmm_arrays.positions(now))
    np.testing.assert_array_equal(both["velocity"], openmm_arrays.velocities(now))
