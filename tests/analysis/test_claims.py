"""Claims of the study, of its dynamics and of the benchmark: intervals and verdicts from small tables."""

import numpy as np
import pandas as pd
import pytest

from support.motion_data import errors
from support.structure_rows import pair, structure_table
from support.thresholds import thresholds
from thermalcg.analysis.claims import (
    COLUMNS,
    Results,
    claims_table,
    estimator_claims,
    failed_runs,
    structure_freedom,
)
from thermalcg.statistics import student_width

T0 = 395.0
THRESHOLDS = thresholds(
    force_excess_ratio=0.5,
    force_excess_above_K=150,
    structure_ratio=0.6,
    structure_below_K=75,
    structure_above_K=200,
    speed_ratio=5.0,
)


def excess_table(*rows):
    columns = ["architecture", "mode", "temperature_K", "ratio_to_baseline", "ratio_low", "ratio_high"]
    return pd.DataFrame(rows, columns=columns)


def speed_table(*rows):
    return pd.DataFrame(
        rows, columns=["what", "temperature_K", "ratio_to_all_atom", "ratio_low", "ratio_high"]
    )


def claims(excess=(), structure=(), speed=(), failed=frozenset()):
    results = Results(excess_table(*excess), structure_table(*structure), speed_table(*speed))
    return claims_table(results, THRESHOLDS, T0, {"spline": 6, "hipnn_ts": 4}, failed)


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


def test_claims_of_the_routes_and_the_sampler():
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
    claimed = thresholds(
        response_cost_ratio=10, anchored_cost=1.15, anchored_oxygen_cost=1.05, throughput_ratio=2
    )
    table = estimator_claims(cost, steps, throughput, claimed)
    # the default route alone, and not the luckiest
    assert table["value"].tolist() == [7.0, 1.1, 1.2, 2.2]
    assert table["verdict"].tolist() == ["undecided", "holds", "fails", "holds"]
    assert table["side"].tolist() == ["at least", "at most", "at most", "at least"]
    # where the smallest budget was enough there is no upper bound
    bounded = estimator_claims(cost.assign(bound=1, low=12.0), steps, throughput, claimed)
    assert np.isinf(bounded["high"].iloc[0])
    assert bounded["verdict"].iloc[0] == "holds"


def test_a_failed_run_of_either_model_counts():
    health = pd.DataFrame(
        [
            ("spline", "trf1", 700, 1),
            ("spline", "baseline", 700, 0),
            ("spline", "at_temperature", 250, 0),
            ("hipnn_ts", "trf1", 300, 0),
        ],
        columns=["architecture", "mode", "temperature_K", "healthy"],
    )
    assert failed_runs(health) == {("spline", 700.0), ("hipnn_ts", 300.0)}


def test_runs_of_the_same_member_are_not_independent():
    assert structure_freedom(runs=4, members=21, blocks=4) == 6
    assert structure_freedom(runs=4, members=2, blocks=4) == 4


def test_claims_of_the_dynamics():
    table = errors()
    empty = pd.DataFrame(columns=["mode", "temperature_K", "observable", "architecture", "what"])
    claimed = thresholds(diffusion_deviation=0.3, memory_ratio=0.5, force_excess_above_K=0,
                         structure_below_K=0, structure_above_K=0)  # fmt: skip
    claims = claims_table(Results(empty, empty, empty, dynamics=table), claimed, 395.0, {}, set())
    names = claims["claim"].value_counts()
    assert names["diffusion, relative deviation from all-atom (response kernel)"] == 2
    assert names["velocity autocorrelation error (L1), memory / friction alone"] == 2
    row = claims[claims["claim"].str.contains("response")].iloc[0]
    own = table[(table["kernel"] == "response") & (table["motion"] == "memory") & (table["forces"] == "trf1")]
    assert row["value"] == pytest.approx(abs(own["ratio_to_all_atom"].iloc[0] - 1))
    assert row["low"] <= row["value"] <= row["high"]
    # kernels that have seen the temperature claim nothing
    assert not claims["claim"].str.contains("measured").any()
    # few pieces widen an interval: Student's t with the freedom of the row
    width = student_width(own["freedom"].iloc[0]) * own["ratio_stderr"].iloc[0]
    assert row["high"] == pytest.approx(row["value"] + width)


def test_where_friction_alone_failed_nothing_is_claimed_of_the_memory():
    table = errors()
    gone = (table["motion"] == "friction") & (table["temperature_K"] == table["temperature_K"].iloc[0])
    empty = pd.DataFrame(columns=["mode", "temperature_K", "observable", "architecture", "what"])
    claimed = thresholds(diffusion_deviation=0.3, memory_ratio=0.5, force_excess_above_K=0,
                         structure_below_K=0, structure_above_K=0)  # fmt: skip
    claims = claims_table(Results(empty, empty, empty, dynamics=table[~gone]), claimed, 395.0, {}, set())
    own = claims[claims["claim"].str.contains("velocity autocorrelation")]
    assert own["value"].isna().tolist() == [True, False]
    assert own["verdict"].iloc[0] == "undecided"
