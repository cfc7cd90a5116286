"""Every route to the thermal response on the same data: what it predicts, and what it cost.

A replicate is one all-atom trajectory at T0 and conditional runs on frames of it.  Each estimator gets a
part of it (a budget), trains the response component of a spline, and predicts the response at test sites.
The component of the mean force is the same for all, so that they differ in nothing else.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from thermalcg.analysis.force_error import cross_chain_error
from thermalcg.atomistic.molecule_energies import neighbourhood
from thermalcg.conditional.labels import by_time, trf_label
from thermalcg.conditional.mbar import mbar_weights
from thermalcg.conditional.test_frames import converged_test_frames
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.models.training_data import Configurations, Source, Target, TrainingSet
from thermalcg.response.residual_products import residual_products
from thermalcg.storage.datasets import variable
from thermalcg.units import SECONDS_PER_DAY

#: What each estimator is called in figures, in the order of the tables.
ESTIMATORS = {
    "fixed": "covariance, one temperature",
    "fixed_short": "covariance, one temperature, quarter length",
    "fixed_local": "covariance, one temperature, local energy",
    "fixed_local_short": "covariance, one temperature, local energy, quarter length",
    "rungs": "covariance, replica exchange",
    "mbar": "replica exchange, MBAR",
    "products_box": "residual products, whole box",
    "products_local": "residual products, local energy",
    "energy_matching": "energy matching",
}


#: Sites, nm, shape (n, N, 3), to F' there, kJ/mol/nm/K.
Response = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Replicate:
    """One independent set of data at T0.

    Attributes:
        mapped: dataset ``mapped/{T}.nc`` of the trajectory, all of it for training.
        wall_s_per_ps: of the trajectory.  Its equilibration counts for no route: all of them need it.
        molecule_energy: kJ/mol, shape (time, bead), and the seconds it took.
        fixed: conditional runs at T0 alone, with ``sample_energy`` (frame, chain, sample, bead).
        fixed_burn_in: their discarded start, in samples.
        rungs: conditional runs with replica exchange.
        spacing_ps: between the frames.
        budgets: shares of the data at which every route is evaluated.
    """

    mapped: xr.Dataset
    wall_s_per_ps: float
    molecule_energy: np.ndarray
    molecule_energy_s: float
    fixed: xr.Dataset
    fixed_burn_in: float
    fixed_energy_s: float
    rungs: xr.Dataset
    spacing_ps: float
    budgets: list[float]


def estimate(
    replicate: Replicate,
    baseline: ThermalPotential,
    spline: SplineSettings,
    tests: dict[float, xr.Dataset],
    *,
    radius_nm: float,
    blocks: int,
    folds: int,
) -> xr.Dataset:
    """Predictions, errors and costs of every estimator and budget.

    Args:
        baseline: mean forces at T0, of constant expansion.
        tests: label datasets of the test frames; that of T0 gives the response error.

    Returns:
        Dimensions case (estimator and budget), frame, bead, axis, temperature; the attribute ``cases``
        lists (estimator, budget) as JSON.
    """
    cases, rows = [], []
    routes = _routes(replicate, baseline, spline, radius_nm=radius_nm, blocks=blocks, folds=folds)
    for name, budget, sampling_s, fit in routes:
        started = time.process_time()
        response = fit()
        analysis_s = time.process_time() - started
        cases.append([name, budget])
        cost = {"core_s": sampling_s + analysis_s, "analysis_s": analysis_s}
        rows.append(prediction_errors(response, baseline, tests) | cost)
    dims = {
        "predicted_trf": (("case", "frame", "bead", "axis"), "kJ/mol/nm/K"),
        "core_s": (("case",), "s"),
        "analysis_s": (("case",), "s"),
        "trf_squared_error": (("case",), "kJ2/mol2/nm2/K2"),
        "force_squared_error": (("case", "temperature"), "kJ2/mol2/nm2"),
    }
    data = {k: variable(d, np.stack([r[k] for r in rows]), unit) for k, (d, unit) in dims.items()}
    reference = baseline.expansion.reference
    return xr.Dataset(
        data,
        coords={"temperature": tested_temperatures(tests, reference)},
        attrs={"cases": json.dumps(cases), "temperature_K": reference},
    )


def tested_temperatures(tests: dict[float, xr.Dataset], reference: float) -> list[float]:
    """Temperatures at which a response is tested by the forces that it predicts."""
    return sorted(T for T in tests if reference != T)


def prediction_errors(
    response: Response, baseline: ThermalPotential, tests: dict[float, xr.Dataset]
) -> dict[str, np.ndarray | float]:
    """What a response predicts at the test sites of T0, and by how much it misses labels there and forces at
    the other temperatures, their noise taken off: ``predicted_trf``, ``trf_squared_error``,
    ``force_squared_error`` (temperature)."""
    reference, box = baseline.expansion.reference, float(next(iter(tests.values())).attrs["box_nm"])
    own = converged_test_frames(tests[reference])
    predicted = response(own["site_position"].values.astype(float))
    errors = []
    for T in tested_temperatures(tests, reference):
        test = converged_test_frames(tests[T])
        position = test["site_position"].values.astype(float)
        force = baseline.mean_force(position, box, reference) + (T - reference) * response(position)
        errors.append(cross_chain_error(force, test["chain_mean_force"].values).mean())
    return {
        "predicted_trf": predicted,
        "trf_squared_error": cross_chain_error(predicted, own["chain_trf"].values).mean(),
        "force_squared_error": np.array(errors),
    }


def _routes(
    data: Replicate, baseline: ThermalPotential, spline: SplineSettings, *, radius_nm, blocks, folds
) -> Iterator[tuple[str, float, float, Callable[[], Response]]]:
    """(estimator, budget, core-seconds of its sampling, function that fits it)."""
    box, reference = float(data.mapped.attrs["box_nm"]), baseline.expansion.reference
    time_ps = data.mapped["time"].values
    duration = float(time_ps[-1] - time_ps[0] + time_ps[1] - time_ps[0])

    def trajectory_s(length_ps: float) -> float:
        return length_ps * data.wall_s_per_ps

    for budget in data.budgets:
        part = data.mapped.isel(time=slice(0, round(budget * data.mapped.sizes["time"])))
        ordinary = trajectory_s(budget * duration)
        for name, radius, energies in (
            ("products_box", None, None),
            ("products_local", radius_nm, data.molecule_energy),
        ):
            extra = 0.0 if energies is None else budget * data.molecule_energy_s

            yield (
                name,
                budget,
                ordinary + extra,
                lambda part=part, radius=radius, energies=energies: fitted_products(
                    *training_products(
                        part, baseline.prior, spline, radius, energies, blocks=blocks, folds=folds
                    ),
                    spline,
                ),
            )
        yield (
            "energy_matching",
            budget,
            ordinary,
            lambda part=part: _energy_matching(part, baseline, spline, blocks),
        )

    n_frames = data.fixed.sizes["frame"]
    for count in sorted({max(2, round(budget * n_frames)) for budget in data.budgets}):
        budget = count / n_frames
        frames_s = trajectory_s(count * data.spacing_ps)
        fixed, rungs = data.fixed.isel(frame=slice(count)), data.rungs.isel(frame=slice(count))
        rungs_s = frames_s + float(rungs["wall_s"].sum())
        energy_s = data.fixed_energy_s * count / n_frames
        whole, quarter = fixed.sizes["sample"], fixed.sizes["sample"] // 4
        for suffix, samples in (("", whole), ("_short", quarter)):
            part = fixed.isel(sample=slice(samples))
            # a short run has as long a start
            run = (data.fixed_burn_in + samples) / (data.fixed_burn_in + whole)
            sampled_s = frames_s + run * float(fixed["wall_s"].sum())
            yield f"fixed{suffix}", budget, sampled_s, lambda x=part: _covariance(x, reference, box, spline)
            yield (
                f"fixed_local{suffix}",
                budget,
                sampled_s + samples / whole * energy_s,
                lambda x=part: _covariance(x, reference, box, spline, radius_nm),
            )
        yield "rungs", budget, rungs_s, lambda x=rungs: _covariance(x, reference, box, spline)
        yield "mbar", budget, rungs_s, lambda x=rungs: _reweighted(x, reference, box, spline)


def training_products(
    part: xr.Dataset,
    prior: Prior,
    spline: SplineSettings,
    radius_nm: float | None,
    molecule_energy: np.ndarray | None,
    *,
    blocks: int,
    folds: int,
) -> tuple[np.ndarray, xr.Dataset]:
    """Sites (time, N, 3) and residual products of a trajectory; arguments as in ``residual_products``."""
    made = residual_products(
        part,
        prior,
        spline,
        blocks=blocks,
        folds=folds,
        radius_nm=radius_nm,
        molecule_energy=None if radius_nm is None else molecule_energy[: part.sizes["time"]],
    )
    kept = part.isel(time=slice(part.sizes["time"] - made.sizes["time"], None))
    return kept["position"].values.astype(float), made


def fitted_products(position: np.ndarray, products: xr.Dataset, spline: SplineSettings) -> Response:
    """The response that residual products at these sites give."""
    value, block = products["trf_product"].values, products["block"].values
    return _fitted(position, value, block, float(products.attrs["box_nm"]), spline)


def _fitted(position, value, piece, box: float, spline: SplineSettings) -> Response:
    """The response component of a spline, trained on ``value`` at ``position``."""
    value = np.asarray(value, float)
    scale = float(np.sqrt((value**2).mean()))
    sites = Configurations(Source(1.0), position, np.asarray(piece))
    target = Target("force", np.ones(1), 0, value, scale)
    data = TrainingSet([sites], [target], Expansion("constant", 1.0), box)
    field = Spline.fit(data, spline, seed=0, members=1)[0][0].force_field(np.ones(1), box)
    return lambda x: field(x)[1]


def _covariance(samples: xr.Dataset, temperature: float, box, spline, radius_nm: float | None = None):
    """Covariance labels from the lowest rung's own samples."""
    values = []
    for frame in range(samples.sizes["frame"]):
        force, energy = (samples[name].values[frame, :, 0].astype(float) for name in ("force", "energy"))
        if radius_nm is not None:
            near = neighbourhood(samples["site_position"].values[frame], box, radius_nm)
            energy = samples["sample_energy"].values[frame].astype(float) @ near
        values.append(trf_label(force, energy, temperature))
    position = samples["site_position"].values.astype(float)
    return _fitted(position, np.array(values), np.arange(len(position)), box, spline)


