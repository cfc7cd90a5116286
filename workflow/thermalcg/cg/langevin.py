"""CG Langevin dynamics with any trained potential."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from thermalcg.geometry.inputs import checked_temperature
from thermalcg.geometry.periodic import wrap
from thermalcg.runtime.progress import Progress
from thermalcg.runtime.schedule import RunSettings, Schedule
from thermalcg.runtime.segments import run_segments
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.datasets import variable
from thermalcg.storage.files import scratch_array
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import KB, NS_PER_PS, SECONDS_PER_DAY

from .baths import friction_bath
from .replicas import Beads, Engines, Frames, closest_approach, is_start, judge_start, stretches


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
    engines: Engines,
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
        engines: make what moves the beads (``engines.engines_of``); each segment has its own.
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
    bath = friction_bath(settings.friction_per_ps, beads.mass, temperature, schedule.timestep_ps)
    total_ps, done_ps = (ps * n_runs for ps in (schedule.total_ps, schedule.done_ps(checkpoints.done)))
    with Progress.of_simulation(label, total_ps, done_ps) as progress:

        def segment(index: int, state: Arrays, frames: range) -> tuple[Arrays, Arrays]:
            engine = engines(beads, bath, state, derive_seed(seed, "cg", index))
            engine.failure = [str(text) for text in state["failure"]]
            records = []
            for stretch in stretches(frames, schedule, beads.n_beads):
                found = engine.advance(len(stretch), schedule.per_frame)
                if is_start(stretch, schedule):
                    judge_start(engine.failure, found, bath)
                records.append(_record(found, stretch, schedule, beads))
                progress.update(len(stretch) * schedule.frame_ps * n_runs)
            state = engine.state() | {"failure": np.array(engine.failure)}
            return state, {name: np.concatenate([r[name] for r in records]) for name in records[0]}

        parts = run_segments(
            schedule,
            checkpoints,
            lambda: initial_state(beads, temperature, seed),
            segment,
            joined=lambda done: _joined(done, schedule, beads),
        )
    failure = [str(text) for text in checkpoints.state()["failure"]]
    failure = health(parts, failure, temperature, beads.box, settings)
    data = _dataset(parts, beads, temperature, schedule, failure)
    if beads.species is not None:
        data = beads.species.recorded(data)
    return data.assign(member=variable(("run",), np.asarray(members), "1"))


def health(
    parts: Arrays, failure: list[str], temperature: float, box: float | np.ndarray, settings: CGSettings
) -> list[str]:
    """Why each run may not be used as data; empty text where it may.

    Args:
        parts: what the runs recorded, ``temperature`` (time, run) and ``position`` (run, time, N, 3).
        failure: reasons found while they ran; empty text where there is none.
    """
    reasons = []
    for run, text in enumerate(failure):
        kinetic = float(parts["temperature"][:, run].mean())
        closest = closest_approach(parts["position"][run], box)
        if not text and abs(kinetic / temperature - 1) > settings.temperature_tolerance:
            text = f"kinetic temperature {kinetic:.1f} K at {temperature:g} K"
        if not text and closest < settings.overlap_nm:
            text = f"two beads {closest:.3f} nm apart; cg_md.overlap_nm is {settings.overlap_nm}"
        reasons.append(text)
    return reasons


def initial_state(beads: Beads, temperature: float, seed: int) -> Arrays:
    """The beads where they start, with thermal velocities."""
    rng = np.random.default_rng(derive_seed(seed, "cg velocity"))
    position = beads.start.reshape(-1, 3)
    # a number, or a column with a mass for each bead of each run
    mass = np.tile(beads.mass, beads.n_runs)[:, None] if np.ndim(beads.mass) else beads.mass
    velocity = rng.normal(size=position.shape) * np.sqrt(KB * temperature / mass)
    return {"position": position, "velocity": velocity, "failure": np.array([""] * beads.n_runs)}


def _record(found: Frames, stretch: range, schedule: Schedule, beads: Beads) -> Arrays:
    """What is kept of a stretch of frames: nothing of the equilibration."""
    kept = slice(max(0, schedule.n_equilibration - stretch.start), None)
    return {
        "position": wrap(found.position[kept], beads.box).astype(np.float32),
        "temperature": found.kinetic_temperature(beads.mass)[kept],
        "energy": found.energy[kept],
    }


def _joined(checkpoints: Checkpoints, schedule: Schedule, beads: Beads) -> Arrays:
    """What all segments recorded; positions (run, time, N, 3) lie on disk, so that memory does not grow."""
    shape = beads.n_runs, schedule.n_frames - schedule.n_equilibration, beads.n_beads, 3
    # beside the checkpoints, whose folder is removed while the positions are still read
    position, others, done = scratch_array(checkpoints.folder.parent, shape, np.float32), [], 0
    for part in checkpoints.each_part():
        found = part.pop("position")
        position[:, done : done + len(found)] = np.swapaxes(found, 0, 1)
        others.append(part)
        done += len(found)
    if done != position.shape[1]:
        raise OSError(f"{checkpoints.folder}: {done} of {position.shape[1]} frames; remove it and run again")
    return {"position": position} | {k: np.concatenate([part[k] for part in others]) for k in others[0]}


def _dataset(
    parts: Arrays, beads: Beads, temperature: float, schedule: Schedule, failure: list[str]
) -> xr.Dataset:
    dims, n_frames = ("run", "time"), parts["position"].shape[1]
    total_ps = schedule.total_ps * beads.n_runs
    return xr.Dataset(
        {
            "position": variable((*dims, "bead", "axis"), parts["position"], "nm"),
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
