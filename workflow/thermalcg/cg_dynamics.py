"""CG molecular dynamics whose time has a meaning: with memory, with friction only, or with neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import openmm as mm

from .architectures.base import ForceField
from .cg_md import Replicas, make_cg_system
from .correlation import correlate, mean_square_displacement
from .datasets import derive_seed
from .embedding import Embedding
from .generalized_langevin import draw_auxiliary, generalized_langevin_integrator
from .platforms import make_context
from .units import KB

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
) -> Motions:
    """Independent runs of one force field, analysed relative to the centre of mass of the box.

    All come to their temperature in the same ordinary thermostat before the motion of interest begins; its
    auxiliary variables start in equilibrium.

    Args:
        motion: a memory kernel; a friction, 1/ps, for Langevin dynamics; None for no friction.
        start: nm, shape (run, N, 3).

    Raises:
        UnstableDynamics: a run exploded.
        KernelError: the time step is too long for the kernel.
    """
    n_runs, n_beads = start.shape[:2]
    step = settings.timestep_fs * 1e-3
    replicas = Replicas([(make_force_field(), np.arange(n_runs))], n_runs, n_beads)
    # the force is computed in Python; the platform only moves the beads
    system = make_cg_system(replicas, mass, box)
    rng = np.random.default_rng(derive_seed(seed, "start"))
    context = make_context(
        system,
        _langevin(temperature, START_FRICTION, step, derive_seed(seed, "equilibration")),
        "Reference",
        1,
    )
    context.setPositions(start.reshape(-1, 3))
    context.setVelocities(rng.normal(size=(n_runs * n_beads, 3)) * np.sqrt(KB * temperature / mass))
    context.getIntegrator().step(round(settings.equilibration_ps / step))
    begin = context.getState(positions=True, velocities=True)

    noise = derive_seed(seed, "noise")
    if isinstance(motion, Embedding):
        integrator = generalized_langevin_integrator(motion, mass, temperature, step, noise)
    else:
        integrator = _langevin(temperature, motion or WEAK_FRICTION, step, noise)
    context = make_context(system, integrator, "Reference", 1)
    context.setPositions(begin.getPositions())
    context.setVelocities(begin.getVelocities())
    if isinstance(motion, Embedding):
        draw_auxiliary(integrator, n_runs * n_beads, temperature, rng)

    n_records = round(settings.production_ps / step)
    position = np.empty((n_records, n_runs, n_beads, 3))
    velocity = np.empty_like(position)
    for index in range(n_records):
        integrator.step(1)
        state = context.getState(positions=True, velocities=True)
        position[index] = state.getPositions(asNumpy=True)._value.reshape(n_runs, n_beads, 3)
        velocity[index] = state.getVelocities(asNumpy=True)._value.reshape(n_runs, n_beads, 3)
    if failed := [text for text in replicas.failure if text]:
        raise UnstableDynamics(f"{len(failed)} of {n_runs} runs at {temperature:g} K: {failed[0]}")
    for array in (position, velocity):
        array -= array.mean(axis=2, keepdims=True)
    position, velocity = np.swapaxes(position, 0, 1), np.swapaxes(velocity, 0, 1)
    freedom = 3 * (n_beads - 1)
    return Motions(
        step,
        correlate(velocity, velocity, round(settings.correlation_ps / step) + 1),
        mean_square_displacement(position, round(settings.displacement_ps / step) + 1),
        mass * (velocity**2).sum(axis=(2, 3)).mean(axis=1) / (freedom * KB),
    )


def _langevin(temperature: float, friction: float, step: float, seed: int) -> mm.LangevinMiddleIntegrator:
    integrator = mm.LangevinMiddleIntegrator(temperature, friction, step)
    integrator.setRandomNumberSeed(seed)
    return integrator


def vacf_error(vacf: np.ndarray, reference: np.ndarray) -> float:
    """L1 distance of two normalised velocity autocorrelations over that of the reference from zero."""
    own, exact = vacf / vacf[..., :1], reference / reference[..., :1]
    return float(np.abs(own - exact).sum() / np.abs(exact).sum())
