"""Speed of CG dynamics against the all-atom model it came from, measured in one run."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import openmm as mm
import pandas as pd

from thermalcg.atomistic.mapping import mapped_sites
from thermalcg.atomistic.water import WaterBox, WaterModel, ordinary_positions, ordinary_system
from thermalcg.cg.replicas import Replicas, make_cg_system
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.dynamics.generalized_langevin import generalized_langevin_integrator
from thermalcg.models.potential import ThermalPotential
from thermalcg.runtime.platforms import REFERENCE, Compute, make_context
from thermalcg.statistics import mean_ratio
from thermalcg.units import SECONDS_PER_DAY

#: Ends the name of an architecture that runs with a memory kernel.
WITH_MEMORY = " with memory"


def all_atom_stepper(
    box: WaterBox, atoms: np.ndarray, temperature: float, timestep_fs: float, platform: str
) -> Callable[[int], None]:
    """A function that makes so many all-atom steps."""
    system = ordinary_system(box)
    integrator = mm.LangevinMiddleIntegrator(temperature, 1.0, timestep_fs * 1e-3)
    context = make_context(system, integrator, Compute(platform))
    context.setPositions(ordinary_positions(box.model, atoms).reshape(-1, 3))
    context.setVelocitiesToTemperature(temperature, 1)
    return _stepper(context)


def cg_stepper(
    potential: ThermalPotential,
    water: WaterModel,
    mapping: str,
    atoms: np.ndarray,
    box: float,
    temperature: float,
    timestep_fs: float,
    memory: Embedding | None = None,
) -> Callable[[int], None]:
    """A function that makes so many CG steps of one replica, with a memory kernel or as a Langevin run."""
    replicas = Replicas([(potential.force_field(box, temperature), np.array([0]))], 1, len(atoms))
    if memory is None:
        integrator = mm.LangevinMiddleIntegrator(temperature, 5.0, timestep_fs * 1e-3)
    else:
        integrator = generalized_langevin_integrator(
            memory, water.mass, temperature, timestep_fs * 1e-3, seed=1
        )
    context = make_context(make_cg_system(replicas, water.mass, box), integrator, REFERENCE)
    context.setPositions(mapped_sites(water, mapping, atoms))
    context.setVelocitiesToTemperature(temperature, 1)
    return _stepper(context)


def measure(
    steppers: dict[str, tuple[Callable[[int], None], float]],
    temperature: float,
    seconds: float = 0.6,
    rounds: int = 7,
) -> pd.DataFrame:
    """Alternate between the steppers and compare, so that a noisy machine disturbs them alike.

    Args:
        steppers: name to (stepper, time step in fs); the first is what the others are compared with.
        seconds: of each piece.
        rounds: pieces of each.

    Returns:
        The table ``speed.csv``: medians over the rounds; the 95 % interval of a ratio is Student's t on
        the logarithms of the rounds' ratios.
    """
    lengths = {}
    for name, (step, _) in steppers.items():
        step(20)
        n, taken = 20, _timed(step, 20)
        lengths[name] = max(10, int(n * seconds / max(taken, 1e-6)))
    speeds: dict[str, list[float]] = {name: [] for name in steppers}
    for _ in range(rounds):
        for name, (step, timestep_fs) in steppers.items():
            taken = _timed(step, lengths[name])
            speeds[name].append(lengths[name] * timestep_fs * 1e-6 / taken * SECONDS_PER_DAY)
    first = next(iter(speeds.values()))
    rows = []
    for name, values in speeds.items():
        ratio = mean_ratio(values, first)
        rows.append(
            {
                "what": name,
                "temperature_K": temperature,
                "ns_per_day": np.median(values),
                "stderr": np.std(values, ddof=1) / np.sqrt(rounds),
                "ratio_to_all_atom": ratio.value,
                "ratio_low": ratio.low,
                "ratio_high": ratio.high,
                "threads": 1,
            }
        )
    return pd.DataFrame(rows)


def _stepper(context: mm.Context) -> Callable[[int], None]:
    def step(n: int) -> None:
        context.getIntegrator().step(n)
        context.getState(positions=True)  # waits for asynchronous platforms

    return step


def _timed(step: Callable[[int], None], n: int) -> float:
    started = time.perf_counter()
    step(n)
    return time.perf_counter() - started
