"""CG molecular dynamics whose time has a meaning: with memory, with friction only, or with neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import openmm as mm

from thermalcg.cg.replicas import Replicas, make_cg_system
from thermalcg.models.architecture import ForceField
from thermalcg.runtime.openmm_arrays import phase_space
from thermalcg.runtime.platforms import REFERENCE, make_context
from thermalcg.runtime.progress import Progress
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import KB

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

#: A memory kernel, a friction in 1/ps, or neither.
Motion = Embedding | float | None


class UnstableDynamics(RuntimeError):
    """A run that exploded."""


@dataclass(frozen=True)
class DynamicsSettings:
    """Independent runs; times in ps except the step, which is in fs."""

    timestep_fs: float
    equilibration_ps: float
    production_ps: float
    correlation_ps: float
    displacement_ps: float
    checkpoint_ps: float


@dataclass(frozen=True)
class Motions:
    """What the runs of one case did.

    Attributes:
        interval: between lags, ps.
        vacf: <v_x(t) v_x(0)>, nm^2/ps^2, shape (run, lag).
        msd: nm^2, shape (run, lag of ``displacement_ps``).
        kinetic_temperature: K, shape (run,).
    """

    interval: float
    vacf: np.ndarray
    msd: np.ndarray
    kinetic_temperature: np.ndarray


def no_motions(settings: DynamicsSettings, n_runs: int) -> Motions:
    """What stands for the runs of a case that failed: not a number, in the shapes of one that did not."""
    step = settings.timestep_fs * 1e-3
    lags = (round(span / step) + 1 for span in (settings.correlation_ps, settings.displacement_ps))
    return Motions(step, *(np.full((n_runs, n), np.nan) for n in lags), np.full(n_runs, np.nan))


def run_dynamics(
    make_force_field: Callable[[], ForceField],
    motion: Motion,
    start: np.ndarray,
    box: float,
    mass: float,
    temperature: float,
    settings: DynamicsSettings,
    *,
    seed: int,
    checkpoints: Checkpoints,
    progress: Progress | None = None,
) -> Motions:
    """Independent runs of one force field, analysed relative to the centre of mass of the box.

    All come to their temperature in the same ordinary thermostat before the motion of interest begins; its
    auxiliary variables start in equilibrium.

    Args:
        make_force_field: called afresh for every segment, so that no neighbour list outlives one and a
            resumed run is the undisturbed one.
        motion: a memory kernel; a friction, 1/ps, for Langevin dynamics; None for no friction.
        start: nm, shape (run, N, 3).
        checkpoints: keep every segment but the last.
        progress: counts the ps of all runs.

    Raises:
        UnstableDynamics: a run exploded.
        KernelError: the time step is too long for the kernel.
    """
    n_runs, n_beads = start.shape[:2]
    step = settings.timestep_fs * 1e-3
    n_equilibration = round(settings.equilibration_ps / step)
    n_total = n_equilibration + round(settings.production_ps / step)
    per_segment = max(1, round(settings.checkpoint_ps / step))

    def tick() -> None:
        if progress:
            progress.update(step * n_runs)

    state = checkpoints.state() or _begin(motion, start, mass, temperature, seed)
    if progress:
        progress.skip(checkpoints.done * per_segment * step * n_runs)
    for first in range(checkpoints.done * per_segment, n_total, per_segment):
        last = min(first + per_segment, n_total)
        # production begins here, if in this segment
        border = min(max(first, n_equilibration), last)
        # a run in one segment has the seeds of the first
        own = derive_seed(seed, "segment", checkpoints.done) if first else seed
        integrator = _integrator(motion, mass, temperature, step, derive_seed(own, "noise"))
        replicas = Replicas([(make_force_field(), np.arange(n_runs))], n_runs, n_beads)
        # the force is computed in Python; the platform only moves the beads
        system = make_cg_system(replicas, mass, box)
        if first < border:
            thermostat = _langevin(temperature, START_FRICTION, step, derive_seed(own, "equilibration"))
            context = _context(system, thermostat, state)
            for _ in range(first, border):
                thermostat.step(1)
                tick()
            state = state | phase_space(context)
        context = _context(system, integrator, state)
        part = _record(context, last - border, start.shape, tick)
        if failed := [text for text in replicas.failure if text]:
            raise UnstableDynamics(f"{len(failed)} of {n_runs} runs at {temperature:g} K: {failed[0]}")
        if last < n_total:
            state = phase_space(context)
            if isinstance(motion, Embedding):
                state["auxiliary"] = get_auxiliary(integrator)
            # in single precision: the records of a large box take a lot of room
            checkpoints.save(state, {name: values.astype(np.float32) for name, values in part.items()})
    for name, earlier in checkpoints.parts().items():
        part[name] = np.concatenate([earlier, part[name]])
    position, velocity = (np.swapaxes(part[name], 0, 1) for name in ("position", "velocity"))
    freedom = 3 * (n_beads - 1)
    return Motions(
        step,
        correlate(velocity, velocity, round(settings.correlation_ps / step) + 1),
        mean_square_displacement(position, round(settings.displacement_ps / step) + 1),
        mass * (velocity**2).sum(axis=(2, 3)).mean(axis=1) / (freedom * KB),
    )


def _begin(motion: Motion, start: np.ndarray, mass: float, temperature: float, seed: int) -> Arrays:
    """The state before the first step; auxiliary variables wait there for the end of the equilibration."""
    rng = np.random.default_rng(derive_seed(seed, "start"))
    position = start.reshape(-1, 3)
    velocity = rng.normal(size=position.shape) * np.sqrt(KB * temperature / mass)
    state = {"position": position, "velocity": velocity}
    if isinstance(motion, Embedding):
        state["auxiliary"] = draw_auxiliary(motion, len(position), temperature, rng)
    return state


def _context(system: mm.System, integrator: mm.Integrator, state: Arrays) -> mm.Context:
    context = make_context(system, integrator, REFERENCE)
    context.setPositions(state["position"])
    context.setVelocities(state["velocity"])
    if isinstance(integrator, mm.CustomIntegrator):
        set_auxiliary(integrator, state["auxiliary"])
    return context


def _record(
    context: mm.Context, n_steps: int, shape: tuple[int, int, int], tick: Callable[[], None]
) -> Arrays:
    """Positions and velocities after every step, relative to their means over a box, shape (step, *shape)."""
    part = {name: np.empty((n_steps, *shape)) for name in ("position", "velocity")}
    for index in range(n_steps):
        context.getIntegrator().step(1)
        for name, values in phase_space(context).items():
            part[name][index] = values.reshape(shape)
        tick()
    for values in part.values():
        values -= values.mean(axis=2, keepdims=True)
    return part


def _integrator(motion: Motion, mass: float, temperature: float, step: float, seed: int) -> mm.Integrator:
    if isinstance(motion, Embedding):
        return generalized_langevin_integrator(motion, mass, temperature, step, seed)
    return _langevin(temperature, motion or WEAK_FRICTION, step, seed)


def _langevin(temperature: float, friction: float, step: float, seed: int) -> mm.LangevinMiddleIntegrator:
    integrator = mm.LangevinMiddleIntegrator(temperature, friction, step)
    integrator.setRandomNumberSeed(seed)
    return integrator


def vacf_error(vacf: np.ndarray, reference: np.ndarray) -> float:
    """L1 distance of two normalised velocity autocorrelations over that of the reference from zero."""
    own, exact = vacf / vacf[..., :1], reference / reference[..., :1]
    return float(np.abs(own - exact).sum() / np.abs(exact).sum())
