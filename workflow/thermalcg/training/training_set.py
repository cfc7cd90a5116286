"""What a model is trained on: linear combinations of its energy components.

Every training mode is a list of targets.  A target says: at these configurations,
the combination ``sum_k w_k W_k`` has these forces (or these energies, up to a
constant).  A mode is therefore a few lines, and architectures need not know of modes.

Targets come from three kinds of data.  *Ordinary* targets hold one sample for each configuration of a
trajectory: instantaneous mapped forces, residual products, potential energies.  They are noisy, but many.
*Conditional* targets hold labels averaged at fixed sites.  They have little noise, but are few.
*Taught* targets hold the response of the projected splines, without noise, wherever it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from thermalcg.atomistic.mapping import training_part
from thermalcg.models.expansion import KINDS, Expansion
from thermalcg.models.names import MODES, ModelName
from thermalcg.models.prior import PairPriors, Prior
from thermalcg.models.species import common_species
from thermalcg.models.training_data import Configurations, Source, Target, TrainingSet
from thermalcg.statistics import rms
from thermalcg.storage.datasets import box_of

from .teacher import Teacher


@dataclass(frozen=True)
class ResponseTarget:
    """A derivative of the mean force that models are trained on, with its names in the datasets.

    Attributes:
        order: 1 for F', 2 for F''.
        variables: name of the variable by ``ModelName.response_source``, for sources that are datasets.
    """

    order: int
    variables: dict[str, str]


RESPONSES = (
    ResponseTarget(1, {"labels": "trf", "products": "trf_product"}),
    ResponseTarget(2, {"labels": "trf2"}),
)


def responses_of(name: ModelName) -> tuple[ResponseTarget, ...]:
    """The responses that a mode is trained on: one for each derivative that its expansion has at T0.

    Runs at several temperatures tell the second derivative by themselves.
    """
    if name.response_source is None:
        return ()
    if name.mode == "multi_temperature_response":
        return RESPONSES[:1]
    return RESPONSES[: KINDS[MODES[name.mode]] - 1]


def build_training_set(
    model: str,
    mapped: dict[float, xr.Dataset],
    reference: float,
    prior: Prior | PairPriors,
    *,
    blocks: int,
    response: xr.Dataset | Mapping[float, Teacher] | None = None,
    fraction: float = 1.0,
) -> TrainingSet:
    """The targets that train a model.

    Mean forces come from the ordinary trajectories in every mode, so that two modes differ in what
    their names say and in nothing else.

    Args:
        model: its name, a training mode or ``at_temperature-{T}K``.
        mapped: dataset ``mapped/{T}.nc`` for each of ``ModelName.training_temperatures``.
        reference: T0, K.
        prior: taken off the forces and energies.
        blocks: independent stretches that a trajectory is cut into.
        response: what the mode learns it from, by ``ModelName.response_source``: dataset ``labels/{T0}.nc``
            or ``products/{T0}.nc``, or the teachers of each temperature of ``mapped``.
        fraction: share of the data that is used, from their start.

    Raises:
        ValueError: an unknown training mode; fewer frames than blocks; samples of fewer frames than the
            trajectory has.
    """
    name = ModelName.parse(model)
    if name.mode == "at_temperature":
        reference = name.temperature
    expansion = Expansion(MODES[name.mode], reference)
    configurations, targets = [], []
    for temperature, trajectory in mapped.items():
        data, at = _blocked(trajectory, blocks, temperature, fraction), len(configurations)
        box = box_of(trajectory)
        base = prior.energy_force(data.position, box)
        configurations.append(Configurations(Source(temperature), data.position, data.piece))
        targets.append(_force_target(data, at, expansion.values(temperature), base[1]))
        if name.mode == "energy_matching":
            targets.append(_energy_target(data, at, expansion.mean_energy(temperature), base[0]))
        if name.response_source == "products":
            targets += _sample_targets(name, response, at, len(data.position), expansion)
        if name.response_source == "projection":
            sites = response[temperature].sites(data.position, data.force)
            configurations.append(Configurations(Source(temperature), sites, data.piece))
            values = response[temperature].responses(sites, box)
            targets += _taught_targets(name, values, at + 1, expansion, temperature)
    if name.response_source == "labels":
        own = _labelled(response, reference, fraction)
        position = own["site_position"].values.astype(float)
        pieces = np.arange(len(position))
        configurations.append(Configurations(Source(reference, labelled=True), position, pieces))
        targets += _label_targets(name, own, len(configurations) - 1, expansion)
    return TrainingSet(configurations, targets, expansion, box, common_species(list(mapped.values())))


@dataclass(frozen=True)
class _Blocked:
    """A trajectory without the frames that fill no block."""

    position: np.ndarray
    force: np.ndarray
    energy: np.ndarray
    piece: np.ndarray


def _blocked(trajectory: xr.Dataset, blocks: int, temperature: float, fraction: float) -> _Blocked:
    trajectory = training_part(trajectory)
    n = trajectory.sizes["time"]
    if n < blocks:
        raise ValueError(
            f"{n} training frames at {temperature:g} K for response.blocks = {blocks}; allowed: at most {n}"
        )
    length = n // blocks
    # whole blocks only: a part of one would weigh as much as a whole one
    kept = slice(n % blocks, n % blocks + _first(blocks, fraction) * length)
    return _Blocked(
        trajectory["position"].values[kept].astype(float),
        trajectory["force"].values[kept].astype(float),
        trajectory["potential_energy"].values[kept].astype(float),
        np.arange(kept.stop - kept.start) // length,
    )


def _first(n: int, fraction: float) -> int:
    return max(1, round(fraction * n))


def _force_target(data: _Blocked, at: int, weights: np.ndarray, base: np.ndarray) -> Target:
    # the prior belongs to W_0, so it counts with the weight of that component
    return Target("force", weights, at, data.force - weights[0] * base, _scale(data.force))


def _energy_target(data: _Blocked, at: int, weights: np.ndarray, base: np.ndarray) -> Target:
    scale = float(np.std(data.energy)) or 1.0
    return Target("energy", weights, at, data.energy - weights[0] * base, scale)


def _sample_targets(
    name: ModelName, samples: xr.Dataset, at: int, n_frames: int, expansion: Expansion
) -> list[Target]:
    if samples.sizes["time"] < n_frames:
        raise ValueError(
            f"samples of the response at {samples.sizes['time']} frames for a trajectory of {n_frames}: "
            "were they made with another response.blocks or frames.test?"
        )
    targets, temperature = [], float(samples.attrs["temperature_K"])
    for response in responses_of(name):
        value = samples[response.variables["products"]].values[:n_frames].astype(float)
        weights = _response_weights(expansion, response.order, temperature)
        size = float(samples.attrs["response_rms"])
        targets.append(Target("force", weights, at, value, _scale(value), size))
    return targets


def _taught_targets(
    name: ModelName, values: Sequence[np.ndarray], at: int, expansion: Expansion, temperature: float
) -> list[Target]:
    return [
        Target("force", _response_weights(expansion, response.order, temperature), at, value, _scale(value))
        for response, value in zip(responses_of(name), values, strict=False)
    ]


def _labelled(labels: xr.Dataset, reference: float, fraction: float) -> xr.Dataset:
    """The labels of the first training frames at the reference temperature."""
    rung = int(np.argmin(np.abs(labels["rung"].values - reference)))
    train = np.flatnonzero(labels["split"].values == 0)
    return labels.isel(rung=rung, frame=train[: _first(len(train), fraction)])


def _label_targets(name: ModelName, own: xr.Dataset, at: int, expansion: Expansion) -> list[Target]:
    targets = []
    for response in responses_of(name):
        value = own[response.variables["labels"]].values.astype(float)
        weights = _response_weights(expansion, response.order, expansion.reference)
        targets.append(Target("force", weights, at, value, _scale(value)))
    return targets


def _response_weights(expansion: Expansion, order: int, temperature: float) -> np.ndarray:
    """The combination of components that is the derivative of W at a temperature."""
    derivative = expansion.derivatives if order == 1 else expansion.second_derivatives
    return derivative(temperature)


def _scale(values: np.ndarray) -> float:
    """Root mean square; values that are all zero have no scale of their own."""
    return rms(values) or 1.0
