"""Frames are far enough apart, and test frames lie after everything that models are trained on."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.conditional.frames import TooFewFrames, evenly_spaced, select_frames, training_length
from thermalcg.statistics import decorrelation_time
from thermalcg.storage.datasets import variable

INTERVAL = 0.2


def trajectory(n_times):
    """A run whose positions are the index of their time."""
    rng = np.random.default_rng(1)
    position = np.broadcast_to(np.arange(n_times)[:, None, None, None], (n_times, 4, 3, 3)).astype(np.float32)
    return xr.Dataset(
        {
            "atom_position": variable(("time", "molecule", "atom", "axis"), position, "nm"),
            "potential_energy": variable(("time",), rng.normal(size=n_times), "kJ/mol"),
        },
        coords={
            "time": variable(("time",), INTERVAL * (1 + np.arange(n_times)), "ps"),
            "atom": ["O", "H1", "H2"],
        },
        attrs={"temperature_K": 300.0, "box_nm": 1.5},
    )


@pytest.mark.parametrize(("n_train", "n_test"), [(3, 2), (20, 5), (40, 10), (1, 0)])
def test_frames_are_as_many_and_as_far_apart_as_asked(n_train, n_test):
    frames = select_frames(trajectory(503), n_train, n_test, spacing_ps=2.0)
    assert frames.sizes["frame"] == n_train + n_test
    assert (np.diff(frames["time"]) >= 2.0 - 1e-9).all()
    assert frames["time"].values[-1] == pytest.approx(503 * INTERVAL)
    assert frames["time"].attrs["units"] == "ps"


def test_test_frames_end_the_run_and_training_frames_spread_over_the_part_before():
    frames = select_frames(trajectory(500), 8, 2, spacing_ps=1.0)
    time = frames["time"].values
    np.testing.assert_allclose(time[8:], [99.0, 100.0])
    np.testing.assert_allclose(np.diff(time[:8]), 98.0 / 8, atol=INTERVAL)
    # the last training frame ends its part, one spacing before the first test frame
    assert time[7] == pytest.approx(98.0)
    assert frames.attrs["spacing_ps"] == pytest.approx(1.0)


def test_without_training_frames_the_test_frames_are_the_same():
    both, tests = (select_frames(trajectory(503), n, 5, spacing_ps=2.0) for n in (12, 0))
    np.testing.assert_array_equal(tests["split"], np.ones(5))
    np.testing.assert_array_equal(tests["time"], both["time"][12:])
    np.testing.assert_array_equal(tests["atom_position"], both["atom_position"][12:])


@pytest.mark.parametrize(
    ("n_train", "n_test", "spacing"), [(7, 3, 2.0), (1, 4, 0.5), (18, 1, 4.9), (3, 2, 0.3)]
)
def test_the_training_part_ends_one_spacing_before_the_first_test_frame(n_train, n_test, spacing):
    run = trajectory(503)
    time = run["time"].values
    cut = training_length(time, n_test, spacing)
    frames = select_frames(run, n_train, n_test, spacing)
    train, test = (frames["time"].values[frames["split"].values == part] for part in (0, 1))
    assert train[-1] == pytest.approx(time[cut - 1])
    gap = test[0] - time[cut - 1]
    assert spacing - 1e-9 <= gap < spacing + INTERVAL
    np.testing.assert_allclose(np.diff(test), gap)


@pytest.mark.parametrize(
    ("n_test", "spacing", "length"), [(0, 2.0, 100), (3, 2.0, 70), (3, 1.9, 70), (20, 2.0, 0)]
)
def test_length_of_the_training_part(n_test, spacing, length):
    assert training_length(trajectory(100)["time"].values, n_test, spacing) == length


def test_each_frame_is_the_configuration_of_its_time():
    frames = select_frames(trajectory(503), 7, 3, spacing_ps=2.0)
    assert frames["atom_position"].dims == ("frame", "molecule", "atom", "axis")
    np.testing.assert_allclose(
        INTERVAL * (1 + frames["atom_position"].values[:, 0, 0, 0]), frames["time"], rtol=1e-6
    )


def test_the_split_is_contiguous_and_training_comes_first():
    frames = select_frames(trajectory(500), 7, 3, spacing_ps=2.0)
    np.testing.assert_array_equal(frames["split"], [0] * 7 + [1] * 3)
    assert (np.diff(frames["time"]) > 0).all()


def test_a_run_that_holds_exactly_the_frames_is_enough():
    frames = select_frames(trajectory(100), 8, 2, spacing_ps=2.0)
    np.testing.assert_allclose(np.diff(frames["time"]), 2.0)


def test_too_few_frames_are_refused_with_keys_and_numbers():
    with pytest.raises(TooFewFrames) as caught:
        select_frames(trajectory(100), 8, 3, spacing_ps=2.0)
    assert str(caught.value) == (
        "frames.train + frames.test is 11; the run of 20 ps holds 10 frames frames.spacing_ps = 2 ps apart"
    )


def test_attributes_say_where_the_frames_come_from():
    run = trajectory(400)
    attributes = select_frames(run, 3, 1, spacing_ps=2.0).attrs
    assert (attributes["temperature_K"], attributes["box_nm"]) == (300.0, 1.5)
    assert attributes["decorrelation_time_ps"] == decorrelation_time(run["potential_energy"].values, INTERVAL)


def test_evenly_spaced_starts_have_both_ends():
    assert evenly_spaced(4, 10).tolist() == [0, 3, 6, 9]
    assert evenly_spaced(1, 10).tolist() == [0]
    assert len(set(evenly_spaced(40, 100))) == 40
