"""Thermal response from an ordinary trajectory, without conditional runs: cross-fitted residual products.

Every sample (R, f, u) of plain molecular dynamics at T0 is one draw from the conditional ensemble of its
own sites.  With models F^(R) and U^(R) of the conditional means, the residual product
(f - F^)(u - U^) / (kB T^2) has the mean F'(R) up to a product of two model errors (``formulas``), so
that a regression of it on R learns the response.  The models are fitted to other stretches of the
trajectory than those they are applied to (cross-fitting): on its own data a model fits the noise, and
noise times noise does not average out.  Derivation and limits: ``docs/explanation/thermal_response.md``.

The energy may be that of the molecules within a radius of each bead.  The noise of a product grows with
the fluctuation of the energy in it; the covariance of a mapped force with molecules far away is small.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from thermalcg.atomistic.mapping import training_part
from thermalcg.atomistic.molecule_energies import neighbourhood
from thermalcg.geometry.inputs import checked_box, checked_temperature
from thermalcg.models.expansion import Expansion
from thermalcg.models.prior import PairPriors, Prior
from thermalcg.models.species import Species
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline, bead_features
from thermalcg.models.training_data import Configurations, Source, Target, TrainingSet
from thermalcg.runtime.progress import Progress
from thermalcg.statistics import rms
from thermalcg.storage.datasets import box_of, variable

from .formulas import product_response

#: Ridge of the energy model, relative to the curvature of each function: for numerical stability only.
RIDGE = 1e-5


@dataclass(frozen=True)
class CrossFit:
    """How the models of the conditional means are fitted.

    Attributes:
        spline: of the models F^ and U^, which are splines whatever architecture is trained on the
            products later.
        blocks: contiguous stretches, the independent pieces of all errors.
        folds: parts of the cross-fitting, each of neighbouring blocks.
    """

    spline: SplineSettings
    blocks: int
    folds: int


def residual_products(
    mapped: xr.Dataset,
    prior: Prior | PairPriors,
    cross_fit: CrossFit,
    *,
    radius_nm: float | None = None,
    molecule_energy: np.ndarray | None = None,
) -> xr.Dataset:
    """Residual products of the training part of a mapped trajectory.

    Frames that do not fill the blocks are left out at the start.

    Args:
        mapped: dataset ``mapped/{T}.nc``.
        prior: taken off the forces before F^ is fitted.
        cross_fit: how F^ and U^ are fitted.
        radius_nm: the energy that counts for a bead is that of molecules within this distance, nm; None
            takes the energy of the whole box.
        molecule_energy: kJ/mol, shape (time, bead); needed with a radius.

    Returns:
        The dataset ``products/{T}.nc`` (``thermalcg.storage.declared``).

    Raises:
        ValueError: fewer frames than blocks, fewer blocks than folds, or a radius without energies.
        InputError: a temperature that is not positive, or a box below twice the radius.
    """
    mapped = training_part(mapped)
    temperature, box = checked_temperature(mapped.attrs["temperature_K"]), box_of(mapped)
    checked_box(box, radius_nm or 0.0)
    n_time, blocks, folds = mapped.sizes["time"], cross_fit.blocks, cross_fit.folds
    if not 2 <= folds <= blocks <= n_time:
        raise ValueError(
            f"{n_time} frames, response.blocks = {blocks}, response.folds = {folds}; "
            "allowed: 2 <= folds <= blocks <= frames"
        )
    if radius_nm is not None and molecule_energy is None:
        raise ValueError(f"response.radius_nm = {radius_nm} needs the energies of the molecules")
    kept = mapped.isel(time=slice(n_time % blocks, None))
    block, fold = blocks_and_folds(kept.sizes["time"], blocks, folds)
    position, force = kept["position"].values.astype(float), kept["force"].values.astype(float)
    if molecule_energy is None:
        energy = kept["potential_energy"].values[:, None]
    else:
        energy = molecule_energy[n_time % blocks : n_time]

    sites = Configurations(Source(temperature), position, block)
    empty = TrainingSet([sites], [], Expansion("constant", temperature), box, Species.of(mapped))

    def predicted(values: np.ndarray, prior: Prior | PairPriors | None) -> np.ndarray:
        return _predicted(empty, values, prior, cross_fit.spline, fold)

    with Progress("residual products", 3, "models") as progress:
        force_residual = force - predicted(force, prior)
        progress.update(1)
        features = _features(empty, cross_fit.spline, of_beads=energy.shape[1] > 1)
        unexplained = scalar_residual(features, energy, fold)
        progress.update(1)
        near = _in_reach(position, unexplained, box, radius_nm)
        first = product_response(force_residual, near, temperature)
        response = predicted(first, None)
        progress.update(1)
    attributes = {
        "temperature_K": temperature,
        "box_nm": box,
        "radius_nm": np.inf if radius_nm is None else radius_nm,
        "folds": folds,
        "force_rms": rms(force),
        "force_residual_rms": rms(force_residual),
        "energy_std": float(kept["potential_energy"].values.std()),
        "energy_residual_std": float(unexplained.sum(axis=1).std()),
        "energy_in_reach_std": float(near.std()),
        "response_rms": rms(response),
    }
    return _products_dataset(first, block, kept["time"], attributes)


def _products_dataset(
    first: np.ndarray, block: np.ndarray, time: xr.DataArray, attributes: dict[str, Any]
) -> xr.Dataset:
    dims = ("time", "bead", "axis")
    return xr.Dataset(
        {
            "trf_product": variable(dims, first.astype(np.float32), "kJ/mol/nm/K"),
            "block": variable(("time",), block.astype(np.int32), "1"),
        },
        coords={"time": time},
        attrs=attributes,
    )


def blocks_and_folds(n_time: int, blocks: int, folds: int) -> tuple[np.ndarray, np.ndarray]:
    """Independent piece and fold of each frame, shape (n_time,) each: neighbours in time stay together.

    Frames that are close in time share their noise, and a model that has seen one knows the other's.
    """
    block = np.arange(n_time) * blocks // n_time
    return block, block * folds // blocks


def _features(sites: TrainingSet, spline: SplineSettings, of_beads: bool) -> np.ndarray:
    """What the models of the energy are linear in, at each bead, shape (time, N, F), in single precision.

    Args:
        of_beads: whether every bead has an energy; then that of each species has a mean of its own.
    """
    position, species = sites.configurations[0].position, sites.species
    features = bead_features(position, sites.box, spline, species).astype(np.float32)
    if species is None or not of_beads:
        return features
    own = species.codes[:, None] == np.arange(1, len(species.names))
    alone = np.broadcast_to(own.astype(np.float32), (*position.shape[:2], own.shape[1]))
    return np.concatenate([features, alone], axis=2)


def scalar_residual(features: np.ndarray, value: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Energies minus the part that the sites explain; shape and unit of ``value``.

    The cross-fitted model is linear in the energies of the spline's functions: those of each bead where
    every bead has a value, those of the whole box where the box has one.

    Args:
        features: energies of the spline's functions at each bead, shape (time, N, F).
        value: shape (time, N) or (time, 1).
        fold: shape (time,).
    """
    if value.shape[1] == 1:
        features = features.sum(axis=1, keepdims=True)
    n_folds = int(fold.max()) + 1
    sums = [_sums(features[fold == k], value[fold == k]) for k in range(n_folds)]
    residual = np.empty(value.shape)
    for k in range(n_folds):
        count, mean_x, mean_y, xx, xy = (sum(s[i] for j, s in enumerate(sums) if j != k) for i in range(5))
        mean_x, mean_y = mean_x / count, mean_y / count
        cov = xx / count - np.outer(mean_x, mean_x)
        scale = 1 / np.sqrt(np.maximum(np.diag(cov), 1e-12))
        matrix = cov * scale[:, None] * scale + RIDGE * np.eye(len(scale))
        coefficients = scale * np.linalg.solve(matrix, scale * (xy / count - mean_x * mean_y))
        own = fold == k
        residual[own] = value[own] - mean_y - (features[own] - mean_x) @ coefficients
    return residual


