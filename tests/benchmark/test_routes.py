"""Every route with every budget on small random data, and the columns of force errors."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from support.pair_gas import BOX, N, gas
from thermalcg.benchmark.routes import ROUTES, ForceColumns, Replicate, compare_routes
from thermalcg.config.files import load_config
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.models.training_data import Configurations, Source, Target, TrainingSet
from thermalcg.response.residual_products import CrossFit
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import variable

T0, TESTED = 350.0, (300.0, 500.0)
SPLINE = from_section(SplineSettings, load_config({}).model_dump()["spline"])
BUDGETS = (0.5, 1.0)
PRIOR = Prior(1e-7, 12, 0.27)


def baseline():
    rng = np.random.default_rng(1)
    position = gas(rng, 20)
    sites = Configurations(Source(T0), position, np.arange(20))
    target = Target("force", np.ones(1), 0, rng.normal(size=position.shape), 1.0)
    expansion = Expansion("constant", T0)
    members, _ = Spline.fit(TrainingSet([sites], [target], expansion, BOX), SPLINE, seed=1, members=1)
    return ThermalPotential(members[0], expansion, PRIOR)


def trajectory(rng, n_frames=80):
    dims, position = ("time", "bead", "axis"), gas(rng, n_frames)
    return xr.Dataset(
        {
            "position": variable(dims, position, "nm"),
            "force": variable(dims, 30 * rng.normal(size=position.shape), "kJ/mol/nm"),
            "potential_energy": variable(("time",), 3 * rng.normal(size=n_frames), "kJ/mol"),
            "split": variable(("time",), np.zeros(n_frames, np.int8), "1"),
        },
        coords={"time": 0.1 * np.arange(n_frames)},
        attrs={"temperature_K": T0, "box_nm": BOX},
    )


def conditional(rng, rungs, frames=4, chains=2, samples=24):
    dims = ("frame", "chain", "rung", "sample")
    shape = (frames, chains, len(rungs), samples)
    return xr.Dataset(
        {
            "force": ((*dims, "bead", "axis"), 30 * rng.normal(size=(*shape, N, 3))),
            "energy": (dims, 3 * rng.normal(size=shape)),
            "sample_energy": (
                ("frame", "chain", "sample", "bead"),
                rng.normal(size=(*shape[:2], samples, N)),
            ),
            "site_position": (("frame", "bead", "axis"), gas(rng, frames)),
            "wall_s": (("frame",), np.full(frames, 10.0)),
        },
        coords={"rung": rungs},
        attrs={"temperature_K": T0, "box_nm": BOX},
    )


def labels(rng, temperature, frames=4):
    dims, shape = ("frame", "chain", "rung", "bead", "axis"), (frames, 2, 1, N, 3)
    return xr.Dataset(
        {
            "site_position": (("frame", "bead", "axis"), gas(rng, frames)),
            "split": (("frame",), np.ones(frames, int)),
            "converged": (("frame", "rung"), np.ones((frames, 1), int)),
            "chain_mean_force": (dims, rng.normal(size=shape)),
            "chain_trf": (dims, rng.normal(size=shape)),
        },
        coords={"rung": [temperature]},
        attrs={"temperature_K": temperature, "box_nm": BOX},
    )


@pytest.fixture(scope="module")
def compared():
    rng = np.random.default_rng(2)
    replicate = Replicate(
        mapped=trajectory(rng),
        wall_s_per_ps=2.0,
        molecule_energy=rng.normal(size=(80, N)),
        molecule_energy_s=4.0,
        fixed=conditional(rng, [T0]),
        fixed_burn_in=12.0,
        fixed_energy_s=6.0,
        rungs=conditional(rng, [T0, 1.1 * T0]),
        spacing_ps=2.0,
    )
    tests = {T: labels(rng, T) for T in (T0, *TESTED)}
    return compare_routes(
        replicate, baseline(), tests, CrossFit(SPLINE, 10, 5), radius_nm=0.45, budgets=BUDGETS
    )


def cases_of(compared):
    """Route and budget of every case."""
    return list(zip(compared["estimator"].values.tolist(), compared["budget"].values.tolist(), strict=True))


def test_every_route_is_there_with_every_budget(compared):
    cases = cases_of(compared)
    assert set(cases) == {(route, budget) for route in ROUTES for budget in BUDGETS}
    assert len(cases) == len(set(cases))
    assert compared["predicted_trf"].dims == ("case", "frame", "bead", "axis")
    assert compared["temperature"].values.tolist() == list(TESTED)
    assert np.isfinite(compared["predicted_trf"]).all()
    predicted = {case: compared["predicted_trf"].values[k] for k, case in enumerate(cases)}
    assert not np.allclose(predicted["fixed", 1.0], predicted["fixed_local", 1.0])
    assert not np.allclose(predicted["products_box", 1.0], predicted["products_box", 0.5])


def test_costs_of_sampling_are_those_of_the_simulations(compared):
    sampling = (compared["core_s"] - compared["analysis_s"]).values
    costs = dict(zip(cases_of(compared), sampling, strict=True))
    assert costs["products_box", 1.0] == pytest.approx(8.0 * 2.0)
    assert costs["products_local", 0.5] == pytest.approx(4.0 * 2.0 + 0.5 * 4.0)
    # the stretch of trajectory that the frames are taken from, and their runs
    assert costs["rungs", 1.0] == costs["mbar", 1.0] == pytest.approx(4 * 2.0 * 2.0 + 40.0)
    assert costs["fixed_local", 1.0] == pytest.approx(costs["fixed", 1.0] + 6.0)
    # a quarter of the samples, with the whole start
    assert costs["fixed_short", 0.5] == pytest.approx(2 * 2.0 * 2.0 + 20.0 * (12 + 6) / (12 + 24))


def test_columns_of_force_errors_are_found_from_cold_to_hot():
    temperatures = (298.15, 300.0, 1000.0)
    names = [name for T in reversed(temperatures) for name in (ForceColumns(T).value, ForceColumns(T).stderr)]
    assert "force_error_300K_kJ_per_mol_nm" in names
    found = ForceColumns.of(pd.DataFrame(columns=["estimator", *names]))
    assert [column.temperature for column in found] == list(temperatures)
    assert found[0].stderr == "force_error_298.15K_stderr"


def test_one_route_is_the_published_one_at_two_lengths():
    assert [name for name, route in ROUTES.items() if route.published] == ["fixed", "fixed_short"]
    assert [route.name for route in ROUTES.values()] == list(ROUTES)
