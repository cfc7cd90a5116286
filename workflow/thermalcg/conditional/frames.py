"""Choice of decorrelated configurations to be labelled."""

from __future__ import annotations

import numpy as np
import xarray as xr

from thermalcg.runtime.schedule import frames_apart, frames_before_tests
from thermalcg.statistics import decorrelation_time
from thermalcg.storage.datasets import variable


class TooFewFrames(ValueError):
    """The trajectory does not hold as many frames as asked for."""


def evenly_spaced(n: int, available: int) -> np.ndarray:
    """Indices of n evenly spaced items among ``available``, the first and the last included."""
    return np.linspace(0, available - 1, n).round().astype(int)


def training_length(time: np.ndarray, n_test: int, spacing_ps: float) -> int:
    """Number of frames of a trajectory that models may be trained on; the rest is for tests.

    Test frames come from the end of the run, one spacing apart.  The first of them comes one spacing after
    the last configuration that any model is trained on.

    Args:
        time: of the trajectory's frames, ps.
    """
    return frames_before_tests(len(time), n_test, _stride(time, spacing_ps))


def select_frames(trajectory: xr.Dataset, n_train: int, n_test: int, spacing_ps: float) -> xr.Dataset:
    """Choose configurations to be labelled, evenly spaced in training and one spacing apart in the test part.

    Args:
        trajectory: dataset ``all_atom/{T}.nc``.
        n_train, n_test: numbers of frames.
        spacing_ps: smallest time between two frames.

    Returns:
        The dataset ``frames/{T}.nc`` (``thermalcg.storage.declared``).

    Raises:
        TooFewFrames: the run is shorter than the number of frames times their spacing.
    """
    time = trajectory["time"].values
    interval = float(time[1] - time[0])
    n, stride = n_train + n_test, _stride(time, spacing_ps)
    available = len(time) // stride
    if n > available:
        raise TooFewFrames(
            f"frames.train + frames.test is {n}; the run of {time[-1]:.4g} ps holds {available} frames "
            f"frames.spacing_ps = {spacing_ps:g} ps apart"
        )
    cut = training_length(time, n_test, spacing_ps)
    train = np.floor((np.arange(n_train) + 1) * cut / max(n_train, 1)).astype(int) - 1
    chosen = np.concatenate([train, cut - 1 + stride * (1 + np.arange(n_test))])
    return xr.Dataset(
        {
            "atom_position": trajectory["atom_position"]
            .isel(time=chosen)
            .drop_vars("time")
            .rename(time="frame"),
            "split": variable(("frame",), (np.arange(n) >= n_train).astype(np.int8), "1"),
            "time": variable(("frame",), time[chosen], "ps"),
        },
        attrs={
            "temperature_K": trajectory.attrs["temperature_K"],
            "box_nm": trajectory.attrs["box_nm"],
            "spacing_ps": float(np.diff(time[chosen]).min()) if n > 1 else float("nan"),
            "decorrelation_time_ps": decorrelation_time(trajectory["potential_energy"].values, interval),
        },
    )


def _stride(time: np.ndarray, spacing_ps: float) -> int:
    return frames_apart(spacing_ps, time[1] - time[0])
