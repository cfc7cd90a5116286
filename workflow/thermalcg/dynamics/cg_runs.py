"""CG dynamics on a physical time scale: with a memory kernel, with constant friction, or without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import openmm as mm

from thermalcg.cg.replicas import EARLY_PS, Beads, Replicas, make_cg_system
from thermalcg.geometry.inputs import checked_temperature
from thermalcg.models.architecture import ForceField
from thermalcg.runtime.openmm_arrays import phase_space
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, make_context
from thermalcg.runtime.progress import Progress
from thermalcg.runtime.schedule import Schedule
from thermalcg.runtime.segments import advance, run_segments
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import KB, PS_PER_FS

from .correlation import correlate, mean_square_displacement
from .damped_cosines import Embedding
from .generalized_langevin import (
    draw_auxiliary,
    generalized_langevin_integrator,
    get_auxiliary,
    set_auxiliary,
)

#: Thermostat of the run without friction, 1/ps: too weak to slow the motion.
WEAK_FRICTION = 0.05

#: Thermostat in which every run comes to its temperature, 1/ps.
START_FRICTION = 5.0

#: What takes energy from the beads and gives it back as noise: a memory kernel, a constant friction in 1/ps
#: (Langevin dynamics), or None for nothing but the thermostat of ``WEAK_FRICTION``.
Dissipation = Embedding | float | None


class UnstableDynamics(RuntimeError):
    """A run that exploded."""


@dataclass(frozen=True)
class DynamicsSettings:
    """Length and recording of each run: keys of the section ``dynamics`` of the configuration.

    Attributes:
        record_fs: time step, fs; every step is recorded.
        equilibration_ps: in the thermostat of ``START_FRICTION``, not recorded, ps.
        production_ps: ps.
        memory_ps: longest lag of the velocity autocorrelation, ps.
        msd_window_ps: the second is the longest lag of the mean-square displacement, ps.
        checkpoint_ps: time between checkpoints, ps.
    """

    record_fs: float
    equilibration_ps: float
    production_ps: float
    memory_ps: float
    msd_window_ps: Sequence[float]
    checkpoint_ps: float

    @property
    def timestep_ps(self) -> float:
        """Time step and interval between lags, ps."""
        return self.record_fs * PS_PER_FS

    @property
    def run_ps(self) -> float:
        """Length of a run with its equilibration, ps."""
        return self.equilibration_ps + self.production_ps

    @property
    def n_lags(self) -> tuple[int, int]:
        """Numbers of lags of the velocity autocorrelation and of the displacement."""
        correlation, displacement = (
            round(span / self.timestep_ps) + 1 for span in (self.memory_ps, self.msd_window_ps[1])
        )
        return correlation, displacement

    @property
    def schedule(self) -> Schedule:
        """The schedule of a run, in which every step is a frame."""
        return Schedule.of(
            timestep_fs=self.record_fs,
            equilibration_ps=self.equilibration_ps,
            production_ps=self.production_ps,
            frame_interval_ps=self.timestep_ps,
            checkpoint_ps=self.checkpoint_ps,
        )


@dataclass(frozen=True)
class Motions:
    """How the beads of several runs moved, relative to the centre of mass of their box.

    Attributes:
        interval: between lags, ps.
        vacf: <v_x(t) v_x(0)>, nm^2/ps^2, shape (run, lag up to ``memory_ps``).
        msd: mean-square displacement, nm^2, shape (run, lag up to ``msd_window_ps[1]``).
        kinetic_temperature: K, shape (run,).
    """

    interval: float
    vacf: np.ndarray
    msd: np.ndarray
    kinetic_temperature: np.ndarray

    def arrays(self) -> Arrays:
        """What was recorded, by name."""
        return {"vacf": self.vacf, "msd": self.msd, "kinetic_temperature": self.kinetic_temperature}


def no_motions(settings: DynamicsSettings, n_runs: int) -> Motions:
    """Motions of runs that failed: NaN, in the shapes that runs which did not fail would have."""
    vacf, msd = (np.full((n_runs, n), np.nan) for n in settings.n_lags)
    return Motions(settings.timestep_ps, vacf, msd, np.full(n_runs, np.nan))


def run_dynamics(
    make_force_field: Callable[[], ForceField],
    dissipation: Dissipation,
    beads: Beads,
    temperature: float,
    settings: DynamicsSettings,
    *,
    seed: int,
    checkpoints: Checkpoints,
    progress: Progress | None = None,
) -> Motions:
    """The motion of independent runs of one force field.

    All runs come to their temperature in the same Langevin thermostat before the dynamics of interest
    begins, whose auxiliary variables start in equilibrium.

    Args:
        make_force_field: called afresh for every segment, so that no neighbour list outlives a segment and
            a resumed run gives the numbers of an undisturbed one.
        dissipation: a memory kernel, a constant friction in 1/ps, or None.
        beads: at the start of each run.
        temperature: K.
        seed: of velocities and noise.
        checkpoints: keep every segment but the last.
        progress: counts the ps of all runs.

    Raises:
        UnstableDynamics: a run exploded; in the first picosecond the message suggests a shorter time step.
        KernelError: the time step is too long for the kernel.
        InputError: a temperature that is not a positive number.
    """
    temperature = checked_temperature(temperature)
    schedule, n_runs = settings.schedule, beads.n_runs

    def judged(context: mm.Context, replicas: Replicas, frames: range) -> Iterator[int]:
        """Step from frame to frame; a run that fails in its first picosecond ends there."""
        for frame in advance(context, schedule, frames, progress, n_runs):
            if frame == 0 or (frame + 1) * schedule.frame_ps <= EARLY_PS:
                velocity = phase_space(context)["velocity"].reshape(beads.start.shape)
                kinetic = beads.mass * (velocity**2).sum(axis=(1, 2)) / (3 * beads.n_beads * KB)
                replicas.judge_start(kinetic, temperature, settings.record_fs, "dynamics.record_fs")
                _refuse_failure(replicas, temperature)
            yield frame

    if progress:
        progress.skip(schedule.done_ps(checkpoints.done) * n_runs)

    def segment(index: int, state: Arrays, frames: range) -> tuple[Arrays, Arrays]:
        # production begins here, if in this segment
        border = min(max(frames.start, schedule.n_equilibration), frames.stop)
        step = schedule.timestep_ps
        # a run in one segment has the seeds of the first
        own = derive_seed(seed, "segment", index) if index else seed
        integrator = _integrator(dissipation, beads.mass, temperature, step, derive_seed(own, "noise"))
        replicas = Replicas([(make_force_field(), np.arange(n_runs))], n_runs, beads.n_beads)
        # the force is computed in Python; the platform only moves the beads
        system = make_cg_system(replicas, beads.mass, beads.box)
        if frames.start < border:
            thermostat = _langevin(temperature, START_FRICTION, step, derive_seed(own, "equilibration"))
            context = _context(system, thermostat, state)
            for _ in judged(context, replicas, range(frames.start, border)):
                pass
            state = state | phase_space(context)
        context = _context(system, integrator, state)
        reached = judged(context, replicas, range(border, frames.stop))
        part = _record(context, reached, (frames.stop - border, *beads.start.shape))
        _refuse_failure(replicas, temperature)
        state = phase_space(context)
        if isinstance(dissipation, Embedding):
            state["auxiliary"] = get_auxiliary(integrator)
        if frames.stop < schedule.n_frames:
            # on disk in single precision: the records of a large box take a lot of room
            part = {name: values.astype(np.float32) for name, values in part.items()}
        return state, part

    def begin() -> Arrays:
        return _begin(dissipation, beads, temperature, seed)

    return _motions(run_segments(schedule, checkpoints, begin, segment, keep_last=False), beads, settings)


def _motions(record: Arrays, beads: Beads, settings: DynamicsSettings) -> Motions:
    """The motions of a record of positions and velocities, each of shape (step, run, N, 3)."""
    position, velocity = (np.swapaxes(record[name], 0, 1) for name in ("position", "velocity"))
    n_vacf, n_msd = settings.n_lags
    freedom = 3 * (beads.n_beads - 1)
    return Motions(
        settings.timestep_ps,
        correlate(velocity, velocity, n_vacf),
        mean_square_displacement(position, n_msd),
        beads.mass * (velocity**2).sum(axis=(2, 3)).mean(axis=1) / (freedom * KB),
    )


def _begin(dissipation: Dissipation, beads: Beads, temperature: float, seed: int) -> Arrays:
    """The state before the first step.

    The auxiliary variables are drawn here as well, and wait for the end of the equilibration.
    """
    rng = np.random.default_rng(derive_seed(seed, "start"))
    position = beads.start.reshape(-1, 3)
    velocity = rng.normal(size=position.shape) * np.sqrt(KB * temperature / beads.mass)
    state = {"position": position, "velocity": velocity}
    if isinstance(dissipation, Embedding):
        state["auxiliary"] = draw_auxiliary(dissipation, len(position), temperature, rng)
    return state


def _context(system: mm.System, integrator: mm.Integrator, state: Arrays) -> mm.Context:
    context = make_context(system, integrator, REFERENCE_PLATFORM)
    context.setPositions(state["position"])
    context.setVelocities(state["velocity"])
    if isinstance(integrator, mm.CustomIntegrator):
        set_auxiliary(integrator, state["auxiliary"])
    return context


def _refuse_failure(replicas: Replicas, temperature: float) -> None:
    """Raise ``UnstableDynamics`` if a replica has failed."""
    if failed := [text for text in replicas.failure if text]:
        raise UnstableDynamics(
            f"{len(failed)} of {len(replicas.failure)} runs at {temperature:g} K: {failed[0]}"
        )


def _record(context: mm.Context, reached: Iterable[int], shape: tuple[int, int, int, int]) -> Arrays:
    """Positions and velocities after every step, relative to their means over a box.

    Args:
        reached: steps from one record to the next.
        shape: (step, run, N, 3).
    """
    part = {name: np.empty(shape) for name in ("position", "velocity")}
    for index, _ in enumerate(reached):
        for name, values in phase_space(context).items():
            part[name][index] = values.reshape(shape[1:])
    for values in part.values():
        values -= values.mean(axis=2, keepdims=True)
    return part


def _integrator(
    dissipation: Dissipation, mass: float, temperature: float, step: float, seed: int
) -> mm.Integrator:
    if isinstance(dissipation, Embedding):
        return generalized_langevin_integrator(dissipation, mass, temperature, step, seed)
    return _langevin(temperature, dissipation or WEAK_FRICTION, step, seed)


def _langevin(temperature: float, friction: float, step: float, seed: int) -> mm.LangevinMiddleIntegrator:
    integrator = mm.LangevinMiddleIntegrator(temperature, friction, step)
    integrator.setRandomNumberSeed(seed)
    return integrator
