"""The loop of segments: whole schedules, resumed ones, frames and records."""

import numpy as np
import openmm as mm
import pytest

from thermalcg.runtime.platforms import REFERENCE_PLATFORM, make_context
from thermalcg.runtime.progress import Progress
from thermalcg.runtime.schedule import Schedule
from thermalcg.runtime.segments import advance, run_segments, stacked
from thermalcg.storage.checkpoints import Checkpoints

SCHEDULE = Schedule(timestep_ps=0.004, per_frame=5, n_equilibration=2, n_frames=7, per_segment=3)


def run(folder, killed_at=None, **options):
    calls = []

    def segment(index, state, frames):
        if index == killed_at:
            raise KeyboardInterrupt
        calls.append((index, float(state["x"])))
        return {"x": state["x"] + len(frames)}, {"frame": np.array(list(frames))}

    begin = lambda: {"x": np.array(100.0)}  # noqa: E731
    parts = run_segments(SCHEDULE, Checkpoints(folder, {}), begin, segment, **options)
    return parts, calls


def test_every_frame_is_run_once_from_the_state_before(tmp_path):
    parts, calls = run(tmp_path)
    assert parts["frame"].tolist() == list(range(7))
    assert calls == [(0, 100.0), (1, 103.0), (2, 106.0)]
    assert parts["wall_s"].shape == (3,)
    # all is on disk: nothing is run again
    again, calls = run(tmp_path)
    assert calls == []
    assert again["frame"].tolist() == list(range(7))


def test_a_killed_run_goes_on_with_the_segment_that_it_lost(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, killed_at=1)
    parts, calls = run(tmp_path)
    assert calls == [(1, 103.0), (2, 106.0)]
    assert parts["frame"].tolist() == list(range(7))


@pytest.mark.parametrize("killed_at", [None, 0, 1, 2])
def test_the_last_segment_may_stay_in_memory(killed_at, tmp_path):
    if killed_at is not None:
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, killed_at, keep_last=False)
    parts, calls = run(tmp_path, keep_last=False)
    assert [index for index, _ in calls] == list(range(killed_at or 0, 3))
    assert parts["frame"].tolist() == list(range(7))
    assert parts["wall_s"].shape == (3,)
    # the last segment is not on disk: it is run again
    again, calls = run(tmp_path, keep_last=False)
    assert calls == [(2, 106.0)]
    assert again["frame"].tolist() == list(range(7))


def test_advance_steps_from_frame_to_frame():
    system = mm.System()
    system.addParticle(1.0)
    context = make_context(system, mm.VerletIntegrator(0.004), REFERENCE_PLATFORM)
    context.setPositions(np.zeros((1, 3)))
    with Progress("test", 10.0, "ps") as progress:
        reached = [(i, context.getStepCount()) for i in advance(context, SCHEDULE, range(3, 6), progress, 2)]
    assert reached == [(3, 5), (4, 10), (5, 15)]
    assert progress.done == pytest.approx(2 * 3 * 0.02)


def test_records_are_stacked():
    assert stacked([]) == {}
    assert stacked([{"x": np.zeros(2)}, {"x": np.ones(2)}])["x"].tolist() == [[0, 0], [1, 1]]
