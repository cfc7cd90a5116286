"""Speed of CG dynamics over that of the all-atom model, measured side by side in one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import openmm as mm
import pandas as pd

from thermalcg.atomistic.water import WaterBox, ordinary_positions, ordinary_system
from thermalcg.cg.baths import friction_bath
from thermalcg.cg.engines import EngineName, engines_of
from thermalcg.cg.langevin import initial_state
from thermalcg.cg.replicas import Beads
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.dynamics.generalized_langevin import draw_auxiliary, memory_bath
from thermalcg.geometry.inputs import checked_temperature
from thermalcg.models.potential import ThermalPotential
from thermalcg.runtime.platforms import Compute, make_context
from thermalcg.statistics import mean_ratio
from thermalcg.units import NS_PER_PS, PS_PER_FS, SECONDS_PER_DAY

#: Nanoseconds in a femtosecond.
NS_PER_FS = PS_PER_FS * NS_PER_PS

#: Ends the name of an architecture that runs with a memory kernel.
WITH_MEMORY = " with memory"

#: Frictions of the Langevin integrators, 1/ps; they have no influence on the speed.
ALL_ATOM_FRICTION, CG_FRICTION = 1.0, 5.0

#: Steps of each stepper before anything is timed.
WARM_UP_STEPS = 20


@dataclass(frozen=True)
class Stepper:
    """Makes steps of a simulation: ``stepper(n)`` makes n and waits until they are done.

    Attributes:
        make: makes n steps.
        timestep_fs: length of a step.
        runs: independent runs that each make the steps.
    """

    make: Callable[[int], object]
    timestep_fs: float
    runs: int = 1

    def __call__(self, n: int) -> None:
        self.make(n)


def all_atom_stepper(
    box: WaterBox,
    atoms: np.ndarray,
    temperature: float,
    timestep_fs: float,
    platform: str,
    *,
    threads: int = 1,
) -> Stepper:
    """Makes all-atom steps.

    Args:
        box: the molecules and their box.
        atoms: positions of (O, H, H), nm, shape (molecules, 3, 3).
        temperature: K.
        threads: of OpenMM's CPU platform.

    Raises:
        InputError: a temperature that is not positive, or atoms of another shape.
    """
    temperature, atoms = checked_temperature(temperature), box.checked_atoms(atoms)
    system = ordinary_system(box)
    integrator = mm.LangevinMiddleIntegrator(temperature, ALL_ATOM_FRICTION, timestep_fs * PS_PER_FS)
    context = make_context(system, integrator, Compute(platform, threads))
    context.setPositions(ordinary_positions(box.model, atoms).reshape(-1, 3))
    context.setVelocitiesToTemperature(temperature, 1)

    def make(n: int) -> None:
        integrator.step(n)
        context.getState(positions=True)  # waits for asynchronous platforms

    return Stepper(make, timestep_fs)


def cg_stepper(
    potential: ThermalPotential,
    beads: Beads,
    temperature: float,
    timestep_fs: float,
    memory: Embedding | None = None,
    *,
    friction: float = CG_FRICTION,
    engine: EngineName = "auto",
    threads: int = 1,
) -> Stepper:
    """Makes CG steps, with a memory kernel or with plain friction.

    Args:
        beads: at the start of every run.
        temperature: K.
        memory: kernel of the generalised Langevin dynamics; None for Langevin dynamics.
        friction: of Langevin dynamics, 1/ps.
        engine: see ``engines_of``.
        threads: most threads.
    """
    temperature, step = checked_temperature(temperature), timestep_fs * PS_PER_FS
    members = np.zeros(beads.n_runs, int)
    engines = engines_of([potential], members, beads.box, temperature, name=engine, threads=threads)
    state = initial_state(beads, temperature, seed=1)
    if memory is None:
        bath = friction_bath(friction, beads.mass, temperature, step)
    else:
        bath = memory_bath(memory, beads.mass, temperature, step)
        state["auxiliary"] = draw_auxiliary(bath, len(state["position"]), np.random.default_rng(1))
    moved = engines(beads, bath, state, 1)
    return Stepper(lambda n: moved.advance(1, n), timestep_fs, beads.n_runs)


def step_rates(
    steppers: Mapping[str, Callable[[int], None]], seconds: float = 0.6, rounds: int = 7
) -> dict[str, np.ndarray]:
    """Steps per second of each stepper, timed in turn so that a noisy machine disturbs them alike.

    Args:
        steppers: functions that make n steps, by name.
        seconds: length of a piece.
        rounds: pieces of each stepper.

    Returns:
        Of each round, shape (round,), by name.
    """
    lengths = {}
    for name, step in steppers.items():
        step(WARM_UP_STEPS)
        taken = _timed(step, WARM_UP_STEPS)
        lengths[name] = max(10, int(WARM_UP_STEPS * seconds / max(taken, 1e-6)))
    speeds: dict[str, list[float]] = {name: [] for name in steppers}
    for _ in range(rounds):
        for name, step in steppers.items():
            speeds[name].append(lengths[name] / _timed(step, lengths[name]))
    return {name: np.array(values) for name, values in speeds.items()}


def speed_table(steppers: Mapping[str, Stepper], temperature: float) -> pd.DataFrame:
    """The table ``speed.csv``: medians over the rounds, and how many times the speed of the first one.

    The 95 % interval of a ratio is Student's t on the logarithms of the rounds' ratios.

    Args:
        steppers: by name; the others are compared with the first.
        temperature: K, for the table.
    """
    speeds = {
        name: steps * steppers[name].timestep_fs * steppers[name].runs * NS_PER_FS * SECONDS_PER_DAY
        for name, steps in step_rates(steppers).items()
    }
    first = next(iter(speeds.values()))
    rows = []
    for name, values in speeds.items():
        ratio = mean_ratio(values, first)
        rows.append(
            {
                "what": name,
                "temperature_K": temperature,
                "ns_per_day": np.median(values),
                "stderr": np.std(values, ddof=1) / np.sqrt(len(values)),
                "ratio_to_all_atom": ratio.value,
                "ratio_low": ratio.low,
                "ratio_high": ratio.high,
                "threads": 1,
            }
        )
    return pd.DataFrame(rows)


def _timed(step: Callable[[int], None], n: int) -> float:
    started = time.perf_counter()
    step(n)
    return time.perf_counter() - started
