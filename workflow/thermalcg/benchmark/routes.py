"""Every route to the thermal response on the same data: its predictions and its cost.

A replicate is one all-atom trajectory at T0 and conditional runs on frames of it.  Each route gets a
part of it (a budget), trains the response component of a spline, and predicts the response at test sites.
The component of the mean force is the same for all, so that the routes differ in nothing else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.analysis.force_error import cross_chain_error
from thermalcg.atomistic.molecule_energies import neighbourhood
from thermalcg.atomistic.response_frames import response_frames
from thermalcg.conditional.labels import by_time, trf_label
from thermalcg.conditional.mbar import mbar_weights
from thermalcg.conditional.own_frames import own_test_frames
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.models.training_data import Configurations, Source, Target, TrainingSet
from thermalcg.response.projection_files import projected
from thermalcg.response.residual_products import CrossFit, residual_products
from thermalcg.statistics import rms
from thermalcg.storage.datasets import variable
from thermalcg.units import PS_PER_NS, SECONDS_PER_DAY

#: Sites, nm, shape (n, N, 3), to F' there, kJ/mol/nm/K.
ResponseField = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Route:
    """A way to the thermal response from data of one temperature.

    Attributes:
        name: in the column ``estimator`` of tables.
        label: in figures.
        published: covariances from runs at one temperature, which the other routes are compared with.
    """

    name: str
    label: str
    published: bool = False


#: All routes by name, in the order of tables and figures.
ROUTES = {
    route.name: route
    for route in (
        Route("fixed", "covariance, one temperature", published=True),
        Route("fixed_short", "covariance, one temperature, quarter length", published=True),
        Route("fixed_local", "covariance, one temperature, local energy"),
        Route("fixed_local_short", "covariance, one temperature, local energy, quarter length"),
        Route("rungs", "covariance, replica exchange"),
        Route("mbar", "replica exchange, MBAR"),
        Route("projected", "projected force field"),
        Route("products_box", "residual products, whole box"),
        Route("products_local", "residual products, local energy"),
        Route("energy_matching", "energy matching"),
    )
}


@dataclass(frozen=True)
class Replicate:
    """One independent set of data at T0.

    Attributes:
        mapped: dataset ``mapped/{T}.nc`` of the trajectory, all of it for training.
        wall_s_per_ps: core-seconds of a picosecond of it.  Its equilibration counts for no route, since all
            of them need it.
        molecule_energy: kJ/mol, shape (time, bead).
        molecule_energy_s: core-seconds that these energies took.
        fixed: conditional runs at T0 alone, with ``sample_energy`` (frame, chain, sample, bead).
        fixed_burn_in: their discarded start, in samples.
        fixed_energy_s: core-seconds that ``sample_energy`` took.
        rungs: conditional runs with replica exchange.
        spacing_ps: between the frames.
        trajectory: dataset ``all_atom/{T}.nc`` with frames for the response; None for those of ``mapped``.
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
    trajectory: xr.Dataset | None = None

    def response_frames(self, n_frames: int, blocks: int) -> tuple[xr.Dataset, float]:
        """Those of the first ordinary frames, in whole blocks, and the core-seconds of their energies."""
        part = self.mapped.isel(time=slice(n_frames))
        share = n_frames / self.mapped.sizes["time"]
        if self.trajectory is None:
            energy = variable(("time", "bead"), self.molecule_energy[:n_frames], "kJ/mol")
            return response_frames(part.assign(bead_energy=energy), blocks), share * self.molecule_energy_s
        n = round(share * self.trajectory.sizes["response_time"])
        run = self.trajectory.isel(time=slice(n_frames), response_time=slice(n))
        return response_frames(part, blocks, run), n * float(run.attrs["response_record_s"])


@dataclass(frozen=True)
class RouteTrial:
    """A route with a part of the data of a replicate.

    Attributes:
        route: its name.
        budget: share of the trajectory or of its frames.
        sampling_s: core-seconds of the simulations.
        fit: learns the response from the data; what it takes is the cost of the analysis.
    """

    route: str
    budget: float
    sampling_s: float
    fit: Callable[[], ResponseField]


