"""CG molecular dynamics in OpenMM with any trained potential, through ``PythonForce``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import openmm as mm
import xarray as xr

from thermalcg.geometry.inputs import checked_temperature
from thermalcg.geometry.periodic import wrap
from thermalcg.models.architecture import ForceField
from thermalcg.runtime import openmm_arrays
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, make_context
from thermalcg.runtime.progress import Progress
from thermalcg.runtime.schedule import RunSettings, Schedule
from thermalcg.runtime.segments import advance, run_segments, stacked
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.datasets import variable
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import KB, NS_PER_PS, SECONDS_PER_DAY

from .replicas import EARLY_PS, Beads, Replicas, closest_approach, make_cg_system

#: Makes force fields, each with the runs that it moves.
MakeGroups = Callable[[], list[tuple[ForceField, np.ndarray]]]


@dataclass(frozen=True)
class CGSettings(RunSettings):
    """One run, as in the section ``cg_md`` of the configuration.

    Attributes:
        temperature_tolerance: a run whose mean kinetic temperature is further off, as a share, is no data.
        overlap_nm: nor is one in which two beads come closer, nm.
    """

    temperature_tolerance: float
    overlap_nm: float


def run_cg_md(
    make_groups: MakeGroups,
    beads: Beads,
    temperature: float,
    settings: CGSettings,
    *,
    seed: int,
    members: np.ndarray,
    checkpoints: Checkpoints,
    label: str = "CG MD",
) -> xr.Dataset:
    """Run Langevin dynamics (middle scheme) of several independent runs.

    Args:
        make_groups: returns force fields with the runs that each moves (``groups_of_members``); called
            afresh for every segment, so that no neighbour list outlives one and a resumed run is the
            undisturbed one.
        beads: where each run starts, the box, and the mass of a bead.
        temperature: of the thermostat, K; the force fields are those of this temperature.
        settings: step, friction and lengths of each run, and what disqualifies it as data.
        seed: every random number of the runs is derived from it and the segment.
        members: ensemble member of each run, shape (run,); recorded only.
        checkpoints: keep each segment; the same call goes on where a killed run stopped.  They are left on
            disk: ``clear`` them when the dataset is written.
        label: names the runs in the log's lines of progress.

    Returns:
        The dataset ``cg/.../{T}.nc`` (``thermalcg.storage.declared``); a run that exploded is marked
        unhealthy and named in ``failure``.

    Raises:
        InputError: a temperature that is not positive.
    """
    temperature = checked_temperature(temperature)
    schedule, n_runs = settings.schedule, beads.n_runs
    total_ps, done_ps = (ps * n_runs for ps in (schedule.total_ps, schedule.done_ps(checkpoints.done)))
    with Progress.of_simulation(label, total_ps, done_ps) as progress:

        def segment(index: int, state: Arrays, frames: range) -> tuple[Arrays, Arrays]:
            replicas = Replicas(make_groups(), n_runs, beads.n_beads)
            replicas.failure = [str(text) for text in state["failure"]]
            integrator = mm.LangevinMiddleIntegrator(
                temperature, settings.friction_per_ps, schedule.timestep_ps
            )
            integrator.setRandomNumberSeed(derive_seed(seed, "cg", index))
            # the force is computed in Python; the platform only moves the beads
            context = make_context(
                make_cg_system(replicas, beads.mass, beads.box), integrator, REFERENCE_PLATFORM
            )
            context.setPositions(state["position"])
            context.setVelocities(state["velocity"])
            records = []
            for frame in advance(context, schedule, frames, progress, n_runs):
                record = _record(context, replicas, beads)
                if frame == 0 or (frame + 1) * schedule.frame_ps <= EARLY_PS:
                    replicas.judge_start(record["temperature"], temperature, settings.timestep_fs)
                if frame >= schedule.n_equilibration:
                    records.append(record)
            failure = {"failure": np.array(replicas.failure)}
            return openmm_arrays.phase_space(context) | failure, stacked(records)

        parts = run_segments(schedule, checkpoints, lambda: _initial_state(beads, temperature, seed), segment)
    failure = [str(text) for text in checkpoints.state()["failure"]]
    failure = health(parts, failure, temperature, beads.box, settings)
    data = _dataset(parts, beads, temperature, schedule, failure)
    return data.assign(member=variable(("run",), np.asarray(members), "1"))


def health(
    parts: Arrays, failure: list[str], temperature: float, box: float, settings: CGSettings
) -> list[str]:
    """Why each run may not be used as data; empty text where it may.

    Args:
        parts: what the runs recorded, ``temperature`` (time, run) and ``position`` (time, run, N, 3).
        failure: reasons found while they ran; empty text where there is none.
    """
    reasons = []
    for run, text in enumerate(failure):
        kinetic = float(parts["temperature"][:, run].mean())
        closest = closest_approach(parts["position"][:, run], box)
        if not text and abs(kinetic / temperature - 1) > settings.temperature_tolerance:
            text = f"kinetic temperature {kinetic:.1f} K at {temperature:g} K"
        if not text and closest < settings.overlap_nm:
            text = f"two beads {closest:.3f} nm apart; cg_md.overlap_nm is {settings.overlap_nm}"
        reasons.append(text)
    return reasons


def _initial_state(beads: Beads, temperature: float, seed: int) -> Arrays:
    """The beads where they start, with thermal velocities."""
    rng = np.random.default_rng(derive_seed(seed, "cg velocity"))
    position = beads.start.reshape(-1, 3)
    velocity = rng.normal(size=position.shape) * np.sqrt(KB * temperature / beads.mass)
    return {"position": position, "velocity": velocity, "failure": np.array([""] * beads.n_runs)}


def _record(context: mm.Context, replicas: Replicas, beads: Beads) -> Arrays:
    state = context.getState(positions=True, velocities=True, energy=True)
    velocity = openmm_arrays.velocities(state).reshape(replicas.shape)
    position = openmm_arrays.positions(state).reshape(replicas.shape)
    kinetic = 0.5 * beads.mass * (velocity**2).sum(axis=(1, 2))
    return {
        "position": wrap(position, beads.box).astype(np.float32),
        "temperature": 2 * kinetic / (3 * beads.n_beads * KB),
        "energy": replicas.energy.copy(),
    }


def _dataset(
    parts: Arrays, beads: Beads, temperature: float, schedule: Schedule, failure: list[str]
) -> xr.Dataset:
    dims, n_frames = ("run", "time"), len(parts["position"])
    total_ps = schedule.total_ps * beads.n_runs
    return xr.Dataset(
        {
            "position": variable((*dims, "bead", "axis"), np.swapaxes(parts["position"], 0, 1), "nm"),
            "temperature": variable(dims, parts["temperature"].T, "K"),
            "potential_energy": variable(dims, parts["energy"].T, "kJ/mol"),
            "healthy": variable(("run",), np.array([not text for text in failure], np.int8), "1"),
        },
        coords={"time": variable(("time",), schedule.frame_ps * (1 + np.arange(n_frames)), "ps")},
        attrs={
            "temperature_K": temperature,
            "box_nm": beads.box,
            "ns_per_day": total_ps / parts["wall_s"].sum() * SECONDS_PER_DAY * NS_PER_PS,
            "threads": 1,
            "failure": "; ".join(f"run {i}: {text}" for i, text in enumerate(failure) if text),
        },
    )
