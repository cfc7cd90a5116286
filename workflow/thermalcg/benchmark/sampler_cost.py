"""What fixing the mapped sites costs: anchored against ordinary steps, and samples per core-second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import openmm as mm
import pandas as pd

from thermalcg.analysis.speed import measure
from thermalcg.atomistic.water import (
    WaterBox,
    WaterModel,
    anchored_positions,
    anchored_system,
    lattice_configuration,
    ordinary_positions,
    ordinary_system,
)
from thermalcg.runtime.openmm_arrays import positions, velocities
from thermalcg.runtime.platforms import Compute, make_context, pin_to_one_core
from thermalcg.statistics import mean_ratio

#: What is stepped, the first being what the others are compared with.
KINDS = ("ordinary", "anchored com", "anchored oxygen", "ordinary with an idle particle")

#: Time step of all that is measured here, ps.
STEP_PS = 0.004


def step_costs(
    water: WaterModel, n_molecules: int, density: float, cutoff: float, temperature: float, rounds: int = 7
) -> pd.DataFrame:
    """Cost of a step of each kind over that of an ordinary one, one thread, alternating in one run.

    The idle particle sits in each molecule, takes part in nothing and shows what the fourth particle
    of a centre-of-mass anchor costs by itself.

    Returns:
        Columns molecules, what, ms_per_step, ratio, low, high.
    """
    box = water.box_length(n_molecules, density)
    atoms = relaxed(water, n_molecules, box, cutoff, temperature)
    steppers = {kind: (_stepper(kind, water, atoms, box, cutoff, temperature), 1.0) for kind in KINDS}
    table = measure(steppers, temperature, seconds=0.5, rounds=rounds)
    return pd.DataFrame(
        {
            "molecules": n_molecules,
            "what": table["what"],
            # at 1 fs a step, ns/day is steps a day over a million
            "ms_per_step": 86400e3 / (table["ns_per_day"] * 1e6),
            "ratio": 1 / table["ratio_to_all_atom"],
            "low": 1 / table["ratio_high"],
            "high": 1 / table["ratio_low"],
        }
    )


def throughput(
    water: WaterModel, n_molecules: int, density: float, cutoff: float, temperature: float, rounds: int = 4
) -> pd.DataFrame:
    """Conditional steps per second of the whole machine: a plain loop against pinned processes.

    The plain loop is one process that steps one context after the other with OpenMM's default threads;
    the other way is what the workflow does, a single-threaded process pinned to each core.

    Returns:
        Columns molecules, what, steps_per_s, ratio, low, high.
    """
    cores = len(os.sched_getaffinity(0))
    box = water.box_length(n_molecules, density)
    atoms = relaxed(water, n_molecules, box, cutoff, temperature)
    cases = {"plain loop": (1, 0), "pinned processes": (cores, 1)}
    speeds: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, (processes, threads) in cases.items():
            speeds[name].append(
                steps_per_second(water, atoms, box, cutoff, temperature, processes, threads=threads)
            )
    rows = []
    for name, values in speeds.items():
        ratio = mean_ratio(values, speeds["plain loop"])
        rows.append(
            {
                "molecules": n_molecules,
                "what": name,
                "steps_per_s": float(np.median(values)),
                "ratio": ratio.value,
                "low": ratio.low,
                "high": ratio.high,
            }
        )
    return pd.DataFrame(rows)


def relaxed(water: WaterModel, n: int, box: float, cutoff: float, temperature: float) -> np.ndarray:
    """A liquid configuration (O, H, H), a few ps from the lattice."""
    own = WaterBox(water, n, box, cutoff)
    atoms = lattice_configuration(own, np.random.default_rng(1))
    integrator = mm.LangevinMiddleIntegrator(temperature, 5.0, 0.002)
    context = make_context(ordinary_system(own), integrator, Compute("CPU"))
    context.setPositions(ordinary_positions(water, atoms).reshape(-1, 3))
    mm.LocalEnergyMinimizer.minimize(context, 10.0, 200)
    context.setVelocitiesToTemperature(temperature, 1)
    integrator.step(1000)
    position = positions(context.getState(positions=True))
    return position.reshape(n, -1, 3)[:, :3].copy()


def context_of(
    kind: str,
    water: WaterModel,
    atoms: np.ndarray,
    box: float,
    cutoff: float,
    temperature: float,
    *,
    threads: int,
    platform: str = "CPU",
    precision: str = "",
) -> mm.Context:
    """A context of one of ``KINDS`` at the positions ``atoms``, with velocities.

    Args:
        platform, threads, precision: see ``Compute``.
    """
    n, own = len(atoms), WaterBox(water, len(atoms), box, cutoff)
    if kind.startswith("anchored"):
        mapping = kind.split()[1]
        system = anchored_system(own, mapping)
        position = anchored_positions(water, mapping, atoms)
    else:
        system, position = ordinary_system(own), ordinary_positions(water, atoms)
        if kind != "ordinary":
            # beside the molecules, where an anchor would be, but free of all constraints and forces
            for _ in range(n):
                system.addParticle(0.0)
                system.getForce(0).addParticle(0.0, 1.0, 0.0)
            sites = anchored_positions(water, "com", atoms)[:, 0]
            position = np.concatenate([position.reshape(-1, 3), sites])
    integrator = mm.LangevinMiddleIntegrator(temperature, 1.0, STEP_PS)
    context = make_context(system, integrator, Compute(platform, threads, precision))
    context.setPositions(np.asarray(position).reshape(-1, 3))
    context.setVelocitiesToTemperature(temperature, 1)
    if kind.startswith("anchored"):
        velocity = velocities(context.getState(velocities=True))
        velocity.reshape(n, -1, 3)[:, 0] = 0
        context.setVelocities(velocity)
    return context


def _stepper(kind, water, atoms, box, cutoff, temperature):
    context = context_of(kind, water, atoms, box, cutoff, temperature, threads=1)

    def step(n: int) -> None:
        context.getIntegrator().step(n)
        context.getState(energy=True)

    return step


def steps_per_second(
    water: WaterModel,
    atoms: np.ndarray,
    box: float,
    cutoff: float,
    temperature: float,
    processes: int,
    *,
    threads: int,
    platform: str = "CPU",
    precision: str = "",
    kind: str = "anchored com",
    seconds: float = 2.0,
) -> float:
    """Run processes side by side, each with a context of its own, and add up their speeds.

    Args:
        seconds: what is timed, in all processes at once: a process that is ready waits for the others.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.npz"
        how = {"threads": threads, "platform": platform, "precision": precision}
        case = {"kind": kind, "box": box, "cutoff": cutoff, "temperature": temperature}
        np.savez(path, atoms=atoms, seconds=seconds, **case, **how)
        command = [
            sys.executable,
            "-m",
            "thermalcg.benchmark.sampler_cost",
            str(path),
            json.dumps(vars(water)),
        ]
        library = str(Path(__file__).resolve().parents[2])
        running = [
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": library},
            )
            for _ in range(processes)
        ]
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
    frame, water = np.load(sys.argv[1]), WaterModel(**json.loads(sys.argv[2]))
    threads = int(frame["threads"])
    if threads == 1:
        pin_to_one_core()
    context = context_of(
        str(frame["kind"]),
        water,
        frame["atoms"],
        *(float(frame[name]) for name in ("box", "cutoff", "temperature")),
        threads=threads,
        platform=str(frame["platform"]),
        precision=str(frame["precision"]),
    )
    context.getIntegrator().step(100)
    context.getState(energy=True)  # waits for asynchronous platforms
    print("ready", flush=True)
    sys.stdin.readline()
    seconds, steps, started = float(frame["seconds"]), 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        context.getIntegrator().step(20)
        context.getState(energy=True, forces=True)
        steps += 20
    print(steps / (time.perf_counter() - started))


if __name__ == "__main__":
    main()
