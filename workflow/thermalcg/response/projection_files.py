"""The projected response of a trajectory as a file: block sums, from which every model is solved."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from thermalcg.models.prior import PairPriors, Prior
from thermalcg.models.species import Species
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.statistics import rms
from thermalcg.storage.datasets import box_of, variable

from .moments import Moments
from .projected_second import DirectionMoments
from .projected_splines import (
    ProjectionSettings,
    SplineProjection,
    of_block_sums,
    project_splines,
)
from .shells import shells_within

#: Block sums in the file: attribute of ``SplineProjection``, field, dimensions, unit (times kJ/mol with an
#: energy as weight).
SUMS = {
    "count": ("moments", "count", ("block",), "1"),
    "gram": ("moments", "gram", ("block", "weight", "function", "other_function"), "1"),
    "vector": ("moments", "vector", ("block", "weight", "function"), "kJ/mol/nm"),
    "weight_sum": ("moments", "weight", ("block", "weight"), "1"),
    "along_gram": ("along", "gram", ("block", "power", "direction", "other_direction"), "1"),
    "along_residual": ("along", "residual", ("block", "power", "direction"), "kJ/mol/nm"),
    "along_weight": ("along", "weight", ("block", "power"), "1"),
}


def projected(
    frames: xr.Dataset, prior: Prior | PairPriors, spline: SplineSettings, blocks: int
) -> SplineProjection:
    """The projected response of frames (``atomistic.response_frames``), with all shells that fit the box."""
    radii = () if frames.attrs["shared_energy"] else shells_within(box_of(frames))
    settings = ProjectionSettings(spline, blocks, radii)
    return project_splines(frames, frames["molecule_energy"].values, prior, settings)


def projection_dataset(projection: SplineProjection, frames: xr.Dataset) -> xr.Dataset:
    """The dataset ``projected/{T}.nc`` (``thermalcg.storage.declared``).

    Args:
        projection: of these frames.
        frames: of ``response_frames``.
    """
    sums = {
        name: variable(dims, getattr(getattr(projection, part), field), unit)
        for name, (part, field, dims, unit) in SUMS.items()
    }
    own = projection.first
    data = xr.Dataset(
        {
            **sums,
            "shell_weight": variable(("shell",), own.weights, "1"),
        },
        attrs={
            "temperature_K": own.temperature,
            "box_nm": frames.attrs["box_nm"],
            "radii_nm": json.dumps(projection.settings.radii_nm),
            "base_penalty": projection.strengths[0],
            "response_penalty": projection.strengths[1],
            "force_rms": rms(frames["force"].values),
            "response_rms": own.size(own.response),
            "response_error": own.error(own.response_without),
            "second_order_weight": projection.second.weight,
        },
    )
    return data if projection.species is None else projection.species.recorded(data)


def read_projection(data: xr.Dataset, prior: Prior | PairPriors, spline: SplineSettings) -> SplineProjection:
    """The inverse of ``projection_dataset``.

    Args:
        data: dataset ``projected/{T}.nc``.
        prior, spline: of the estimate.
    """
    parts: dict[str, dict[str, np.ndarray]] = {"moments": {}, "along": {}}
    for name, (part, field, _, _) in SUMS.items():
        parts[part][field] = data[name].values
    moments = Moments(**parts["moments"])
    along = DirectionMoments(count=moments.count, **parts["along"])
    settings = ProjectionSettings(spline, moments.n_blocks, tuple(json.loads(data.attrs["radii_nm"])))
    strengths = float(data.attrs["base_penalty"]), float(data.attrs["response_penalty"])
    temperature, species = float(data.attrs["temperature_K"]), Species.of(data)
    return of_block_sums(settings, prior, temperature, moments, along, strengths, species)