def compare_routes(
    replicate: Replicate,
    baseline: ThermalPotential,
    tests: dict[float, xr.Dataset],
    cross_fit: CrossFit,
    *,
    radius_nm: float,
    budgets: Sequence[float],
) -> xr.Dataset:
    """Predictions, errors and costs of every route with every budget.

    Args:
        baseline: mean forces at T0, of constant expansion.
        tests: label datasets of the test frames; that of T0 gives the response error.
        cross_fit: how residual products are made; all routes train splines of its settings.
        radius_nm: of the local energies, nm.
        budgets: shares of the data.

    Returns:
        Dimensions case, frame, bead, axis, temperature; ``estimator`` and ``budget`` tell the cases apart.
    """
    routes = _Routes(replicate, baseline, cross_fit, radius_nm)
    trials, rows = [*routes.ordinary(budgets), *routes.conditional(budgets)], []
    trials[0].fit()  # compiles what all routes use, which is no part of the cost of the first
    for trial in trials:
        started = time.process_time()
        response = trial.fit()
        analysis_s = time.process_time() - started
        cost = {"core_s": trial.sampling_s + analysis_s, "analysis_s": analysis_s}
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
        coords={
            "temperature": tested_temperatures(tests, reference),
            "estimator": ("case", [trial.route for trial in trials]),
            "budget": ("case", [trial.budget for trial in trials]),
        },
        attrs={"temperature_K": reference},
    )


@dataclass(frozen=True)
class ForceColumns:
    """Columns of a table for the force error at one temperature and its standard error."""

    temperature: float

    @property
    def value(self) -> str:
        """The column of the error, kJ/mol/nm."""
        return f"force_error_{self.temperature:.15g}K_kJ_per_mol_nm"

    @property
    def stderr(self) -> str:
        """The column of its standard error, kJ/mol/nm."""
        return f"force_error_{self.temperature:.15g}K_stderr"

    @classmethod
    def of(cls, table: pd.DataFrame) -> list[ForceColumns]:
        """Those of a table, from the coldest to the hottest."""
        found = (re.fullmatch(r"force_error_([\d.]+)K_kJ_per_mol_nm", name) for name in table)
        return [cls(T) for T in sorted(float(match[1]) for match in found if match)]


def tested_temperatures(tests: dict[float, xr.Dataset], reference: float) -> list[float]:
    """Temperatures at which a response is tested by the forces that it predicts."""
    return sorted(T for T in tests if reference != T)


def prediction_errors(
    response: ResponseField, baseline: ThermalPotential, tests: dict[float, xr.Dataset]
) -> dict[str, np.ndarray | float]:
    """Predictions of a response and their squared errors, the noise of the labels taken off.

    Returns:
        ``predicted_trf`` at the test sites of T0; ``trf_squared_error`` against the labels there;
        ``force_squared_error`` (temperature), of the forces of baseline plus response at the other
        temperatures.
    """
    reference, box = baseline.expansion.reference, float(next(iter(tests.values())).attrs["box_nm"])
    own = own_test_frames(tests[reference])
    predicted = response(own["site_position"].values.astype(float))
    errors = []
    for T in tested_temperatures(tests, reference):
        test = own_test_frames(tests[T])
        position = test["site_position"].values.astype(float)
        force = baseline.mean_force(position, box, reference) + (T - reference) * response(position)
        errors.append(cross_chain_error(force, test["chain_mean_force"].values).mean())
    return {
        "predicted_trf": predicted,
        "trf_squared_error": cross_chain_error(predicted, own["chain_trf"].values).mean(),
        "force_squared_error": np.array(errors),
    }


