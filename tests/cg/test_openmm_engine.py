"""Replicas in one OpenMM system: energy conservation and independence."""

import numpy as np
import openmm as mm
import pytest

from support.soft_beads import MASS, N, T, soft_spheres, start
from thermalcg.cg.openmm_engine import Replicas, make_cg_system
from thermalcg.runtime.openmm_arrays import forces, kinetic_energy, potential_energy
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, make_context
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def test_energy_is_conserved_without_a_thermostat():
    """NVE (velocity Verlet): the drift over 20 ps is far below kB T a bead."""
    replicas = Replicas([(soft_spheres, np.array([0]))], 1, N)
    context = make_context(make_cg_system(replicas, MASS), mm.VerletIntegrator(0.002), REFERENCE_PLATFORM)
    context.setPositions(start(1)[0])
    context.setVelocitiesToTemperature(T, 1)
    totals = []
    for _ in range(200):
        context.getIntegrator().step(50)
        state = context.getState(energy=True)
        totals.append(potential_energy(state) + kinetic_energy(state))
    drift = np.polyfit(np.arange(200) * 0.1, totals, 1)[0]
    assert abs(drift) * 20 < 0.02 * N * KB * T
    assert np.std(totals) < 0.05 * N * KB * T


def test_replicas_are_independent_of_one_another():
    """A run's forces do not depend on which runs share its system."""
    alone, together = (
        Replicas([(soft_spheres, np.array([0]))], 1, N),
        Replicas([(soft_spheres, np.arange(3))], 3, N),
    )
    x = start(3, seed=5)
    first = soft_spheres(x[:1])[1]
    for replicas, position in ((alone, x[:1]), (together, x)):
        context = make_context(make_cg_system(replicas, MASS), mm.VerletIntegrator(0.001), REFERENCE_PLATFORM)
        context.setPositions(position.reshape(-1, 3))
        force = forces(context.getState(forces=True))
        np.testing.assert_allclose(force[:N], first[0], atol=1e-10)
