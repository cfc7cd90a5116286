"""Structural errors against all-atom runs: values, errors and intervals from small tables."""

import numpy as np
import pytest
import xarray as xr

from support.structure_rows import pair, structure_table
from thermalcg.analysis.structure import ObservedRuns
from thermalcg.analysis.structure_error import (
    ALL_ATOM,
    CURVES,
    error_ratio,
    observed_structure,
    structure_errors,
    structure_values,
)
from thermalcg.models.names import ModelKey
from thermalcg.statistics import l1_with_error


def observed(level, runs=4, noise=0.01, seed=0):
    """Observables of a few runs: curves at a level, with noise."""
    rng = np.random.default_rng(seed)
    curves = {name: (("run", name[0]), level + noise * rng.normal(size=(runs, 50))) for name in CURVES}
    values = {
        name: (("run",), level + noise * rng.normal(size=runs))
        for name in ("coordination", "tetrahedral_order")
    }
    errors = {f"{name}_se": noise for name in values}
    return xr.Dataset(curves | values | errors)


def test_structure_errors_are_distances_from_the_all_atom_curves():
    data = {
        (("all_atom", ""), 300.0): observed(1.0),
        (("all_atom", ""), 500.0): observed(2.0),
        (("spline", "trf1"), 300.0): observed(1.3, seed=1),
        (("spline", "trf1"), 500.0): observed(2.0, seed=2),
    }
    table = structure_errors(data).set_index(["observable", "temperature_K"])
    assert len(table) == 2 * len(CURVES)
    for name in CURVES:
        assert table.loc[(name, 300.0), "l1"] == pytest.approx(0.3, abs=0.01)
        # two estimates of one curve: near the floor, not near zero
        same = table.loc[(name, 500.0)]
        assert same["l1"] == pytest.approx(same["floor"], rel=0.5)
        assert same["floor"] == pytest.approx(0.01 / 2 * np.sqrt(2) * np.sqrt(2 / np.pi), rel=0.2)


def test_structure_errors_of_no_model_are_an_empty_table():
    table = structure_errors({(("all_atom", ""), 300.0): observed(1.0)})
    assert table.empty
    assert "l1" in table.columns


def test_structure_values_name_their_source():
    data = {(("all_atom", ""), 300.0): observed(1.0), (("spline", "trf1"), 300.0): observed(1.3, seed=1)}
    table = structure_values(data).set_index(["observable", "source"])
    assert table.loc[("coordination", "spline"), "value"] == pytest.approx(1.3, abs=0.02)
    assert table.loc[("coordination", "all_atom"), "value"] == pytest.approx(1.0, abs=0.02)
    assert (table["stderr"] == 0.01).all()


def test_error_ratio_and_its_interval():
    rows = [("rdf", "spline", "trf1", 600.0, 0.02, 0.002), ("rdf", "spline", "baseline", 600.0, 0.05, 0.003)]
    others = [("adf", "spline", "trf1", 600.0, 9, 1), ("rdf", "spline", "trf1", 500.0, 9, 1)]
    others += [("rdf", "hipnn_ts", "trf1", 600.0, 9, 1), ("rdf", "spline", "at_temperature", 600.0, 9, 1)]
    value, low, high = error_ratio(structure_table(*rows, *others), "rdf", "spline", 600.0, freedom=6)
    assert value == pytest.approx(0.4)
    width = 2.446912 * np.hypot(0.1, 0.06)  # t quantile of 6 degrees of freedom
    assert low == pytest.approx(0.4 * np.exp(-width))
    assert high == pytest.approx(0.4 * np.exp(width))


def test_fewer_degrees_of_freedom_give_a_wider_interval():
    table = structure_table(*pair(600.0, 0.02, 0.05))
    wide, narrow = (error_ratio(table, "rdf", "spline", 600.0, freedom) for freedom in (2, 14))
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)
    assert np.isfinite(error_ratio(table, "rdf", "spline", 600.0, freedom=0).high)


def test_the_interval_of_the_ratio_covers():
    rng, covered = np.random.default_rng(1), 0
    for _ in range(300):
        runs = rng.normal([0.03, 0.05], 0.004, size=(4, 2))
        mean, error = runs.mean(axis=0), runs.std(axis=0, ddof=1) / 2
        rows = [
            ("rdf", "spline", m, 600.0, v, e)
            for m, v, e in zip(("trf1", "baseline"), mean, error, strict=True)
        ]
        interval = error_ratio(structure_table(*rows), "rdf", "spline", 600.0, freedom=6)
        covered += interval.low <= 0.6 <= interval.high
    assert 0.9 <= covered / 300 <= 0.99


def test_a_missing_model_gives_no_ratio():
    table = structure_table(*pair(600.0, 0.02, 0.05)[:1])
    value, low, high = error_ratio(table, "rdf", "spline", 600.0, freedom=6)
    assert np.isnan(value)
    assert (low, high) == (-np.inf, np.inf)


def test_the_scatter_of_ensemble_members_is_not_averaged_away():
    rng = np.random.default_rng(3)
    model, reference = rng.normal(1.5, 0.1, (4, 40)), rng.normal(1.0, 1e-3, (4, 40))
    one, four = l1_with_error(model, reference), l1_with_error(model, reference, members=4)
    assert four.value == one.value
    assert four.error == pytest.approx(2 * one.error, rel=1e-2)


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
