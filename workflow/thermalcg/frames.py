"""Choice of decorrelated configurations to be labelled."""

from __future__ import annotations

import numpy as np
import xarray as xr

from .datasets import variable
from .statistics import decorrelation_time


class TooFewFrames(ValueError):
    """The trajectory does not hold as many frames as asked for."""


def select_frames(trajectory: xr.Dataset, n_train: int, n_test: int, spacing_ps: float) -> xr.Dataset:
    """Evenly spaced configurations; the first part of the run trains, the last part tests.

    A contiguous split keeps test frames as far from training frames as the run allows.

    Args:
        trajectory: dataset ``all_atom/{T}.nc``.
        spacing_ps: smallest time between two frames.

    Returns:
        The dataset ``frames/{T}.nc`` of ``workflow/README.md``.

    Raises:
        TooFewFrames: the run is shorter than the frames times their spacing.
    """
    time = trajectory["time"].values
    interval = float(time[1] - time[0])
    n = n_train + n_test
    available = len(time) // max(1, int(np.ceil(spacing_ps / interval - 1e-6)))
    if n > available:
        raise TooFewFrames(
            f"frames.train + frames.test is {n}; the run of {time[-1]:.4g} ps holds {available} frames "
            f"frames.spacing_ps = {spacing_ps:g} ps apart"
        )
    chosen = np.floor((np.arange(n) + 1) * len(time) / n).astype(int) - 1
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
