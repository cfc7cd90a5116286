"""Cost of fixing the mapped sites: anchored against ordinary steps, and samples per core-second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import openmm as mm
import pandas as pd
from numpy.typing import ArrayLike

from thermalcg.analysis.speed import step_rates
from thermalcg.atomistic.water import (
    WaterBox,
    WaterModel,
    anchored_positions,
    anchored_system,
    lattice_configuration,
    ordinary_positions,
    ordinary_system,
)
from thermalcg.geometry.inputs import checked_temperature
from thermalcg.runtime.openmm_arrays import positions, velocities
from thermalcg.runtime.platforms import Compute, make_context, pin_to_one_core
from thermalcg.runtime.threads import available_cores
from thermalcg.statistics import mean_ratio

#: What is stepped; the others are compared with the first.
STEP_KINDS = ("ordinary", "anchored com", "anchored oxygen", "ordinary with an idle particle")

#: Time step of all that is measured here, ps.
STEP_PS = 0.004


@dataclass(frozen=True)
class Liquid:
    """A configuration of water from which steps are timed.

    Attributes:
        box: the molecules and their box.
        atoms: positions of (O, H, H), nm, shape (molecules, 3, 3).
        temperature: K.
    """

    box: WaterBox
    atoms: np.ndarray
    temperature: float

    @classmethod
    def relaxed(cls, box: WaterBox, temperature: float) -> Liquid:
        """A liquid a few ps from the lattice.

        Raises:
            InputError: a temperature that is not positive.
        """
        temperature = checked_temperature(temperature)
        atoms = lattice_configuration(box, np.random.default_rng(1))
        integrator = mm.LangevinMiddleIntegrator(temperature, 5.0, 0.002)
        context = make_context(ordinary_system(box), integrator, Compute("CPU"))
        context.setPositions(ordinary_positions(box.model, atoms).reshape(-1, 3))
        mm.LocalEnergyMinimizer.minimize(context, 10.0, 200)
        context.setVelocitiesToTemperature(temperature, 1)
        integrator.step(1000)
        position = positions(context.getState(positions=True))
        return cls(box, position.reshape(box.molecules, -1, 3)[:, :3].copy(), temperature)


def step_costs(box: WaterBox, temperature: float, rounds: int = 7) -> pd.DataFrame:
    """Cost of a step of each kind over that of an ordinary one, one thread, alternating in one run.

    The idle particle of the last kind sits in each molecule and takes part in nothing: it shows what the
    fourth particle of a centre-of-mass anchor costs by itself.

    Returns:
        Columns molecules, what, ms_per_step, ratio, low, high.
    """
    liquid = Liquid.relaxed(box, temperature)
    steppers = {kind: _stepper(kind, liquid) for kind in STEP_KINDS}
    costs = {kind: 1e3 / steps for kind, steps in step_rates(steppers, 0.5, rounds).items()}
    return _compared(costs, "ordinary", "ms_per_step", box)


def throughput(box: WaterBox, temperature: float, rounds: int = 4) -> pd.DataFrame:
    """Conditional steps per second of the whole machine: a plain loop against pinned processes.

    The plain loop is one process that steps one context after the other with OpenMM's default threads;
    the pinned processes are those of the workflow, a single-threaded one on each core.

    Returns:
        Columns molecules, what, steps_per_s, ratio, low, high.
    """
    cases = {"plain loop": (Compute("CPU", 0), 1), "pinned processes": (Compute("CPU"), available_cores())}
    return compare_throughput(Liquid.relaxed(box, temperature), cases, rounds)


def compare_throughput(
    liquid: Liquid,
    cases: Mapping[Hashable, tuple[Compute, int]],
    rounds: int = 3,
    *,
    kind: str = "anchored com",
    seconds: float = 2.0,
) -> pd.DataFrame:
    """Steps per second of processes together, measured in rounds, in which each case has its turn.

    Args:
        cases: where the processes of each run, and how many they are; the first is the base.
        rounds: at least 2.
        kind, seconds: of ``steps_per_second``.

    Returns:
        Columns molecules, what (the case), steps_per_s (the median), ratio, low, high (``mean_ratio``).
    """
    speeds: dict[Hashable, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, (compute, processes) in cases.items():
            speeds[name].append(steps_per_second(liquid, compute, processes, kind=kind, seconds=seconds))
    return _compared(speeds, next(iter(cases)), "steps_per_s", liquid.box)


def _compared(
    measured: Mapping[Hashable, ArrayLike], base: Hashable, column: str, box: WaterBox
) -> pd.DataFrame:
    """The median of each kind of measurement, and its ratio to the base, measured in the same rounds."""
    rows = []
    for what, values in measured.items():
        ratio = mean_ratio(values, measured[base])
        rows.append(
            {
                "molecules": box.molecules,
                "what": what,
                column: float(np.median(values)),
                "ratio": ratio.value,
                "low": ratio.low,
                "high": ratio.high,
            }
        )
    return pd.DataFrame(rows)


def context_of(kind: str, liquid: Liquid, compute: Compute) -> mm.Context:
    """A context of one of ``STEP_KINDS`` at the positions of a liquid, with velocities."""
    box, atoms = liquid.box, liquid.atoms
    if kind.startswith("anchored"):
        mapping = kind.split()[1]
        system = anchored_system(box, mapping)
        position = anchored_positions(box.model, mapping, atoms)
    else:
        system, position = ordinary_system(box), ordinary_positions(box.model, atoms)
        if kind != "ordinary":
            # beside the molecules, where an anchor would be, but free of all constraints and forces
            for _ in range(box.molecules):
                system.addParticle(0.0)
                system.getForce(0).addParticle(0.0, 1.0, 0.0)
            sites = anchored_positions(box.model, "com", atoms)[:, 0]
            position = np.concatenate([position.reshape(-1, 3), sites])
    integrator = mm.LangevinMiddleIntegrator(liquid.temperature, 1.0, STEP_PS)
    context = make_context(system, integrator, compute)
    context.setPositions(np.asarray(position).reshape(-1, 3))
    context.setVelocitiesToTemperature(liquid.temperature, 1)
    if kind.startswith("anchored"):
        velocity = velocities(context.getState(velocities=True))
        velocity.reshape(box.molecules, -1, 3)[:, 0] = 0
        context.setVelocities(velocity)
    return context


def _stepper(kind: str, liquid: Liquid):
    context = context_of(kind, liquid, Compute("CPU"))

    def step(n: int) -> None:
        context.getIntegrator().step(n)
        context.getState(energy=True)

    return step


def steps_per_second(
    liquid: Liquid,
    compute: Compute,
    processes: int,
    *,
    kind: str = "anchored com",
    seconds: float = 2.0,
) -> float:
    """Steps per second of several processes side by side, each with a context of its own, added up.

    Args:
        compute: of each process.
        kind: what is stepped, one of ``STEP_KINDS``.
        seconds: length of the timing, the same in all processes at once: those that are ready wait for the
            others.

    Raises:
        RuntimeError: a process failed.
    """
    case = {"kind": kind, "seconds": seconds, "temperature": liquid.temperature}
    case |= {"box": asdict(liquid.box), "compute": asdict(compute)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "atoms.npy"
        np.save(path, liquid.atoms)
        command = [sys.executable, "-m", "thermalcg.benchmark.sampler_cost", str(path), json.dumps(case)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
        running = [subprocess.Popen(command, **pipes) for _ in range(processes)]
        try:
            if all([process.stdout.readline() for process in running]):  # each says when it is ready
                for process in running:
                    process.stdin.write("go\n")
                    process.stdin.flush()
                results = [process.communicate(timeout=600 + seconds)[0] for process in running]
        finally:
            for process in running:
                process.kill()
                process.wait()
    if any(process.returncode for process in running):
        raise RuntimeError("a process of the throughput measurement failed; its message is in the log")
    return sum(float(text) for text in results)


def main() -> None:
    """One process of the throughput measurement: prints its steps per second."""
    atoms, case = np.load(sys.argv[1]), json.loads(sys.argv[2])
    box = WaterBox(**{**case["box"], "model": WaterModel(**case["box"]["model"])})
    compute = Compute(**case["compute"])
    if compute.threads == 1:
        pin_to_one_core()
    context = context_of(case["kind"], Liquid(box, atoms, case["temperature"]), compute)
    context.getIntegrator().step(100)
    context.getState(energy=True)  # waits for asynchronous platforms
    print("ready", flush=True)
    sys.stdin.readline()
    seconds, steps, started = case["seconds"], 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        context.getIntegrator().step(20)
        context.getState(energy=True, forces=True)
        steps += 20
    print(steps / (time.perf_counter() - started))


if __name__ == "__main__":
    main()
