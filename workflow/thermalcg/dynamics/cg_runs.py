"""CG dynamics on a physical time scale: with a memory kernel, with constant friction, or without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from thermalcg.cg.baths import Bath, friction_bath
from thermalcg.cg.replicas import Beads, Engine, Engines, Frames, is_start, judge_start, stretches
from thermalcg.geometry.inputs import checked_temperature
from thermalcg.runtime.progress import Progress
from thermalcg.runtime.schedule import Schedule
from thermalcg.runtime.segments import run_segments
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import KB, PS_PER_FS

from .correlation import correlate, mean_square_displacement
from .damped_cosines import Embedding
from .generalized_langevin import draw_auxiliary, memory_bath

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
    engines: Engines,
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
        engines: make what moves the beads (``cg.engines.engines_of``); each segment has its own.
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
    step = schedule.timestep_ps
    start = friction_bath(START_FRICTION, beads.mass, temperature, step)
    bath = _bath(dissipation, beads.mass, temperature, step)

    def reached(engine: Engine, bath: Bath, frames: range) -> Iterator[Frames]:
        """Frame after frame; a run that fails ends there."""
        for stretch in stretches(frames, schedule, beads.n_beads):
            found = engine.advance(len(stretch), schedule.per_frame, with_energy=False)
            if is_start(stretch, schedule):
                judge_start(engine.failure, found, bath, key="dynamics.record_fs")
            _refuse_failure(engine.failure, temperature)
            if progress:
                progress.update(len(stretch) * schedule.frame_ps * n_runs)
            yield found

    if progress:
        progress.skip(schedule.done_ps(checkpoints.done) * n_runs)

    def segment(index: int, state: Arrays, frames: range) -> tuple[Arrays, Arrays]:
        # production begins here, if in this segment
        border = min(max(frames.start, schedule.n_equilibration), frames.stop)
        # a run in one segment has the seeds of the first
        own = derive_seed(seed, "segment", index) if index else seed
        if frames.start < border:
            engine = engines(beads, start, state, derive_seed(own, "equilibration"))
            for _ in reached(engine, start, range(frames.start, border)):
                pass
            state = state | engine.state()
        engine = engines(beads, bath, state, derive_seed(own, "noise"))
        shape = (frames.stop - border, *beads.start.shape)
        # on disk in single precision: the records of a large box take a lot of room
        kind = np.float32 if frames.stop < schedule.n_frames else float
        part = _record(reached(engine, bath, range(border, frames.stop)), shape, kind)
        return engine.state(), part

    def begin() -> Arrays:
        return _begin(bath, beads, seed)

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


def _begin(bath: Bath, beads: Beads, seed: int) -> Arrays:
    """The state before the first step.

    The auxiliary variables are drawn here as well, and wait for the end of the equilibration.
    """
    rng = np.random.default_rng(derive_seed(seed, "start"))
    position = beads.start.reshape(-1, 3)
    velocity = rng.normal(size=position.shape) * np.sqrt(KB * bath.temperature / beads.mass)
    state = {"position": position, "velocity": velocity}
    if bath.n_auxiliary:
        state["auxiliary"] = draw_auxiliary(bath, len(position), rng)
    return state


def _bath(dissipation: Dissipation, mass: float, temperature: float, step: float) -> Bath:
    if isinstance(dissipation, Embedding):
        return memory_bath(dissipation, mass, temperature, step)
    return friction_bath(dissipation or WEAK_FRICTION, mass, temperature, step)


def _refuse_failure(failure: list[str], temperature: float) -> None:
    """Raise ``UnstableDynamics`` if a run has failed."""
    if failed := [text for text in failure if text]:
        raise UnstableDynamics(f"{len(failed)} of {len(failure)} runs at {temperature:g} K: {failed[0]}")


def _record(reached: Iterable[Frames], shape: tuple[int, int, int, int], kind: type) -> Arrays:
    """Positions and velocities after every step, relative to their means over a box.

    Args:
        reached: what an engine records.
        shape: (step, run, N, 3).
        kind: of the numbers that are kept.
    """
    part = {name: np.empty(shape, kind) for name in ("position", "velocity")}
    done = 0
    for frames in reached:
        for name, kept in part.items():
            values = getattr(frames, name)
            kept[done : done + len(values)] = values - values.mean(axis=2, keepdims=True)
        done += len(frames.energy)
    return part
