"""Weights that take the samples of all rungs to any temperature between them (MBAR).

The sites of a frame are the same on all rungs, so that the rungs are states of one system and the
multistate Bennett acceptance ratio (Shirts and Chodera, J. Chem. Phys. 129, 124105 (2008); pymbar)
gives every sample its weight at any temperature.
"""

from __future__ import annotations

import logging

import numpy as np

from thermalcg.geometry.inputs import InputError, checked_temperature
from thermalcg.units import KB


def mbar_weights(energy: np.ndarray, rungs: np.ndarray, temperatures: np.ndarray | None = None) -> np.ndarray:
    """Weights of all rungs' samples of one frame in the ensembles at ``temperatures``.

    Args:
        energy: kJ/mol, shape (chain, rung, sample).
        rungs: K, shape (rung,).
        temperatures: K, shape (target,); those of the rungs if None.

    Returns:
        Shape (target, chain, rung, sample); sums to 1 over the last three.

    Raises:
        InputError: a rung that is not positive, or energies of another shape.
        ValueError: a temperature outside the range of the rungs.
    """
    rungs = np.array([checked_temperature(T) for T in rungs])
    if np.ndim(energy) != 3 or np.shape(energy)[1] != len(rungs):
        raise InputError(
            f"energy has shape {np.shape(energy)}; allowed: (chain, {len(rungs)}, sample), a rung each"
        )
    n_chains, n_rungs, n_samples = energy.shape
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
