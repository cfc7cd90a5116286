"""Beads of independent runs, and what disqualifies a run."""

import numpy as np
import pytest
import xarray as xr

from support import hidden_mixture
from support.soft_beads import BOX, MASS, start
from thermalcg.cg.baths import friction_bath
from thermalcg.cg.replicas import (
    BEAD_STEPS_AT_ONCE,
    Beads,
    Frames,
    closest_approach,
    is_start,
    judge_start,
    members_of_runs,
    stretches,
)
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime.schedule import Schedule
from thermalcg.units import KB

pytestmark = pytest.mark.physics


@pytest.mark.parametrize(
    ("shape", "box", "mass", "text"),
    [
        ((4, 3), 1.5, 18.0, r"start has shape \(4, 3\); allowed: \(run, N, 3\)"),
        ((2, 4, 2), 1.5, 18.0, r"positions have shape \(2, 4, 2\)"),
        ((2, 4, 3), 0.0, 18.0, "positive edges"),
        ((2, 4, 3), 1.5, 0.0, "mass is 0.0 amu; allowed: a number > 0"),
        ((2, 4, 3), 1.5, np.array([1.0, 2.0]), "allowed: a number > 0, or one for each bead"),
        ((2, 4, 3), 1.5, np.array([1.0, 2.0, 0.0, 1.0]), "allowed: a number > 0, or one for each bead"),
    ],
)
def test_beads_that_cannot_be_are_refused(shape, box, mass, text):
    with pytest.raises(InputError, match=text):
        Beads(np.zeros(shape), box, mass)


def frames_at(kinetic_K, n_beads):
    """A frame of several runs with these kinetic temperatures."""
    velocity = np.sqrt(KB * np.array(kinetic_K) / MASS)[None, :, None, None] * np.ones((1, 1, n_beads, 3))
    return Frames(np.zeros_like(velocity), velocity, np.zeros((1, len(kinetic_K))))


def test_the_kinetic_temperature_is_that_of_the_velocities():
    assert frames_at([300.0, 150.0], 5).kinetic_temperature(MASS) == pytest.approx(np.array([[300.0, 150.0]]))


def test_a_temperature_that_runs_away_ends_a_run():
    """Three times the temperature, and beyond the noise of a few beads; a failure keeps its first reason."""
    bath, failure = friction_bath(5.0, MASS, 300.0, 0.04), [""] * 3 + ["force of 1e+07 kJ/mol/nm"]
    for _ in range(2):
        judge_start(failure, frames_at([300.0, 890.0, 910.0, 0.0], 64), bath)
    advice = (
        " in the first picosecond: try cg_md.timestep_fs of 20 or less (it is 40), or another force field"
    )
    assert failure == [
        "",
        "",
        "kinetic temperature of 910 K at 300 K" + advice,
        "force of 1e+07 kJ/mol/nm" + advice,
    ]
    few = [""]
    judge_start(few, frames_at([1000.0], 4), bath)
    assert few == [""]


def test_stretches_cover_the_frames_and_the_start_is_looked_at_frame_by_frame():
    schedule = Schedule.of(
        timestep_fs=8.0, equilibration_ps=1.0, production_ps=400.0, frame_interval_ps=0.2, checkpoint_ps=50.0
    )
    frames = schedule.segment(0)
    found = list(stretches(frames, schedule, 64))
    assert [frame for stretch in found for frame in stretch] == list(frames)
    early = [stretch for stretch in found if is_start(stretch, schedule)]
    assert [len(stretch) for stretch in early] == [1] * 5
    most = BEAD_STEPS_AT_ONCE / (64 * schedule.per_frame)
    assert max(map(len, found)) == pytest.approx(most, abs=1)
    # a large box is looked at after every frame
    assert all(len(stretch) == 1 for stretch in stretches(frames, schedule, 10**6))
    later = schedule.segment(1)
    assert not any(is_start(stretch, schedule) for stretch in stretches(later, schedule, 64))


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


def test_a_box_is_three_edges_and_a_cube_is_one():
    assert Beads(start(1), [1.5, 1.5, 2.0], MASS).box.tolist() == [1.5, 1.5, 2.0]
    with pytest.raises(InputError, match="tilted"):
        Beads(start(1), BOX * np.eye(3) + np.eye(3, k=1), MASS)
    for box in (BOX, [BOX] * 3, BOX * np.eye(3)):
        beads = Beads(start(1), box, MASS)
        assert beads.box == BOX


@pytest.mark.parametrize("shape", [(4, 3), (2, 4, 2)])
def test_the_closest_approach_is_one_of_a_run(shape):
    with pytest.raises(InputError, match=r"allowed: \(time, N, 3\)"):
        closest_approach(np.zeros(shape), 1.0)
    with pytest.raises(InputError, match="positive edges"):
        closest_approach(np.zeros((2, 4, 3)), 0.0)


def test_runs_are_shared_among_the_members():
    assert members_of_runs(5, 3).tolist() == [0, 0, 1, 1, 2]
    assert members_of_runs(2, 8).tolist() == [0, 1]


def test_runs_of_a_bootstrapped_ensemble_are_those_of_the_fit():
    assert members_of_runs(3, 12, bootstrapped=True).tolist() == [0, 0, 0]


def test_beads_of_a_mixture_have_their_masses_species_and_three_edges():
    run = hidden_mixture.trajectory(6, seed=1).assign_attrs(box_nm=np.array([1.5, 1.5, 3.0]))
    beads = Beads.of_run(run, 2)
    np.testing.assert_array_equal(beads.mass, run["bead_mass"])
    np.testing.assert_array_equal(beads.box, [1.5, 1.5, 3.0])
    assert beads.species.same(hidden_mixture.SPECIES)


def test_the_kinetic_temperature_of_beads_with_masses_of_their_own():
    """Of velocities with m v^2 = kB T in every component, it is T, whatever the masses."""
    mass = np.array([10.0, 20.0, 40.0])
    velocity = np.sqrt(KB * 300.0 / mass)[None, None, :, None] * np.ones((2, 1, 1, 3))
    frames = Frames(velocity, velocity, np.zeros((2, 1)))
    np.testing.assert_allclose(frames.kinetic_temperature(mass), 300.0)
