"""Compiled runs against runs in OpenMM and against themselves: motion, ensemble, threads, failures."""

import numpy as np
import pytest

from support import compiled_potential
from support.pair_gas import beads_apart
from support.soft_beads import BOX, MASS, N, T, start
from thermalcg.cg.baths import friction_bath
from thermalcg.cg.compiled_engine import BLOCK
from thermalcg.cg.engines import engines_of
from thermalcg.cg.langevin import CGSettings, run_cg_md
from thermalcg.cg.replicas import Beads
from thermalcg.geometry.neighbour_rows import FEW_BEADS
from thermalcg.geometry.periodic import minimum_image
from thermalcg.statistics import standard_error
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def engine(name, potential, beads, friction=5.0, step=0.008, seed=1, threads=1):
    engines = engines_of([potential], np.zeros(beads.n_runs, int), beads.box, T, name=name, threads=threads)
    rng = np.random.default_rng(0)
    position = beads.start.reshape(-1, 3)
    velocity = rng.normal(size=position.shape) * np.sqrt(KB * T / MASS)
    state = {"position": position, "velocity": velocity}
    return engines(beads, friction_bath(friction, MASS, T, step), state, seed)


def large(n=FEW_BEADS + 60, runs=1):
    """Beads enough for rows of neighbours, in a box of three edges."""
    edges = np.array([1.8, 2.0, 2.4])
    x = beads_apart(np.random.default_rng(4), n, 1.0, 0.13) * edges
    return Beads(np.repeat(x[None], runs, axis=0), edges, MASS)


@pytest.mark.parametrize("beads", [Beads(start(2), BOX, MASS), large()], ids=["few", "rows"])
def test_without_noise_beads_move_as_in_openmm(beads):
    """200 steps of 2 fs: the tables' error grows with time, and is still far below a bond's length."""
    found, exact = (
        engine(name, compiled_potential.potential(3), beads, friction=0.0, step=0.002).advance(10, 20)
        for name in ("compiled", "openmm")
    )
    moved = np.abs(exact.position[-1] - exact.position[0]).max()
    assert moved > 0.1
    np.testing.assert_allclose(found.position, exact.position, atol=1e-4)
    np.testing.assert_allclose(found.velocity, exact.velocity, atol=2e-3)
    np.testing.assert_allclose(found.energy, exact.energy, rtol=1e-3, atol=0.05)


@pytest.mark.parametrize("beads", [Beads(start(1), BOX, MASS), large()], ids=["few", "rows"])
def test_energy_is_conserved_without_a_bath(beads):
    """The drift over 10 ps is far below kB T a bead.  Velocities lag by half a step, hence the short one."""
    moved = engine("compiled", compiled_potential.potential(), beads, friction=0.0, step=0.001)
    frames = moved.advance(200, 50)
    kinetic = 0.5 * MASS * (frames.velocity**2).sum(axis=(2, 3))
    total, thermal = (frames.energy + kinetic)[:, 0], beads.n_beads * KB * T
    assert abs(np.polyfit(np.arange(200) * 0.05, total, 1)[0]) * 10 < 0.02 * thermal
    assert np.std(total) < 0.05 * thermal


def run(folder, name, runs=4, seed=1, threads=1, potential=None, beads=None, **changes):
    settings = {
        "timestep_fs": 8.0,
        "friction_per_ps": 5.0,
        "equilibration_ps": 5.0,
        "production_ps": 60.0,
        "frame_interval_ps": 0.2,
        "checkpoint_ps": 25.0,
        "temperature_tolerance": 0.1,
        "overlap_nm": 0.05,
    }
    beads = beads or Beads(start(runs), BOX, MASS)
    engines = engines_of(
        [potential or compiled_potential.potential(3)], np.zeros(beads.n_runs, int), beads.box, T,
        name=name, threads=threads,
    )  # fmt: skip
    return run_cg_md(
        engines, beads, T, CGSettings(**{**settings, **changes}), seed=seed,
        members=np.zeros(beads.n_runs), checkpoints=Checkpoints(folder, {}),
    )  # fmt: skip


def test_the_ensemble_is_that_of_openmm(tmp_path):
    """Mean energy, closest approach and kinetic temperature, each within four standard errors."""
    found, exact = (
        run(tmp_path / name, name, runs=8, seed=seed, production_ps=100.0)
        for name, seed in (("compiled", 1), ("openmm", 2))
    )
    for data in (found, exact):
        assert data["healthy"].values.all()

    def shortest(data):
        x = data["position"].values[:, ::10].astype(float)
        distance = np.sqrt((minimum_image(x[..., :, None, :] - x[..., None, :, :], BOX) ** 2).sum(axis=-1))
        distance += np.eye(N) * BOX
        return distance.min(axis=-1).mean(axis=(1, 2))

    for measure in (
        lambda data: data["potential_energy"].values.mean(axis=1),
        lambda data: data["temperature"].values.mean(axis=1),
        shortest,
    ):
        ours, theirs = measure(found), measure(exact)
        error = np.hypot(standard_error(ours), standard_error(theirs))
        assert abs(ours.mean() - theirs.mean()) < 4 * error
    # 4 x 500 frames half a correlation time apart: a percent
    kinetic = found["temperature"].values
    assert kinetic.mean() == pytest.approx(T, rel=0.01)
    assert kinetic.std() == pytest.approx(T * np.sqrt(2 / (3 * N)), rel=0.1)


