"""Costs are compared at equal error, and what cannot be compared is not."""

import json

import numpy as np
import pytest
import xarray as xr

from thermalcg.analysis.second_order import second_order_table
from thermalcg.benchmark.cost_ratio import _cost_at, cost_ratio_table, error_table
from thermalcg.benchmark.radius_scan import radius_table
from thermalcg.benchmark.size_scan import label_noise

BUDGETS = (0.25, 0.5, 1.0)


def replicates(n=6, cheaper=9.0, floor=0.0, seed=1):
    """Predictions whose squared noise is 1/cost, at a ninth of the cost for one of two estimators."""
    rng = np.random.default_rng(seed)
    cases = [(name, b) for name in ("fixed", "products_local") for b in BUDGETS]
    # the cheaper one has twice the data, so that it gets to where the other one ends
    cost = np.array([(100.0 if name == "fixed" else 200.0 / cheaper) * b for name, b in cases])
    noise = np.array([(1.0 if name == "fixed" else 0.5) / b for name, b in cases])
    truth = rng.normal(size=(5, 40, 3))
    found = []
    for _ in range(n):
        error = rng.normal(size=(len(cases), *truth.shape)) * np.sqrt(noise)[:, None, None, None]
        square = (error**2).mean(axis=(1, 2, 3))
        force = np.stack([100 * square + floor, 400 * square + floor], axis=1)
        found.append(
            xr.Dataset(
                {
                    "predicted_trf": (("case", "frame", "bead", "axis"), truth + error),
                    "core_s": (("case",), cost),
                    "trf_squared_error": (("case",), square),
                    "force_squared_error": (("case", "temperature"), force),
                },
                coords={"temperature": [600.0, 700.0]},
                attrs={"cases": json.dumps(cases)},
            )
        )
    return found


def test_statistical_errors_are_those_between_replicates():
    table = error_table(replicates()).set_index(["estimator", "budget"])
    for budget in BUDGETS:
        row = table.loc["fixed", budget]
        exact = np.sqrt(1 / budget)
        assert abs(row["trf_noise_kJ_per_mol_nm_K"] - exact) < 5 * row["trf_noise_stderr"]
        assert row["trf_noise_stderr"] < 0.1 * exact
        assert abs(row["force_error_700K_kJ_per_mol_nm"] - 20 * exact) < 5 * row["force_error_700K_stderr"]
    assert table.loc["products_local", 1.0]["core_s"] == pytest.approx(200 / 9)


def test_the_ratio_of_costs_is_recovered_within_its_interval():
    table = cost_ratio_table(replicates()).set_index(["quantity", "estimator"])
    row = table.loc["trf_noise", "products_local"]
    assert row["low"] < 9 < row["high"]
    assert row["high"] / row["low"] < 2
    assert table.loc["trf_noise", "fixed"]["times_cheaper"] == pytest.approx(1)
    force = table.loc["force_error", "products_local"]
    assert force["times_cheaper"] == pytest.approx(9, rel=0.2)
    assert force["bound"] == 0


def test_an_estimator_that_never_gets_there_is_not_cheaper():
    worse = replicates()
    for data in worse:
        data["force_squared_error"][3:] += 1e4
    row = cost_ratio_table(worse).set_index(["quantity", "estimator"]).loc["force_error", "products_local"]
    assert row["times_cheaper"] == 0


def test_the_cost_at_a_level():
    curve = [(1.0, 16.0), (2.0, 8.0), (4.0, 4.0)]
    assert _cost_at(curve, 8.0) == (pytest.approx(2.0), False)
    assert _cost_at(curve, np.sqrt(32.0)) == (pytest.approx(np.sqrt(8.0)), False)
    assert _cost_at(curve, 20.0) == (pytest.approx(1.0), True)
    assert _cost_at(curve, 3.0) == (np.inf, False)
    # a curve that rises by noise has still been where it was
    assert _cost_at([(1.0, 16.0), (2.0, 4.0), (4.0, 6.0)], 4.5)[0] < 2.0


class Field:
    """A model of three components with known second-order force and bootstrap noise."""

    def __init__(self, second, noise, rng):
        from thermalcg.models.expansion import Expansion

        self.expansion = Expansion("quadratic", 400.0)
        self.second = second + noise * rng.normal(size=second.shape)

    def combination(self, position, box, weights):
        return None, weights[1] * np.ones_like(self.second) + weights[2] * self.second


