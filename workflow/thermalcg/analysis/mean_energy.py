"""Mean energies and free energies of frames with fixed sites, against labels from conditional runs.

At fixed sites R the all-atom mean energy U(R, T) is that of the conditional ensemble, and the free energy
follows from it by integration over the rungs of a label,

    W(R, T)/T - W(R, T0)/T0 = - int_T0^T U(R, T') / T'^2 dT',

both up to functions of T.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.conditional.own_frames import own_test_frames
from thermalcg.models.names import ModelKey, ModelName
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import rms, root_of_mean
from thermalcg.storage.datasets import box_of

#: Fewest frames that a slope is told from: the error of fewer is itself unknown.
FEWEST = 5

#: Columns of ``fixed_site_free_energy.csv``, which has no rows where too few frames have converged.
COLUMNS = (
    "architecture",
    "mode",
    "temperature_K",
    "frames",
    "rmse_kJ_per_mol",
    "stderr",
    "label_noise",
    "label_std",
    "slope",
    "slope_stderr",
)


def mean_energy_table(
    members: dict[ModelKey, ThermalPotential], labels: dict[float, xr.Dataset]
) -> pd.DataFrame:
    """The table ``mean_energy.csv``: ``energy_errors`` of each model at each temperature.

    Args:
        members: a potential by architecture and training mode.
        labels: datasets ``labels/{T}.nc`` by temperature, K.
    """
    return pd.DataFrame(
        [
            {"architecture": architecture, "mode": mode, "temperature_K": T, **energy_errors(member, data)}
            for (architecture, mode), member in members.items()
            for T, data in labels.items()
        ]
    )


def fixed_site_table(members: dict[ModelKey, ThermalPotential], labels: xr.Dataset) -> pd.DataFrame:
    """The table ``fixed_site_free_energy.csv``: ``free_energy_errors`` of each model at each rung but T0.

    Models whose response was trained on labels are compared with those of test frames only.

    Args:
        members: a potential by architecture and training mode.
        labels: dataset ``labels/{T0}.nc``.
    """
    rows = [
        {"architecture": key.architecture, "mode": key.mode, **row}
        for key, member in members.items()
        for row in free_energy_errors(
            member, labels, held_out=ModelName.parse(key.mode).response_source == "labels"
        )
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def free_energy_errors(
    member: ThermalPotential, labels: xr.Dataset, *, held_out: bool
) -> list[dict[str, float]]:
    """Errors of T (W(R, T)/T - W(R, T0)/T0) on labelled frames that have converged on all rungs up to T.

    The labels' side is the trapezoidal rule in 1/T over the rungs.  Both are compared minus their means over
    the frames.

    Args:
        labels: dataset ``labels/{T0}.nc``, its rungs in ascending order.
        held_out: use test frames only.

    Returns:
        For each rung but the first that has ``FEWEST`` such frames: ``temperature_K``; ``frames``, their
        number; ``rmse_kJ_per_mol`` and ``stderr``, the noise of the labels taken off; ``label_noise`` and
        ``label_std``; ``slope`` of labels on predictions with ``slope_stderr``.
    """
    allowed = (labels["split"].values == 1) | (not held_out)
    converged = np.logical_and.accumulate(labels["converged"].values == 1, axis=1) & allowed[:, None]
    rungs, box = labels["rung"].values, box_of(labels)
    # weights of the trapezoidal rule: the integral of U d(1/T) up to each rung
    steps, rows = np.diff(1 / rungs), []
    for last in range(1, len(rungs)):
        weights = np.zeros(len(rungs))
        weights[:last] += 0.5 * steps[:last]
        weights[1 : last + 1] += 0.5 * steps[:last]
        own, T = labels.isel(frame=np.flatnonzero(converged[:, last])), float(rungs[last])
        if own.sizes["frame"] < FEWEST:
            continue
        position = own["site_position"].values.astype(float)
        label = T * own["mean_energy"].values @ weights
        noise = T * np.sqrt(own["mean_energy_se"].values ** 2 @ weights**2)
        reduced = member.free_energy(position, box, rungs[0]) / rungs[0]
        predicted = T * (member.free_energy(position, box, T) / T - reduced)
        counted = {"temperature_K": T, "frames": own.sizes["frame"]}
        rows.append(counted | _compared(predicted, label, noise))
    return rows


def energy_errors(member: ThermalPotential, labels: xr.Dataset) -> dict[str, float]:
    """Errors of W - T dW/dT against the conditional mean energy on test frames.

    Both are compared minus their means over the frames.

    Returns:
        ``rmse`` and ``stderr``, the noise of the labels taken off; ``label_noise``; ``label_std``;
        ``slope`` of labels on predictions with ``slope_stderr``; ``free_energy_std`` and
        ``entropy_std``, of W and of T dW/dT over the frames, all kJ/mol.
    """
    own = own_test_frames(labels)
    temperature, box = float(labels.attrs["temperature_K"]), box_of(labels)
    position = own["site_position"].values.astype(float)
    predicted = member.mean_energy(position, box, temperature)
    free = member.free_energy(position, box, temperature)
    label, noise = own["mean_energy"].values, own["mean_energy_se"].values
    return {
        **_compared(predicted, label, noise),
        "free_energy_std": float(free.std(ddof=1)),
        "entropy_std": float((free - predicted).std(ddof=1)),
    }


def _compared(predicted: np.ndarray, label: np.ndarray, noise: np.ndarray) -> dict[str, float]:
    """How far predictions are from labels, both minus their means; all in kJ/mol, shape (frame,)."""
    x, y = predicted - predicted.mean(), label - label.mean()
    squares = (x - y) ** 2 * len(x) / (len(x) - 1) - noise**2
    rmse, stderr = root_of_mean(squares)
    slope = float(x @ y / (x @ x))
    residual = y - slope * x
    return {
        "rmse_kJ_per_mol": rmse,
        "stderr": stderr,
        "label_noise": rms(noise),
        "label_std": float(label.std(ddof=1)),
        "slope": slope,
        "slope_stderr": float(np.sqrt(residual @ residual / (len(x) - 2) / (x @ x))),
    }