def _sums(features: np.ndarray, value: np.ndarray) -> tuple:
    x, y = features.reshape(-1, features.shape[-1]).astype(float), value.reshape(-1)
    return len(y), x.sum(axis=0), y.sum(), x.T @ x, x.T @ y


def _predicted(
    empty: TrainingSet,
    values: np.ndarray,
    prior: Prior | PairPriors | None,
    spline: SplineSettings,
    fold: np.ndarray,
) -> np.ndarray:
    """Cross-fitted spline predictions of ``values`` (a force field), shape as ``values``.

    Args:
        empty: the configurations, without any target.
    """
    position, box = empty.configurations[0].position, empty.box
    base = prior.energy_force(position, box)[1] if prior else 0.0
    data = replace(empty, targets=[Target("force", np.ones(1), 0, values - base, rms(values))])
    predicted = np.empty(values.shape)
    for k, model in enumerate(Spline.cross_fit(data, spline, fold)):
        predicted[fold == k] = model.force_field(np.ones(1), box)(position[fold == k])[1]
    return predicted + base


def _in_reach(
    position: np.ndarray, unexplained: np.ndarray, box: float | np.ndarray, radius: float | None
) -> np.ndarray:
    """Energy residual that counts for each bead, shape (time, bead); (time, 1) for the whole box."""
    if radius is None:
        return unexplained.sum(axis=1, keepdims=True)
    return np.stack([neighbourhood(x, box, radius) @ e for x, e in zip(position, unexplained, strict=True)])