def _reweighted(samples: xr.Dataset, temperature: float, box, spline) -> Response:
    """Covariance labels from all rungs' samples, reweighted to the lowest."""
    values = []
    for frame in range(samples.sizes["frame"]):
        force, energy = samples["force"].values[frame], samples["energy"].values[frame]
        weights = mbar_weights(energy, samples["rung"].values, np.array([temperature]))[0]
        values.append(trf_label(*(by_time(x) for x in (force, energy)), temperature, by_time(weights)))
    position = samples["site_position"].values.astype(float)
    return _fitted(position, np.array(values), np.arange(len(position)), box, spline)


def _energy_matching(part: xr.Dataset, baseline: ThermalPotential, spline, blocks: int) -> Response:
    """F' = (F - F_U) / T0 with F_U the force of the fitted mean energy, since U = W - T W'."""
    box, reference = float(part.attrs["box_nm"]), baseline.expansion.reference
    position = part["position"].values.astype(float)
    base: Prior = baseline.prior
    value = part["potential_energy"].values - base.energy_force(position, box)[0]
    piece = np.arange(len(position)) * blocks // len(position)
    sites = Configurations(Source(1.0), position, piece)
    target = Target("energy", np.ones(1), 0, value, float(value.std()))
    data = TrainingSet([sites], [target], Expansion("constant", 1.0), box)
    field = Spline.fit(data, spline, seed=0, members=1)[0][0].force_field(np.ones(1), box)

    def response(x: np.ndarray) -> np.ndarray:
        energy_force = field(x)[1] + base.energy_force(x, box)[1]
        return (baseline.mean_force(x, box, reference) - energy_force) / reference

    return response


def seconds_per_ps(trajectory: xr.Dataset) -> float:
    """Core-seconds that a picosecond of an all-atom run took."""
    return SECONDS_PER_DAY / (float(trajectory.attrs["ns_per_day"]) * 1e3) * int(trajectory.attrs["threads"])
