"""Structural errors against all-atom runs: distances and ratios from small datasets."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.analysis.curve_distance import squared_distance
from thermalcg.analysis.ratios import ErrorRatio
from thermalcg.analysis.structure import ObservedRuns
from thermalcg.analysis.structure_error import (
    ALL_ATOM,
    CURVES,
    curves_of,
    observed_structure,
    structure_errors,
    structure_ratios,
    structure_values,
)
from thermalcg.models.names import ModelKey

BINS = 50


def observed(level, runs=4, noise=0.01, seed=0, changed=0, members=None):
    """Observables of a few runs: curves at a level, with noise."""
    rng = np.random.default_rng(seed)
    curves = {name: (("run", name[0]), level + noise * rng.normal(size=(runs, BINS))) for name in CURVES}
    values = {
        name: (("run",), level + noise * rng.normal(size=runs))
        for name in ("coordination", "tetrahedral_order")
    }
    errors = {f"{name}_se": noise for name in values}
    attempts = np.zeros(runs, int) if members is None else np.array(members)
    others = {
        f"{name}_change": (("changed", "run", name[0]), noise * rng.normal(size=(changed, runs, BINS)))
        for name in CURVES
    }
    return xr.Dataset(
        curves
        | values
        | errors
        | (others if changed else {})
        | {
            "run_member": (("run",), attempts[:runs]),
            "member": (("attempt",), attempts),
            "healthy": (("attempt",), np.ones(len(attempts))),
        }
    )


def study():
    """Distances of 0.3 and 0.1 from all-atom curves at 300 K, and of none at 500 K."""
    return {
        (ALL_ATOM, 300.0): observed(1.0),
        (ALL_ATOM, 500.0): observed(2.0),
        (ModelKey("spline", "baseline"), 300.0): observed(1.3, seed=1),
        (ModelKey("spline", "trf1"), 300.0): observed(1.1, seed=2),
        (ModelKey("spline", "trf1"), 500.0): observed(2.0, seed=3),
        (ModelKey("spline", "at_temperature"), 300.0): observed(0.95, seed=4),
    }


def test_structure_errors_are_distances_from_the_all_atom_curves():
    data = study()
    table = structure_errors(data).set_index(["observable", "mode", "temperature_K"])
    assert len(table) == 4 * len(CURVES)
    for name in CURVES:
        row = table.loc[(name, "baseline", 300.0)]
        assert row["distance"] == pytest.approx(0.3, abs=0.01)
        assert row["low"] < 0.3 < row["high"]
        same = table.loc[(name, "trf1", 500.0)]
        exact = squared_distance(
            data[ModelKey("spline", "trf1"), 500.0][name].values, data[ALL_ATOM, 500.0][name].values
        )
        assert same["square"] == pytest.approx(exact)
        # two estimates of one curve: no floor, which here would be 0.01 / 2 times the root of 2
        assert abs(same["square"]) < 4 * same["square_stderr"]
        assert same["low"] == 0


def test_structure_errors_of_no_model_are_an_empty_table():
    data = {(ALL_ATOM, 300.0): observed(1.0)}
    for table, column in ((structure_errors(data), "distance"), (structure_ratios(data), "ratio")):
        assert table.empty
        assert column in table.columns


def test_ratios_are_those_to_the_baseline_and_to_the_yardstick():
    table = structure_ratios(study()).set_index(["observable", "mode", "against"])
    pairs = {("trf1", "baseline"), ("at_temperature", "baseline"), ("trf1", "at_temperature")}
    assert {index[1:] for index in table.index} == pairs | {("baseline", "at_temperature")}
    for name in CURVES:
        assert table.loc[(name, "trf1", "baseline"), "ratio"] == pytest.approx(1 / 3, abs=0.02)
        row = table.loc[(name, "trf1", "at_temperature")]
        assert row["low"] < 2 < row["high"]
        again = ErrorRatio.of_row(row)
        assert again.interval == pytest.approx((row["ratio"], row["low"], row["high"]))


def test_members_of_an_ensemble_show_the_noise_of_training():
    """Of splines they are changes of each block; of networks the blocks of all runs are theirs."""
    splines = curves_of(observed(1.0, changed=5), "rdf", "spline")
    assert splines.changes.shape == (5, 4, BINS)
    assert (splines.runs, splines.members) == (4, None)
    assert curves_of(observed(1.0), "rdf", "spline").changes is None
    data = observed(1.0, runs=4, members=[0, 0, 1, 1])
    networks = curves_of(data, "rdf", "hipnn_ts")
    assert (len(networks.members), networks.member_runs, networks.runs) == (2, 2, 4)
    np.testing.assert_allclose(networks.members[1], data["rdf"].values[2:].mean(axis=0))


def test_structure_values_name_their_source():
    data = {(ALL_ATOM, 300.0): observed(1.0), (ModelKey("spline", "trf1"), 300.0): observed(1.3, seed=1)}
    table = structure_values(data).set_index(["observable", "source"])
    assert table.loc[("coordination", "spline"), "value"] == pytest.approx(1.3, abs=0.02)
    assert table.loc[("coordination", "all_atom"), "value"] == pytest.approx(1.0, abs=0.02)
    assert (table["stderr"] == 0.01).all()


def test_models_without_healthy_runs_are_not_observed():
    whole, empty = observed(1.0).assign_attrs(temperature_K=300.0), xr.Dataset()
    cg = [
        ObservedRuns("spline", "trf1", 300, whole),
        ObservedRuns("spline", "baseline", 300, empty),
        ObservedRuns("hipnn_ts", "at_temperature-300K", 300, whole),
    ]
    found = observed_structure([whole], cg)
    models = {ModelKey("spline", "trf1"), ModelKey("hipnn_ts", "at_temperature")}
    assert set(found) == {(source, 300.0) for source in models | {ALL_ATOM}}
    table = structure_errors(found)
    assert set(zip(table["architecture"], table["mode"], strict=True)) == models


def test_values_of_a_mixture_tell_who_is_around_whom():
    data = observed(1.0)
    around = np.array([[1.0, 2.0], [3.0, 4.0]])
    place = ("centre", "neighbour")
    data["pair_coordination"] = ("run", *place), np.stack([around - 0.5, around, around, around + 0.5])
    data["pair_coordination_se"] = place, 0.1 * around
    data = data.assign_coords(centre=["A", "B"], neighbour=["A", "B"])
    table = structure_values({(ALL_ATOM, 300.0): data}).set_index("observable")
    assert table.loc["coordination B around A", "value"] == 2.0
    assert table.loc["coordination A around B", "value"] == 3.0
    assert table.loc["coordination A around B", "stderr"] == pytest.approx(0.3)