def test_a_resumed_run_is_the_undisturbed_one_on_any_number_of_threads(tmp_path):
    whole = run(tmp_path / "whole", "compiled")
    run(tmp_path / "cut", "compiled", production_ps=20.0)
    assert Checkpoints(tmp_path / "cut", {}).done == 1
    resumed = run(tmp_path / "cut", "compiled", threads=3)
    for name in ("position", "temperature", "potential_energy"):
        np.testing.assert_array_equal(resumed[name].values, whole[name].values)


def test_a_run_does_not_depend_on_those_beside_it():
    beads = Beads(start(3), BOX, MASS)
    alone = Beads(beads.start[:1], BOX, MASS)
    together = engine("compiled", compiled_potential.potential(3), beads).advance(5, 20)
    single = engine("compiled", compiled_potential.potential(3), alone).advance(5, 20)
    np.testing.assert_array_equal(together.position[:, 0], single.position[:, 0])
    assert not np.array_equal(together.position[:, 0], together.position[:, 1])


def test_a_large_run_gives_the_same_numbers_on_several_threads():
    """More beads than a block: their forces are added in the same order on one thread and on three."""
    side = 13
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 3), -1).reshape(-1, 3) * 0.31
    assert len(grid) > BLOCK
    beads = Beads(grid[None], side * 0.31, MASS)
    one, three = (
        engine("compiled", compiled_potential.potential(3), beads, threads=threads) for threads in (1, 3)
    )
    for _ in range(2):
        ours, theirs = one.advance(3, 20), three.advance(3, 20)
        for mine, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(mine, other)
    assert one.failure == three.failure == [""]


def test_the_state_goes_on_where_the_run_was():
    beads = Beads(start(2), BOX, MASS)
    moved = engine("compiled", compiled_potential.potential(3), beads)
    frames = moved.advance(3, 10)
    state = moved.state()
    np.testing.assert_array_equal(state["position"].reshape(2, N, 3), frames.position[-1])
    np.testing.assert_array_equal(state["velocity"].reshape(2, N, 3), frames.velocity[-1])


@pytest.mark.parametrize("threads", [1, 2])
def test_runs_that_fail_say_why_and_the_others_go_on(threads):
    """Two beads in one another, and two beads at rest so close that they fly apart."""
    x = start(4)
    x[1, 5] = x[1, 6] + [0.03, 0, 0]
    x[2, 5] = x[2, 6] + [0.1, 0, 0]
    moved = engine("compiled", compiled_potential.potential(), Beads(x, BOX, MASS), threads=threads)
    frames = moved.advance(4, 25)
    assert moved.failure[0] == moved.failure[3] == ""
    assert moved.failure[1] == "two beads closer than 0.092 nm"
    assert moved.failure[2] == "a force of 1e+06 kJ/mol/nm or more"
    assert (frames.position[:, 1] == frames.position[0, 1]).all()
    assert (frames.energy[:, 1] == 0).all()
    assert (frames.energy[:, 0] != 0).all()
    # what has failed stays so
    still = moved.advance(2, 25)
    assert (still.position[:, 2] == frames.position[-1, 2]).all()


def test_failed_runs_are_no_data_and_are_not_taken_up_again(tmp_path):
    beads = Beads(start(2), BOX, MASS)
    beads.start[1, 5] = beads.start[1, 6] + [0.03, 0, 0]
    data = run(tmp_path, "compiled", beads=beads, production_ps=60.0)
    assert data["healthy"].values.tolist() == [1, 0]
    reason = "run 1: two beads closer than 0.092 nm in the first picosecond: try cg_md.timestep_fs"
    assert data.attrs["failure"].startswith(reason)


def test_too_long_a_step_is_named_with_a_shorter_one(tmp_path):
    data = run(tmp_path, "compiled", runs=2, timestep_fs=200.0, frame_interval_ps=0.2, production_ps=5.0)
    assert not data["healthy"].values.any()
    assert (
        "in the first picosecond: try cg_md.timestep_fs of 100 or less (it is 200)" in data.attrs["failure"]
    )


def test_energies_that_are_not_asked_for_change_nothing():
    beads = Beads(start(1), BOX, MASS)
    frames = [
        engine("compiled", compiled_potential.potential(3), beads).advance(3, 5, with_energy=wanted)
        for wanted in (True, False)
    ]
    np.testing.assert_array_equal(frames[0].position, frames[1].position)
    assert (frames[1].energy == 0).all()