@dataclass(frozen=True)
class _Routes:
    """The cases of every route to the response from the data of one replicate."""

    data: Replicate
    baseline: ThermalPotential
    cross_fit: CrossFit
    radius_nm: float

    def _trajectory_s(self, length_ps: float) -> float:
        return length_ps * self.data.wall_s_per_ps

    def ordinary(self, budgets: Sequence[float]) -> Iterator[RouteTrial]:
        """Routes from the start of the ordinary trajectory."""
        data = self.data
        time_ps = data.mapped["time"].values
        duration = float(time_ps[-1] - time_ps[0] + time_ps[1] - time_ps[0])
        for budget in budgets:
            part = data.mapped.isel(time=slice(0, round(budget * data.mapped.sizes["time"])))
            sampling_s = self._trajectory_s(budget * duration)
            energy_s = budget * data.molecule_energy_s
            frames, recorded_s = data.response_frames(part.sizes["time"], self.cross_fit.blocks)
            yield RouteTrial("projected", budget, sampling_s + recorded_s, partial(self._projected, frames))
            whole = partial(self._products, part, None, None)
            local = partial(self._products, part, self.radius_nm, data.molecule_energy)
            yield RouteTrial("products_box", budget, sampling_s, whole)
            yield RouteTrial("products_local", budget, sampling_s + energy_s, local)
            yield RouteTrial("energy_matching", budget, sampling_s, partial(self._energy_matching, part))

    def conditional(self, budgets: Sequence[float]) -> Iterator[RouteTrial]:
        """Routes from conditional runs on the first frames of the trajectory."""
        data = self.data
        n_frames = data.fixed.sizes["frame"]
        for count in sorted({max(2, round(budget * n_frames)) for budget in budgets}):
            budget = count / n_frames
            frames_s = self._trajectory_s(count * data.spacing_ps)
            fixed, rungs = data.fixed.isel(frame=slice(count)), data.rungs.isel(frame=slice(count))
            rungs_s = frames_s + float(rungs["wall_s"].sum())
            energy_s = data.fixed_energy_s * count / n_frames
            whole, quarter = fixed.sizes["sample"], fixed.sizes["sample"] // 4
            for suffix, samples in (("", whole), ("_short", quarter)):
                part = fixed.isel(sample=slice(samples))
                # a short run has as long a start
                run = (data.fixed_burn_in + samples) / (data.fixed_burn_in + whole)
                sampled_s = frames_s + run * float(fixed["wall_s"].sum())
                local_s = sampled_s + samples / whole * energy_s
                local = partial(self._covariance, part, self.radius_nm)
                yield RouteTrial(f"fixed{suffix}", budget, sampled_s, partial(self._covariance, part))
                yield RouteTrial(f"fixed_local{suffix}", budget, local_s, local)
            yield RouteTrial("rungs", budget, rungs_s, partial(self._covariance, rungs))
            yield RouteTrial("mbar", budget, rungs_s, partial(self._reweighted, rungs))

    def _projected(self, frames: xr.Dataset) -> ResponseField:
        model = projected(frames, self.baseline.prior, self.cross_fit.spline, self.cross_fit.blocks)
        spline = model.potential("linear").components
        field = spline.force_field(np.array([0.0, 1.0]), float(frames.attrs["box_nm"]))
        return lambda x: field(x)[1]

    def _products(
        self, part: xr.Dataset, radius_nm: float | None, molecule_energy: np.ndarray | None
    ) -> ResponseField:
        position, products = training_products(
            part, self.baseline.prior, self.cross_fit, radius_nm, molecule_energy
        )
        return fitted_products(position, products, self.cross_fit.spline)

    def _covariance(self, samples: xr.Dataset, radius_nm: float | None = None) -> ResponseField:
        """From covariance labels of the lowest rung's own samples."""
        values = []
        for frame in range(samples.sizes["frame"]):
            force, energy = (samples[name].values[frame, :, 0].astype(float) for name in ("force", "energy"))
            if radius_nm is not None:
                box = float(self.data.mapped.attrs["box_nm"])
                near = neighbourhood(samples["site_position"].values[frame], box, radius_nm)
                energy = samples["sample_energy"].values[frame].astype(float) @ near
            values.append(trf_label(force, energy, self.baseline.expansion.reference))
        return self._fitted_labels(samples, values)

    def _reweighted(self, samples: xr.Dataset) -> ResponseField:
        """From covariance labels of all rungs' samples, reweighted to the lowest."""
        T, values = self.baseline.expansion.reference, []
        for frame in range(samples.sizes["frame"]):
            force, energy = samples["force"].values[frame], samples["energy"].values[frame]
            weights = mbar_weights(energy, samples["rung"].values, np.array([T]))[0]
            values.append(trf_label(*(by_time(x) for x in (force, energy)), T, by_time(weights)))
        return self._fitted_labels(samples, values)

    def _fitted_labels(self, samples: xr.Dataset, values: list[np.ndarray]) -> ResponseField:
        position, box = samples["site_position"].values.astype(float), float(self.data.mapped.attrs["box_nm"])
        return _fitted(position, np.array(values), np.arange(len(position)), box, self.cross_fit.spline)

    def _energy_matching(self, part: xr.Dataset) -> ResponseField:
        """F' = (F - F_U) / T0 with F_U the force of the fitted mean energy, since U = W - T W'."""
        box, baseline = float(part.attrs["box_nm"]), self.baseline
        reference, prior = baseline.expansion.reference, baseline.prior
        position = part["position"].values.astype(float)
        value = part["potential_energy"].values - prior.energy_force(position, box)[0]
        piece = np.arange(len(position)) * self.cross_fit.blocks // len(position)
        target = Target("energy", np.ones(1), 0, value, float(value.std()))
        sites = Configurations(Source(1.0), position, piece)
        energy_field = _field(sites, target, box, self.cross_fit.spline)

        def response(x: np.ndarray) -> np.ndarray:
            energy_force = energy_field(x) + prior.energy_force(x, box)[1]
            return (baseline.mean_force(x, box, reference) - energy_force) / reference

        return response


