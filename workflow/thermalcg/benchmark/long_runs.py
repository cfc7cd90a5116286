"""Long CG runs: whether one of them explodes, and whether their mean energy drifts.

Only energies and kinetic temperatures are kept.  Positions are asked for a stretch of frames at a time, and
given up with it, so that the memory of a run does not grow with its length.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.cg.baths import friction_bath
from thermalcg.cg.langevin import initial_state
from thermalcg.cg.replicas import Beads, Engines, is_start, judge_start, stretches
from thermalcg.runtime.progress import Progress
from thermalcg.runtime.schedule import RunSettings
from thermalcg.runtime.segments import run_segments
from thermalcg.statistics import standard_error, student_width
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.datasets import variable
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import NS_PER_PS


def run_long(
    engines: Engines,
    beads: Beads,
    temperature: float,
    settings: RunSettings,
    *,
    seed: int,
    checkpoints: Checkpoints,
) -> xr.Dataset:
    """Energies of independent Langevin runs of any length.

    Args:
        engines: make what moves the beads (``cg.engines.engines_of``); each segment has its own.
        beads: where each run starts, the box, and the mass of a bead.
        temperature: of thermostat and potential, K.
        settings: step, friction and lengths.
        seed: every random number of the runs is derived from it and the segment.
        checkpoints: keep each segment; the same call goes on where a killed run stopped.

    Returns:
        The dataset ``engine/long_runs/{T}.nc``.
    """
    schedule = settings.schedule
    bath = friction_bath(settings.friction_per_ps, beads.mass, temperature, schedule.timestep_ps)
    total_ps, done_ps = (ps * beads.n_runs for ps in (schedule.total_ps, schedule.done_ps(checkpoints.done)))
    with Progress.of_simulation(f"long runs {temperature:g} K", total_ps, done_ps) as progress:

        def segment(index: int, state: Arrays, frames: range) -> tuple[Arrays, Arrays]:
            engine = engines(beads, bath, state, derive_seed(seed, "long", index))
            engine.failure = [str(text) for text in state["failure"]]
            energy, kinetic = [], []
            for stretch in stretches(frames, schedule, beads.n_beads):
                found = engine.advance(len(stretch), schedule.per_frame)
                if is_start(stretch, schedule):
                    judge_start(engine.failure, found, bath)
                kept = slice(max(0, schedule.n_equilibration - stretch.start), None)
                energy.append(found.energy[kept])
                kinetic.append(found.kinetic_temperature(beads.mass)[kept])
                progress.update(len(stretch) * schedule.frame_ps * beads.n_runs)
            after = engine.state() | {"failure": np.array(engine.failure)}
            return after, {"energy": np.concatenate(energy), "temperature": np.concatenate(kinetic)}

        begin = initial_state(beads, temperature, seed)
        parts = run_segments(schedule, checkpoints, lambda: begin, segment)
    failure = [str(text) for text in checkpoints.state()["failure"]]
    time = schedule.frame_ps * (1 + np.arange(len(parts["energy"])))
    return xr.Dataset(
        {
            "potential_energy": variable(("run", "time"), parts["energy"].T, "kJ/mol"),
            "temperature": variable(("run", "time"), parts["temperature"].T, "K"),
            "healthy": variable(("run",), np.array([not text for text in failure], np.int8), "1"),
        },
        coords={"time": variable(("time",), time, "ps")},
        attrs={
            "temperature_K": temperature,
            "beads": beads.n_beads,
            "timestep_fs": settings.timestep_fs,
            "failure": "; ".join(f"run {i}: {text}" for i, text in enumerate(failure) if text),
        },
    )


def long_runs_table(runs: Iterable[xr.Dataset]) -> pd.DataFrame:
    """The table ``long_runs.csv``: failures, and the mean energies of the first and the last half.

    The drift is the mean over runs of the difference of their halves, its error the scatter over runs.
    ``steady`` is 1 where no run failed and zero is within the 95 % interval of the drift (Student's t).

    Args:
        runs: datasets of ``run_long``, one for each temperature.
    """
    return pd.DataFrame([_row(data) for data in runs])


def _row(data: xr.Dataset) -> dict[str, float]:
    healthy = data["healthy"].values.astype(bool)
    energy = data["potential_energy"].values[healthy] / data.attrs["beads"]
    row = {
        "temperature_K": data.attrs["temperature_K"],
        "timestep_fs": data.attrs["timestep_fs"],
        "runs": len(healthy),
        "run_ns": float(data["time"].values[-1]) * NS_PER_PS,
        "failed": int((~healthy).sum()),
    }
    if len(energy) < 2:
        return row | dict.fromkeys(_MEASURED, np.nan) | {"steady": 0}
    middle = energy.shape[1] // 2
    halves = np.stack([energy[:, :middle].mean(axis=1), energy[:, middle:].mean(axis=1)])
    drifts = halves[1] - halves[0]
    drift, error = float(drifts.mean()), float(standard_error(drifts))
    values = (
        float(data["temperature"].values[healthy].mean()),
        *(x for half in halves for x in (float(half.mean()), float(standard_error(half)))),
        drift,
        error,
        drift / error,
    )
    steady = healthy.all() and abs(drift) <= student_width(len(drifts) - 1) * error
    return row | dict(zip(_MEASURED, values, strict=True)) | {"steady": int(steady)}


_MEASURED = (
    "kinetic_temperature_K",
    "first_half_kJ_per_mol",
    "first_half_stderr",
    "last_half_kJ_per_mol",
    "last_half_stderr",
    "drift_kJ_per_mol",
    "drift_stderr",
    "drift_over_stderr",
)
