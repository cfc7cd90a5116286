"""What a model is trained on: linear combinations of its energy components.

Every training mode is a list of targets.  A target says: at these configurations,
the combination ``sum_k w_k W_k`` has these forces (or these energies, up to a
constant).  A mode is therefore a few lines, and an architecture need not know of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from .expansion import Expansion
from .prior import Prior

MODES = ("baseline", "trf1", "energy_matching", "multi_temperature", "at_temperature")


@dataclass(frozen=True)
class Target:
    """Training data of one kind.

    Attributes:
        kind: ``force`` or ``energy``.
        weights: combination of components, shape (K,).
        position: nm, shape (n, N, 3).
        value: forces (n, N, 3), or energies (n,) known up to a common constant.
        scale: root mean square of ``value`` (centred for energies); residuals are divided by it.
        frame: an identity for each configuration, so that resampling keeps the labels of one
            configuration together, shape (n,).
    """

    kind: str
    weights: np.ndarray
    position: np.ndarray
    value: np.ndarray
    scale: float
    frame: np.ndarray


@dataclass(frozen=True)
class TrainingSet:
    """Targets of one model, the prior already taken off."""

    targets: list[Target]
    expansion: Expansion
    box: float

    @property
    def frames(self) -> np.ndarray:
        """Identities of all configurations, sorted."""
        return np.unique(np.concatenate([t.frame for t in self.targets]))


def model_temperature(model: str) -> float | None:
    """The temperature in a name like ``at_temperature-555K``; None for other models."""
    return float(model.split("-")[1].removesuffix("K")) if "-" in model else None


def training_temperatures(model: str, reference: float, multi: list[float]) -> list[float]:
    """Temperatures whose labels train a model."""
    if model == "multi_temperature":
        return list(multi)
    return [model_temperature(model) or reference]


def build_training_set(
    model: str, labels: dict[float, xr.Dataset], reference: float, prior: Prior, n_frames: int | None = None
) -> TrainingSet:
    """Targets of a model from labelled frames (their training split only).

    Args:
        model: a training mode, or ``at_temperature-{T}K``.
        labels: dataset ``labels/{T}.nc`` for each of ``training_temperatures``.
        n_frames: use only the first so many training frames of each temperature.

    Raises:
        ValueError: unknown model.
    """
    mode = model.split("-")[0]
    if mode not in MODES:
        raise ValueError(f"training mode is {mode!r}; allowed: {', '.join(MODES)}")
    if mode == "at_temperature":
        reference = model_temperature(model)
    kind = {"trf1": "linear", "energy_matching": "linear", "multi_temperature": "heat_capacity"}.get(
        mode, "constant"
    )
    expansion = Expansion(kind, reference)
    targets = []
    for temperature, dataset in labels.items():
        own = _training_rung(dataset, temperature, n_frames)
        targets.append(_force_target(own, "mean_force", expansion.values(temperature), temperature, prior))
        if mode == "trf1":
            targets.append(_force_target(own, "trf", expansion.derivatives(temperature), temperature, prior))
        if mode == "energy_matching":
            targets.append(_energy_target(own, expansion.mean_energy(temperature), temperature, prior))
    box = float(next(iter(labels.values())).attrs["box_nm"])
    return TrainingSet(targets, expansion, box)


def _training_rung(dataset: xr.Dataset, temperature: float, n_frames: int | None) -> xr.Dataset:
    rung = int(np.argmin(np.abs(dataset["rung"].values - temperature)))
    return dataset.isel(rung=rung, frame=np.flatnonzero(dataset["split"].values == 0)[:n_frames])


def _frame_ids(dataset: xr.Dataset, temperature: float) -> np.ndarray:
    return round(temperature * 100) * 1_000_000 + np.arange(dataset.sizes["frame"])


def _force_target(dataset, name, weights, temperature, prior) -> Target:
    position = dataset["site_position"].values.astype(float)
    value = dataset[name].values.astype(float)
    scale = float(np.sqrt(np.mean(value**2)))
    # the prior belongs to W_0, so it counts with the weight of that component
    value = value - weights[0] * prior.energy_force(position, dataset.attrs["box_nm"])[1]
    return Target("force", weights, position, value, scale, _frame_ids(dataset, temperature))


def _energy_target(dataset, weights, temperature, prior) -> Target:
    position = dataset["site_position"].values.astype(float)
    value = dataset["mean_energy"].values.astype(float)
    scale = float(np.std(value)) or 1.0
    value = value - weights[0] * prior.energy_force(position, dataset.attrs["box_nm"])[0]
    return Target("energy", weights, position, value, scale, _frame_ids(dataset, temperature))
