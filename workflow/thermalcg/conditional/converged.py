"""The labelled frames that test a model: converged ones, at their own temperature."""

from __future__ import annotations

import numpy as np
import xarray as xr


class NoTestFrames(ValueError):
    """None of the test frames has converged."""


def converged_test_frames(labels: xr.Dataset) -> xr.Dataset:
    """Converged test frames of a label dataset, at the rung of the frames' own temperature.

    Raises:
        NoTestFrames: fewer than two of the test frames have converged.
    """
    own = labels.isel(rung=int(np.argmin(np.abs(labels["rung"].values - labels.attrs["temperature_K"]))))
    test = own["split"].values == 1
    usable = np.flatnonzero(test & (own["converged"].values == 1))
    if len(usable) < 2:
        raise NoTestFrames(
            f"{len(usable)} of the {test.sum()} test frames at {labels.attrs['temperature_K']:g} K have "
            "converged, at least 2 are needed; sample them longer (conditional.mean_force_ps, response_ps, "
            "burn_in_ps), or raise conditional.rhat_limit"
        )
    return own.isel(frame=usable)
