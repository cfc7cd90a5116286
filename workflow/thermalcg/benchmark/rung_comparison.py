"""MBAR, single rungs and finite differences on the same replica-exchange samples."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.conditional.labels import Label, label_rung, labels_at
from thermalcg.conditional.mbar import effective_samples, mbar_weights
from thermalcg.statistics import rms, root_of_mean, with_jackknife_error

QUANTITIES = ("mean_force", "trf", "trf2", "mean_energy")

#: (quantity, way to the label, temperature) to a value for each frame and chain, frame after frame.
Labels = dict[tuple[str, str, float], list[np.ndarray]]


def reweighting_table(samples: xr.Dataset) -> pd.DataFrame:
    """The table ``reweighting.csv``: labels at and between the rungs by MBAR, single rungs and differences.

    Each chain gives its own labels.  ``noise`` is the error of one, from the difference of two chains, and
    ``stated`` the error that the labels state themselves.  ``slope_on_mbar`` regresses labels on those of
    MBAR from the other chain, so that noise cannot bias it: 1 where they agree.  Mean energies are compared
    about their mean over frames.  Errors come from a jackknife over frames.

    Args:
        samples: dataset ``conditional``, of replica exchange, two chains or more.
    """
    rungs = samples["rung"].values
    targets = np.sort(np.append(rungs, (rungs[1:] + rungs[:-1]) / 2))
    labels: Labels = defaultdict(list)
    errors: Labels = defaultdict(list)
    counts: Labels = defaultdict(list)
    for frame in range(samples.sizes["frame"]):
        for chain in range(2):
            own = samples.isel(frame=frame, chain=[chain])
            _labels_of_chain(own, rungs, targets, labels, errors, counts)
    rows = []
    for key in sorted(labels):
        quantity, way, T = key
        own, other = (_by_frame(labels[k], quantity) for k in (key, (quantity, "mbar", T)))
        squares = ((own[:, 0] - own[:, 1]) ** 2 / 2).reshape(len(own), -1).mean(axis=1)
        noise, noise_se = root_of_mean(squares)
        slope, slope_se = _slope(own, other)
        stated = rms(errors[key]) if key in errors else np.nan
        rows.append(
            {
                "quantity": quantity,
                "estimator": way,
                "temperature_K": T,
                "noise": noise,
                "noise_stderr": noise_se,
                "stated": float(stated),
                "slope_on_mbar": slope,
                "slope_stderr": slope_se,
                "effective_samples": float(np.mean(counts[key])) if key in counts else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _labels_of_chain(
    chain: xr.Dataset, rungs: np.ndarray, targets: np.ndarray, labels: Labels, errors: Labels, counts: Labels
) -> None:
    force, energy = chain["force"].values.astype(float), chain["energy"].values.astype(float)
    weights = mbar_weights(energy, rungs, targets)

    def keep(way: str, T: float, found: Label, n: float) -> None:
        for quantity in QUANTITIES:
            key = (quantity, way, float(T))
            labels[key].append(getattr(found, quantity))
            errors[key].append(getattr(found, f"{quantity}_se"))
            counts[key].append(np.asarray(n))

    pooled = labels_at(force, energy, targets, weights)
    for T, found, n in zip(targets, pooled, effective_samples(weights), strict=True):
        keep("mbar", T, found, n)
    for k, T in enumerate(rungs):
        keep("single_rung", T, label_rung(force[:, k], energy[:, k], float(T)), energy.shape[-1])
    means, steps = force.mean(axis=(0, 2)), np.diff(rungs)
    slopes = np.diff(means, axis=0) / steps[:, None, None]
    for T, slope in zip((rungs[1:] + rungs[:-1]) / 2, slopes, strict=True):
        labels["trf", "finite_difference", float(T)].append(slope)
    for k, T in enumerate(rungs[1:-1]):
        second = (slopes[k + 1] - slopes[k]) / (0.5 * (steps[k + 1] + steps[k]))
        labels["trf2", "finite_difference", float(T)].append(second)


def _by_frame(values: list[np.ndarray], quantity: str) -> np.ndarray:
    """Shape (frame, chain, ...); energies about their mean over the frames, for only that has a meaning."""
    stacked = np.array(values).reshape(-1, 2, *np.shape(values[0]))
    if quantity != "mean_energy":
        return stacked
    n = len(stacked)  # the mean takes up a share of the scatter
    return (stacked - stacked.mean(axis=0)) * np.sqrt(n / (n - 1))


def _slope(own: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Of ``own`` on ``other``, shape (frame, chain, ...), chains crossed; with its jackknife error."""
    axes = tuple(range(1, own.ndim - 1))
    cross = (own[:, 0] * other[:, 1] + own[:, 1] * other[:, 0]).sum(axis=axes)
    square = (2 * other[:, 0] * other[:, 1]).sum(axis=axes)
    return with_jackknife_error(len(cross), lambda kept: cross[kept].sum() / square[kept].sum())
