"""The loop that all molecular dynamics shares: segments of a schedule, each kept on disk as it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import openmm as mm

from thermalcg.storage.checkpoints import Arrays, Checkpoints

from .progress import Progress
from .schedule import Schedule

#: Runs one segment: given its index, the state before it and its frames, returns the state after it and
#: what it recorded.
Segment = Callable[[int, Arrays, range], tuple[Arrays, Arrays]]


def run_segments(
    schedule: Schedule,
    checkpoints: Checkpoints,
    begin: Callable[[], Arrays],
    segment: Segment,
    keep_last: bool = True,
    joined: Callable[[Checkpoints], Arrays] = Checkpoints.parts,
) -> Arrays:
    """Run what is left of a schedule and return all that it recorded, with the ``wall_s`` of each segment.

    Args:
        begin: makes the state before the first step, where no segment is on disk yet.
        keep_last: keep the last segment on disk like the others.  Where records are large and the caller
            keeps what it makes of them, it may stay in memory.
        joined: makes one of what the segments on disk recorded.
    """
    state, part = checkpoints.state() if checkpoints.done else begin(), {}
    for index in range(checkpoints.done, schedule.n_segments):
        started = time.perf_counter()
        state, part = segment(index, state, schedule.segment(index))
        part["wall_s"] = np.array([time.perf_counter() - started])
        if keep_last or index + 1 < schedule.n_segments:
            checkpoints.save(state, part)
    parts = joined(checkpoints)
    if keep_last:
        return parts
    return {name: np.concatenate([parts[name], last]) if parts else last for name, last in part.items()}


def advance(
    context: mm.Context, schedule: Schedule, frames: range, progress: Progress | None, runs: int = 1
) -> Iterator[int]:
    """Step from frame to frame and yield the index of each when it is reached.

    Args:
        runs: independent runs in the context, all of which count as progress.
    """
    for index in frames:
        context.getIntegrator().step(schedule.per_frame)
        yield index
        if progress:
            progress.update(schedule.frame_ps * runs)


def stacked(records: list[Arrays]) -> Arrays:
    """Records of single frames, joined along a new first axis; empty where there are none."""
    return {name: np.stack([record[name] for record in records]) for name in records[0]} if records else {}
