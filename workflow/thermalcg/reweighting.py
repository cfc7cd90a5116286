"""Samples of all rungs taken to any temperature between them, by MBAR.

The sites of a frame are the same on all rungs, so that the rungs are states of one system and the
multistate Bennett acceptance ratio (Shirts and Chodera, J. Chem. Phys. 129, 124105 (2008); pymbar)
gives every sample its weight at any temperature.
"""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import xarray as xr

from .response import covariance_response, covariance_second_response
from .statistics import jackknife_error
from .units import KB


def mbar_weights(energy: np.ndarray, rungs: np.ndarray, temperatures: np.ndarray | None = None) -> np.ndarray:
    """Weights of all rungs' samples of one frame in the ensembles at ``temperatures``.

    Args:
        energy: kJ/mol, shape (chain, rung, sample).
        rungs: K, shape (rung,).
        temperatures: K, shape (target,); those of the rungs if None.

    Returns:
        Shape (target, chain, rung, sample); sums to 1 over the last three.

    Raises:
        ValueError: a temperature outside the range of the rungs.
    """
    n_chains, n_rungs, n_samples = energy.shape
    rungs = np.asarray(rungs, float)
    targets = rungs if temperatures is None else np.asarray(temperatures, float)
    if targets.min() < rungs.min() * (1 - 1e-9) or targets.max() > rungs.max() * (1 + 1e-9):
        raise ValueError(
            f"temperatures are {targets.tolist()} K; allowed: {rungs.min():g} to {rungs.max():g} K, "
            "the range of the rungs"
        )
    if n_rungs == 1:
        return np.full((len(targets), *energy.shape), 1 / energy.size)
    logging.getLogger("pymbar").setLevel(logging.ERROR)  # it announces its optional packages
    from pymbar import MBAR

    by_rung = np.swapaxes(energy, 0, 1).reshape(-1)
    reduced = np.outer(1 / (KB * np.append(rungs, targets)), by_rung - by_rung.mean())
    # the targets are states without samples of their own
    counts = np.append(np.full(n_rungs, n_chains * n_samples), np.zeros(len(targets), int))
    solved = MBAR(reduced, counts)
    weights = solved.W_nk.T[n_rungs:].reshape(len(targets), n_rungs, n_chains, n_samples)
    return np.swapaxes(weights, 1, 2)


def effective_samples(weights: np.ndarray) -> np.ndarray:
    """Kish's effective number of samples at each target temperature, shape (target,)."""
    w = weights.reshape(len(weights), -1)
    return w.sum(axis=1) ** 2 / (w**2).sum(axis=1)


def compare_estimators(samples: xr.Dataset) -> pd.DataFrame:
    """The table ``reweighting.csv``: MBAR, single rungs and finite differences on the same samples.

    Each chain gives its own labels.  ``noise`` is the root mean square of half the difference of two
    chains; ``slope`` regresses an estimator on MBAR's, each from another chain, so that noise cannot
    bias it: 1 where they agree.  Errors from a jackknife over frames.

    Args:
        samples: dataset ``conditional``, of replica exchange, two chains or more.
    """
    rungs = samples["rung"].values
    middles = (rungs[1:] + rungs[:-1]) / 2
    targets = np.sort(np.append(rungs, middles))
    labels: dict[tuple[str, str, float], list[np.ndarray]] = {}
    for frame in range(samples.sizes["frame"]):
        for chain in range(2):
            _labels_of_chain(samples, frame, chain, rungs, targets, labels)
    rows = []
    for (quantity, estimator, T), values in sorted(labels.items()):
        own = np.array(values).reshape(-1, 2, *values[0].shape)
        other = np.array(labels[quantity, "mbar", T]).reshape(own.shape)
        half = ((own[:, 0] - own[:, 1]) / 2).reshape(len(own), -1)
        slope, slope_se = _slope(own, other)
        rows.append(
            {
                "quantity": quantity,
                "estimator": estimator,
                "temperature_K": T,
                "noise": float(np.sqrt((half**2).mean())),
                "noise_stderr": float(
                    (half**2).mean(axis=1).std(ddof=1) / np.sqrt(len(half)) / (2 * np.sqrt((half**2).mean()))
                ),
                "slope_on_mbar": slope,
                "slope_stderr": slope_se,
            }
        )
    return pd.DataFrame(rows)


def _labels_of_chain(samples, frame: int, chain: int, rungs, targets, labels: dict) -> None:
    force = samples["force"].values[frame, chain].astype(float)
    energy = samples["energy"].values[frame, chain].astype(float)
    flat_force, flat_energy = force.reshape(-1, *force.shape[2:]), energy.reshape(-1)
    weights = mbar_weights(energy[None], rungs, targets)[:, 0].reshape(len(targets), -1)

    def keep(quantity: str, estimator: str, T: float, value: np.ndarray) -> None:
        labels.setdefault((quantity, estimator, float(T)), []).append(value)

    for w, T in zip(weights, targets, strict=True):
        keep("mean_force", "mbar", T, np.tensordot(w / w.sum(), flat_force, axes=(0, 0)))
        keep("trf", "mbar", T, covariance_response(flat_force, flat_energy, T, w))
        keep("trf2", "mbar", T, covariance_second_response(flat_force, flat_energy, T, w))
    means = force.mean(axis=1)
    for k, T in enumerate(rungs):
        keep("mean_force", "single_rung", T, means[k])
        keep("trf", "single_rung", T, covariance_response(force[k], energy[k], T))
        keep("trf2", "single_rung", T, covariance_second_response(force[k], energy[k], T))
    for k, T in enumerate((rungs[1:] + rungs[:-1]) / 2):
        keep("trf", "finite_difference", T, (means[k + 1] - means[k]) / (rungs[k + 1] - rungs[k]))


def _slope(own: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Of ``own`` on ``other``, shape (frame, chain, ...), chains crossed; with its jackknife error."""
    axes = tuple(range(1, own.ndim - 1))
    cross = (own[:, 0] * other[:, 1] + own[:, 1] * other[:, 0]).sum(axis=axes)
    square = (2 * other[:, 0] * other[:, 1]).sum(axis=axes)
    values = (cross.sum() - cross) / (square.sum() - square)
    return float(cross.sum() / square.sum()), float(jackknife_error(values))
