"""Replicas in one OpenMM system: energy conservation, independence, and what is refused or switched off."""

import numpy as np
import openmm as mm
import pytest
import xarray as xr

from support.soft_beads import BOX, MASS, N, T, soft_spheres, start
from thermalcg.cg.replicas import (
    Beads,
    Replicas,
    closest_approach,
    groups_of_members,
    make_cg_system,
    members_of_runs,
)
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime.openmm_arrays import forces, kinetic_energy, potential_energy
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, make_context
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def test_energy_is_conserved_without_a_thermostat():
    """NVE (velocity Verlet): the drift over 20 ps is far below kB T a bead."""
    replicas = Replicas([(soft_spheres, np.array([0]))], 1, N)
    context = make_context(
        make_cg_system(replicas, MASS, BOX), mm.VerletIntegrator(0.002), REFERENCE_PLATFORM
    )
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


def test_replicas_are_independent_of_one_another(tmp_path):
    """A run's forces do not depend on which runs share its system."""
    alone, together = (
        Replicas([(soft_spheres, np.array([0]))], 1, N),
        Replicas([(soft_spheres, np.arange(3))], 3, N),
    )
    x = start(3, seed=5)
    first = soft_spheres(x[:1])[1]
    for replicas, position in ((alone, x[:1]), (together, x)):
        context = make_context(
            make_cg_system(replicas, MASS, BOX), mm.VerletIntegrator(0.001), REFERENCE_PLATFORM
        )
        context.setPositions(position.reshape(-1, 3))
        force = forces(context.getState(forces=True))
        np.testing.assert_allclose(force[:N], first[0], atol=1e-10)


@pytest.mark.parametrize(
    ("shape", "box", "mass", "text"),
    [
        ((4, 3), 1.5, 18.0, r"start has shape \(4, 3\); allowed: \(run, N, 3\)"),
        ((2, 4, 2), 1.5, 18.0, r"positions have shape \(2, 4, 2\)"),
        ((2, 4, 3), 0.0, 18.0, "positive edges"),
        ((2, 4, 3), 1.5, 0.0, "mass is 0.0 amu; allowed: a number > 0"),
    ],
)
def test_beads_that_cannot_be_are_refused(shape, box, mass, text):
    with pytest.raises(InputError, match=text):
        Beads(np.zeros(shape), box, mass)


def test_a_temperature_that_runs_away_switches_a_replica_off():
    """Three times the temperature, and beyond the noise of a few beads; a failure keeps its first reason."""
    replicas = Replicas([], 4, 64)
    replicas.failure[3] = "force of 1e+07 kJ/mol/nm"
    for _ in range(2):
        replicas.judge_start(np.array([300.0, 890.0, 910.0, 0.0]), 300.0, 40.0)
    advice = (
        " in the first picosecond: try cg_md.timestep_fs of 20 or less (it is 40), or another force field"
    )
    assert replicas.failure == [
        "",
        "",
        "kinetic temperature of 910 K at 300 K" + advice,
        "force of 1e+07 kJ/mol/nm" + advice,
    ]
    few = Replicas([], 1, 4)
    few.judge_start(np.array([1000.0]), 300.0, 40.0)
    assert few.failure == [""]


def test_the_closest_approach_is_found_through_the_boundary():
    position = np.array([[[0.05, 0.5, 0.5], [0.95, 0.5, 0.5], [0.5, 0.5, 0.5]]])
    assert closest_approach(position, 1.0) == pytest.approx(0.1)


def test_beads_are_evenly_spaced_configurations_of_a_run():
    position = np.random.default_rng(1).uniform(0, 2, (9, 5, 3)).astype(np.float32)
    run = xr.Dataset(
        {"position": (("time", "bead", "axis"), position)}, attrs={"box_nm": 2.0, "bead_mass_amu": MASS}
    )
    beads = Beads.of_run(run, 3)
    np.testing.assert_array_equal(beads.start, position[[0, 4, 8]])
    assert beads.start.dtype == float
    assert (beads.box, beads.mass) == (2.0, MASS)


def test_a_box_that_is_no_cube_is_refused_and_a_cube_is_its_edge():
    with pytest.raises(InputError, match=r"\[1.5, 1.5, 2.0\] nm; allowed here: a cube"):
        Beads(start(1), [1.5, 1.5, 2.0], MASS)
    for box in (BOX, [BOX] * 3, BOX * np.eye(3)):
        beads = Beads(start(1), box, MASS)
        assert beads.box == BOX
        make_cg_system(Replicas([(soft_spheres, np.array([0]))], 1, N), MASS, beads.box)


@pytest.mark.parametrize("shape", [(4, 3), (2, 4, 2)])
def test_the_closest_approach_is_one_of_a_run(shape):
    with pytest.raises(InputError, match=r"allowed: \(time, N, 3\)"):
        closest_approach(np.zeros(shape), 1.0)
    with pytest.raises(InputError, match="positive edges"):
        closest_approach(np.zeros((2, 4, 3)), 0.0)


def test_runs_are_shared_among_the_members_and_each_group_has_its_force_field():
    class Member:
        def __init__(self, name):
            self.name = name

        def force_field(self, box, temperature):
            return self.name, box, temperature

    members = members_of_runs(5, 3)
    assert members.tolist() == [0, 0, 1, 1, 2]
    assert members_of_runs(2, 8).tolist() == [0, 1]
    groups = groups_of_members([Member(name) for name in "abc"], members, 2.0, 300.0)
    assert [(field[0], runs.tolist()) for field, runs in groups] == [("a", [0, 1]), ("b", [2, 3]), ("c", [4])]
    assert {field[1:] for field, _ in groups} == {(2.0, 300.0)}
