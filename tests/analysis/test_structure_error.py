"""Structural errors and claims: numbers, intervals and verdicts from small tables."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from thermalcg.analysis.claims import COLUMNS, claims_table, estimator_claims
from thermalcg.analysis.structure_error import CURVES, error_ratio, structure_errors, structure_values
from thermalcg.statistics import l1_with_error

T0 = 395.0
THRESHOLDS = {
    "force_excess_ratio": 0.5,
    "force_excess_above_K": 150,
    "structure_ratio": 0.6,
    "structure_below_K": 75,
    "structure_above_K": 200,
    "speed_ratio": 5.0,
}


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


def structure_table(*rows):
    columns = ["observable", "architecture", "mode", "temperature_K", "l1", "stderr"]
    return pd.DataFrame(rows, columns=columns)


def pair(temperature, response, base, observable="rdf", error=0.001):
    """Rows of trf1 and baseline."""
    return [
        (observable, "spline", "trf1", temperature, response, error),
        (observable, "spline", "baseline", temperature, base, error),
    ]


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


def excess_table(*rows):
    columns = ["architecture", "mode", "temperature_K", "ratio_to_baseline", "ratio_low", "ratio_high"]
    return pd.DataFrame(rows, columns=columns)


def speed_table(*rows):
    return pd.DataFrame(
        rows, columns=["what", "temperature_K", "ratio_to_all_atom", "ratio_low", "ratio_high"]
    )


def claims(excess=(), structure=(), speed=(), failed=frozenset()):
    tables = excess_table(*excess), structure_table(*structure), speed_table(*speed)
    return claims_table(*tables, THRESHOLDS, T0, {"spline": 6, "hipnn_ts": 4}, failed)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.2, 0.4, "holds"),
        (0.2, 0.5, "holds"),
        (0.4, 0.6, "undecided"),
        (0.55, 0.7, "fails"),
        (-np.inf, np.inf, "undecided"),
    ],
)
def test_verdict_of_the_force_claim(low, high, verdict):
    table = claims(excess=[("spline", "trf1", 700.0, 0.5, low, high)])
    assert table["verdict"].tolist() == [verdict]
    assert table.columns.tolist() == COLUMNS
    assert table.loc[0, ["low", "high", "threshold", "side"]].tolist() == [low, high, 0.5, "at most"]


def test_the_force_claim_is_about_trf1_far_above_the_reference():
    temperatures = (250.0, 395.0, 544.0, 545.0, 700.0)
    rows = [
        ("spline", mode, t, 0.4, 0.3, 0.45)
        for mode in ("trf1", "baseline", "energy_matching")
        for t in temperatures
    ]
    table = claims(excess=rows)
    assert table["temperature_K"].tolist() == [545.0, 700.0]
    assert table["claim"].str.contains("force").all()


@pytest.mark.parametrize("observable", ["rdf", "adf"])
def test_the_structure_claim_is_about_temperatures_far_from_the_reference(observable):
    temperatures = (250.0, 320.0, 321.0, 395.0, 594.0, 595.0, 700.0)
    rows = [row for t in temperatures for row in pair(t, 0.02, 0.05, observable)]
    table = claims(structure=rows)
    assert table["temperature_K"].tolist() == [250.0, 320.0, 595.0, 700.0]
    assert table["claim"].str.startswith(observable.upper()).all()


def test_other_observables_make_no_claim():
    assert claims(structure=pair(700.0, 0.02, 0.05, "tetrahedral_distribution")).empty


@pytest.mark.parametrize(
    ("response", "error", "verdict"),
    [(0.02, 0.001, "holds"), (0.0275, 0.0003, "holds"), (0.029, 0.002, "undecided"), (0.045, 0.001, "fails")],
)
def test_verdict_of_the_structure_claim(response, error, verdict):
    assert claims(structure=pair(700.0, response, 0.05, error=error))["verdict"].tolist() == [verdict]


def test_a_model_without_healthy_runs_leaves_the_claim_undecided():
    row = claims(structure=pair(700.0, 0.02, 0.05)[1:]).iloc[0]
    assert row["verdict"] == "undecided"
    assert np.isnan(row["value"])


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(5.5, 7.0, "holds"), (4.0, 7.0, "undecided"), (3.0, 4.9, "fails")]
)
def test_verdict_of_the_speed_claim(low, high, verdict):
    rows = [
        ("all_atom", 395.0, 1.0, 1.0, 1.0),
        ("spline", 395.0, 6.0, low, high),
        ("hipnn_ts", 395.0, 0.5, 0.4, 0.6),
    ]
    rows.append(("spline with memory", 395.0, 9.0, 8.0, 10.0))
    table = claims(speed=rows)
    assert table["architecture"].tolist() == ["spline", "hipnn_ts"]
    assert table["verdict"].tolist() == [verdict, "fails"]
    assert set(table["side"]) == {"at least"}


def test_no_data_no_claims():
    table = claims()
    assert table.empty
    assert table.columns.tolist() == COLUMNS


def test_nothing_is_claimed_where_a_run_failed():
    structure = pair(700.0, 0.01, 0.05)
    assert claims(structure=structure)["verdict"].tolist() == ["holds"]
    spoilt = claims(structure=structure, failed={("spline", 700.0)})
    assert spoilt["verdict"].tolist() == ["undecided"]
    assert spoilt["value"].isna().all()


def test_the_scatter_of_ensemble_members_is_not_averaged_away():
    rng = np.random.default_rng(3)
    model, reference = rng.normal(1.5, 0.1, (4, 40)), rng.normal(1.0, 1e-3, (4, 40))
    one, four = l1_with_error(model, reference), l1_with_error(model, reference, members=4)
    assert four.value == one.value
    assert four.error == pytest.approx(2 * one.error, rel=1e-2)


def test_claims_of_the_estimators_and_the_sampler():
    cost = pd.DataFrame(
        [
            ("force_error", "products_local", 7.0, 5.0, 11.0, 0),
            ("trf_noise", "products_local", 0.7, 0.3, 1.3, 0),
            ("force_error", "fixed_local", 30.0, 20.0, 40.0, 0),
        ],
        columns=["quantity", "estimator", "times_cheaper", "low", "high", "bound"],
    )
    columns = ["molecules", "what", "ratio", "low", "high"]
    steps = pd.DataFrame(
        [
            (64, "ordinary", 1, 1, 1),
            (64, "anchored com", 1.1, 1.05, 1.14),
            (64, "anchored oxygen", 1.2, 1.1, 1.3),
        ],
        columns=columns,
    )
    throughput = pd.DataFrame(
        [(64, "plain loop", 1, 1, 1), (64, "pinned processes", 2.2, 2.1, 2.3)], columns=columns
    )
    thresholds = {
        "response_cost_ratio": 10, "anchored_cost": 1.15, "anchored_oxygen_cost": 1.05, "throughput_ratio": 2,
    }  # fmt: skip
    table = estimator_claims(cost, steps, throughput, thresholds)
    # the default route alone, and not the luckiest
    assert table["value"].tolist() == [7.0, 1.1, 1.2, 2.2]
    assert table["verdict"].tolist() == ["undecided", "holds", "fails", "holds"]
    assert table["side"].tolist() == ["at least", "at most", "at most", "at least"]
    # where the smallest budget was enough there is no upper bound
    bounded = estimator_claims(cost.assign(bound=1, low=12.0), steps, throughput, thresholds)
    assert np.isinf(bounded["high"].iloc[0])
    assert bounded["verdict"].iloc[0] == "holds"