def training_products(
    part: xr.Dataset,
    prior: Prior,
    cross_fit: CrossFit,
    radius_nm: float | None,
    molecule_energy: np.ndarray | None,
) -> tuple[np.ndarray, xr.Dataset]:
    """Sites (time, N, 3) and residual products of a trajectory; arguments as in ``residual_products``."""
    energies = None if radius_nm is None else molecule_energy[: part.sizes["time"]]
    made = residual_products(part, prior, cross_fit, radius_nm=radius_nm, molecule_energy=energies)
    kept = part.isel(time=slice(part.sizes["time"] - made.sizes["time"], None))
    return kept["position"].values.astype(float), made


def fitted_products(position: np.ndarray, products: xr.Dataset, spline: SplineSettings) -> ResponseField:
    """The response that is fitted to residual products at these sites."""
    value, block = products["trf_product"].values, products["block"].values
    return _fitted(position, value, block, float(products.attrs["box_nm"]), spline)


def _fitted(position, value, piece, box: float, spline: SplineSettings) -> ResponseField:
    """The response component of a spline, trained on ``value`` at ``position``."""
    value = np.asarray(value, float)
    scale = rms(value)
    sites = Configurations(Source(1.0), position, np.asarray(piece))
    return _field(sites, Target("force", np.ones(1), 0, value, scale), box, spline)


def _field(sites: Configurations, target: Target, box: float, spline: SplineSettings) -> ResponseField:
    """The force field, without dependence on temperature, of a spline that is fitted to one target."""
    data = TrainingSet([sites], [target], Expansion("constant", 1.0), box)
    field = Spline.fit(data, spline, seed=0, members=1)[0][0].force_field(np.ones(1), box)
    return lambda x: field(x)[1]


def seconds_per_ps(trajectory: xr.Dataset) -> float:
    """Core-seconds that a picosecond of an all-atom run took."""
    ps_per_day = float(trajectory.attrs["ns_per_day"]) * PS_PER_NS
    return SECONDS_PER_DAY / ps_per_day * int(trajectory.attrs["threads"])
