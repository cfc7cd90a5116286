"""A schedule in whole steps and frames."""

import pytest

from thermalcg.runtime.schedule import Schedule, frames_apart, frames_before_tests


def schedule(**changes):
    lengths = {
        "timestep_fs": 4.0,
        "equilibration_ps": 1.0,
        "production_ps": 2.0,
        "frame_interval_ps": 0.08,
        "checkpoint_ps": 0.8,
    }
    return Schedule.of(**(lengths | changes))


def test_lengths_become_whole_frames():
    s = schedule()
    assert (s.per_frame, s.n_equilibration, s.n_frames, s.per_segment) == (20, 12, 37, 10)
    assert s.frame_ps == pytest.approx(0.08)
    assert s.total_ps == pytest.approx(37 * 0.08)


def test_segments_cover_every_frame_once():
    s = schedule()
    assert s.n_segments == 4
    assert [i for k in range(s.n_segments) for i in s.segment(k)] == list(range(37))
    assert s.done_ps(1) == pytest.approx(0.8)
    assert s.done_ps(99) == pytest.approx(s.total_ps)


def test_a_short_checkpoint_interval_is_one_frame():
    assert schedule(checkpoint_ps=1e-6).per_segment == 1


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("timestep_fs", -4.0, "a number > 0"),
        ("timestep_fs", 0.0, "a number > 0"),
        ("production_ps", float("nan"), "a number > 0"),
        ("checkpoint_ps", 0.0, "a number > 0"),
        ("frame_interval_ps", 0.0, "a number > 0"),
        ("frame_interval_ps", 0.001, "at least the step, 4 fs"),
        ("equilibration_ps", -1.0, "a number >= 0"),
    ],
)
def test_times_that_cannot_be_are_named(key, value, allowed):
    with pytest.raises(ValueError, match=f"{key} is {value}; allowed: {allowed}"):
        schedule(**{key: value})


def test_a_run_may_begin_without_equilibration():
    assert schedule(equilibration_ps=0.0).n_equilibration == 0


@pytest.mark.parametrize(("spacing", "apart"), [(8.0, 80), (8.05, 81), (0.05, 1), (0.3, 3)])
def test_frames_are_whole_numbers_of_recorded_ones_apart(spacing, apart):
    assert frames_apart(spacing, 0.1) == apart
    assert frames_before_tests(1000, 5, apart) == 1000 - 5 * apart
    assert frames_before_tests(3, 5, apart) == 0