@pytest.mark.parametrize(("size", "resolved"), [(5.0, 1), (0.5, 0)])
def test_a_second_order_counts_as_resolved_above_its_noise(size, resolved):
    rng = np.random.default_rng(3)
    truth = size * rng.normal(size=(4, 30, 3))
    fitted = truth + rng.normal(size=truth.shape)
    members = [Field(fitted, 0.0, rng), *(Field(fitted, 1.0, rng) for _ in range(20))]
    better = [Field(truth, 0.0, rng), *(Field(truth, 0.01, rng) for _ in range(20))]
    ensembles = {("spline", "trf2"): members, ("spline", "multi_temperature"): better}
    table = second_order_table(ensembles, np.zeros_like(truth), 1.0, 400.0).set_index("mode")
    row = table.loc["trf2"]
    assert row["noise_kJ_per_mol_nm_K2"] == pytest.approx(1.0, rel=0.1)
    assert row["resolved"] == resolved
    if resolved:
        assert row["size_kJ_per_mol_nm_K2"] == pytest.approx(size, rel=0.15)
    # nine times the squared noise over the squared size
    assert row["data_factor"] == pytest.approx(9 / size**2, rel=0.3)
    assert table.loc["multi_temperature"]["resolved"] == 1


def conditional_samples(n_frames=30, n_samples=200, spread=2.0, seed=5):
    """Forces that respond to the own molecule's energy and to that of one neighbour at 0.4 nm, and how."""
    rng = np.random.default_rng(seed)
    n, box, T = 8, 8.0, 300.0
    position = np.zeros((n_frames, n, 3))
    position[..., 0] = np.array([0.0, 0.4, 2.0, 2.4, 4.0, 4.4, 6.0, 6.4])
    energy = spread * rng.normal(size=(n_frames, 2, n_samples, n))
    neighbour = energy[..., [1, 0, 3, 2, 5, 4, 7, 6]]
    response = rng.normal(size=(n_frames, 1, 1, n, 3))
    force = response * (energy + neighbour)[..., None] + rng.normal(size=(n_frames, 2, n_samples, n, 3))
    samples = xr.Dataset(
        {
            "force": (("frame", "chain", "rung", "sample", "bead", "axis"), force[:, :, None]),
            "energy": (("frame", "chain", "rung", "sample"), energy.sum(axis=-1)[:, :, None]),
            "sample_energy": (("frame", "chain", "sample", "bead"), energy),
            "site_position": (("frame", "bead", "axis"), position),
        },
        attrs={"temperature_K": T, "box_nm": box},
    )
    return samples, Direction(response[:, 0, 0])


class Direction:
    """A model that knows the response of these frames up to a factor."""

    def __init__(self, response):
        self.response = response

    def thermal_response(self, position, box, temperature):
        assert position.shape == self.response.shape
        return 0.3 * self.response


def test_local_energies_keep_what_is_near_and_lose_the_noise_of_the_rest():
    samples, direction = conditional_samples()
    table = label_noise(samples, direction, [0.2, 0.5], block_ps=2.0, sample_ps=0.1)
    table = table.set_index("radius_nm")
    near, own = table.loc[0.5], table.loc[0.2]
    assert abs(near["share"] - 1) < 4 * near["share_stderr"]
    assert abs(own["share"] - 0.5) < 4 * own["share_stderr"]  # the neighbour is missed
    assert max(own["share_stderr"], near["share_stderr"]) < 0.05
    assert (table["block_ps"] == 2.0).all()
    assert near["noise_kJ_per_mol_nm_K"] < 0.75 * table.loc[np.inf]["noise_kJ_per_mol_nm_K"]


def test_what_a_radius_keeps_is_the_ratio_of_means_whatever_their_noise():
    rng = np.random.default_rng(7)
    truth, radii = rng.normal(size=(4, 20, 3)), [0.3, 0.4, np.inf]
    kept, noise = np.array([0.5, 0.9, 1.0]), np.array([0.1, 0.2, 0.8])
    replicates = []
    for _ in range(12):
        # a ridge shrinks what is fitted where there is noise; the mean of the products is not fitted
        shrunk = kept[:, None, None, None] * truth / (1 + noise[:, None, None, None] ** 2)
        predicted = shrunk + noise[:, None, None, None] * rng.normal(size=(3, *truth.shape))
        along = kept + 0.1 * noise * rng.normal(size=3)
        squares = np.stack([100 + along, 200 + along], axis=1)
        replicates.append(
            xr.Dataset(
                {
                    "predicted_trf": (("radius", "frame", "bead", "axis"), predicted),
                    "along": (("radius",), along),
                    "force_squared_error": (("radius", "temperature"), squares),
                },
                coords={"radius": radii, "temperature": [300.0, 700.0]},
            )
        )
    table = radius_table(replicates).set_index("radius_nm")
    for radius, share, error in zip(radii, kept, noise, strict=True):
        row = table.loc[radius]
        assert abs(row["share"] - share) <= 4 * row["share_stderr"]
        assert abs(row["trf_noise_kJ_per_mol_nm_K"] - error) < 5 * row["trf_noise_stderr"]
        assert row["force_error_700K_kJ_per_mol_nm"] == pytest.approx(np.sqrt(200 + share), rel=0.02)
    assert table.loc[0.3, "share_stderr"] < 0.05
    assert table.loc[np.inf, "share"] == 1
