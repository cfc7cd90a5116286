"""The labelled frames that test a model, at their own temperature."""

from __future__ import annotations

import numpy as np
import xarray as xr


class NoTestFrames(ValueError):
    """Too few test frames for an error."""


def own_test_frames(labels: xr.Dataset) -> xr.Dataset:
    """Test frames of a label dataset, at the rung of the frames' own temperature.

    Frames whose chains disagree (``converged``) are among them.  Short chains exceed a limit of R-hat by
    chance, and errors from products of independent chains have no bias whatever their noise: to leave such
    frames out would only choose frames by their noise.

    Raises:
        NoTestFrames: fewer than two test frames.
    """
    own = labels.isel(rung=int(np.argmin(np.abs(labels["rung"].values - labels.attrs["temperature_K"]))))
    test = np.flatnonzero(own["split"].values == 1)
    if len(test) < 2:
        where = f"{labels.attrs['temperature_K']:g} K"
        raise NoTestFrames(f"{len(test)} test frames at {where}; allowed: at least 2 (frames.test)")
    return own.isel(frame=test)
