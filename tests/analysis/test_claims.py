"""Claims of the study, goals of the project and claims of the benchmark, from small tables of known truth."""

import numpy as np
import pandas as pd
import pytest

from support.motion_data import errors
from support.thresholds import thresholds
from thermalcg.analysis.claims import (
    COLUMNS,
    OF_THE_STUDY,
    PROJECT,
    STUDY,
    Results,
    claims_table,
    estimator_claims,
    failed_runs,
)
from thermalcg.analysis.ratios import LEVEL, RATIO_COLUMNS, ErrorRatio, Noise
from thermalcg.models.names import STUDY_RESPONSE
from thermalcg.statistics import student_width

T0 = 395.0
THRESHOLDS = thresholds(force_excess_ratio=0.4, structure_ratio=0.3, speed_ratio=5.0)
TEMPERATURES = (250.0, 300.0, 625.0, 700.0)


def row(
    ratio, error=0.02, *, temperature=700.0, mode=STUDY_RESPONSE, against="baseline", architecture="spline"
):
    """A row of ratios: the lower error is 1, both have the same standard error, as squares."""
    top, bottom = ratio**2, 1.0
    covariance = np.diag([(2 * ratio * error) ** 2, (2 * error) ** 2])
    found = ErrorRatio(top, bottom, (Noise(covariance, 20.0),)).row()
    return {
        "architecture": architecture,
        "mode": mode,
        "against": against,
        "temperature_K": temperature,
        **found,
    }


def claims(force=(), structure=(), speed=(), **others):
    speeds = ["what", "temperature_K", "ratio_to_all_atom", "ratio_low", "ratio_high"]
    results = Results(
        pd.DataFrame(list(force), columns=RATIO_COLUMNS),
        pd.DataFrame(
            [{"observable": name, **one} for name, one in structure], columns=["observable", *RATIO_COLUMNS]
        ),
        pd.DataFrame(list(speed), columns=speeds),
        **others,
    )
    return claims_table(results, THRESHOLDS, T0)


def of_kind(table, kind):
    return table[table["kind"] == kind].reset_index(drop=True)


def test_a_claim_is_about_a_ratio_below_one_and_a_goal_about_its_size():
    """A ratio of 0.6 is clearly below one and clearly not a third: the claim holds, the goal is missed."""
    table = claims(force=[row(0.6)])
    assert table.columns.tolist() == COLUMNS
    assert table["kind"].tolist() == [STUDY, PROJECT]
    assert table["verdict"].tolist() == ["holds", "fails"]
    assert table["threshold"].tolist() == [1.0, 0.4]
    assert table["value"].tolist() == pytest.approx([0.6, 0.6])
    assert table["level"].tolist() == pytest.approx([LEVEL, LEVEL / 2])
    # the claim's bounds are one-sided, so they lie inside those of the goal
    assert table["high"][0] < table["high"][1]


@pytest.mark.parametrize(
    ("ratio", "verdict"), [(0.5, "holds"), (0.96, "undecided"), (1.04, "undecided"), (1.5, "fails")]
)
@pytest.mark.parametrize(("observable", "against"), OF_THE_STUDY)
def test_verdict_of_each_claim(observable, against, ratio, verdict):
    one = row(ratio, 0.03, against=against)
    table = claims(force=[one]) if observable == "force" else claims(structure=[(observable, one)])
    own = of_kind(table, STUDY)
    assert own["claim"].tolist() == [OF_THE_STUDY[observable, against]]
    assert own["verdict"].tolist() == [verdict]


def test_claims_are_about_the_response_of_the_study_at_held_out_temperatures():
    force = [row(0.5, temperature=T) for T in (*TEMPERATURES, T0)]
    force += [
        row(0.9, mode=mode, temperature=T) for mode in ("trf1", "trf1_conditional") for T in TEMPERATURES
    ]
    # networks have the first order alone
    force += [row(0.7, mode=mode, architecture="hipnn_ts") for mode in ("trf1", "multi_temperature")]
    table = of_kind(claims(force=force), STUDY)
    assert table["temperature_K"].tolist() == [*TEMPERATURES, 700.0]
    assert table["value"].tolist() == pytest.approx([0.5] * 4 + [0.7])


def test_the_number_of_claims_makes_each_of_them_harder():
    """A claim that holds alone is undecided among eight of its kind; goals do not know of each other."""
    error = 0.08
    alone = claims(force=[row(0.75, error)])
    many = claims(force=[row(0.75, error, temperature=T) for T in range(300, 308)])
    assert of_kind(alone, STUDY)["verdict"].tolist() == ["holds"]
    assert set(of_kind(many, STUDY)["verdict"]) == {"undecided"}
    assert of_kind(many, STUDY)["level"].tolist() == pytest.approx([LEVEL / 8] * 8)
    goals = of_kind(many, PROJECT)
    assert goals[["low", "high"]].drop_duplicates().shape[0] == 1
    assert goals.loc[0, ["low", "high"]].tolist() == of_kind(alone, PROJECT).loc[0, ["low", "high"]].tolist()


def test_the_order_of_claims_is_that_of_their_chances():
    ratios = {250.0: 0.5, 300.0: 0.8, 625.0: 0.7, 700.0: 0.97}
    table = of_kind(claims(force=[row(r, 0.05, temperature=T) for T, r in ratios.items()]), STUDY)
    assert table["level"].tolist() == pytest.approx([LEVEL / 4, LEVEL / 2, LEVEL / 3, LEVEL])
    assert table["verdict"].tolist() == ["holds", "holds", "holds", "undecided"]


def test_a_bound_can_be_read_against_the_threshold():
    rng = np.random.default_rng(1)
    rows = [row(abs(rng.normal(0.9, 0.2)), 0.08, temperature=T) for T in range(300, 340)]
    table = of_kind(claims(force=rows), STUDY)
    assert {"holds", "undecided"} <= set(table["verdict"])
    for _, one in table.iterrows():
        expected = "holds" if one["high"] <= 1 else "fails" if one["low"] > 1 else "undecided"
        assert one["verdict"] == expected


def simulated(rng, ratio, *, n=12, pieces=9, noise=0.15, shared=0.1):
    """Rows of comparisons that share noise with each other, their errors estimated from nine pieces."""
    common, rows = shared * rng.normal(size=pieces), []
    for k in range(n):
        own = np.array([ratio, 1.0])[:, None] + noise * rng.normal(size=(2, pieces)) + common
        mean = own.mean(axis=1)
        noises = (Noise(np.cov(own) / pieces * np.outer(2 * mean, 2 * mean), pieces - 1.0),)
        found = ErrorRatio(*mean**2, noises).row()
        place = {"architecture": "spline", "mode": STUDY_RESPONSE, "against": "baseline"}
        rows.append({**place, "temperature_K": 400.0 + k, **found})
    return rows


@pytest.mark.physics
@pytest.mark.parametrize(("ratio", "false"), [(1.0, "holds"), (0.999, "fails")])
def test_any_verdict_of_a_family_is_false_at_most_at_the_stated_rate(ratio, false):
    """Twelve claims, none of them true, or all of them true and none of them visible."""
    rng, n = np.random.default_rng(2), 250
    wrong = [
        (of_kind(claims(force=simulated(rng, ratio)), STUDY)["verdict"] == false).any() for _ in range(n)
    ]
    assert np.mean(wrong) <= LEVEL + 4 * np.sqrt(LEVEL * (1 - LEVEL) / n)


@pytest.mark.physics
def test_clear_effects_are_decided_and_a_repetition_agrees():
    """A ratio of 0.6 with an error of 8 %: nineteen of twenty verdicts are those of a repetition."""
    rng = np.random.default_rng(3)
    first, second = (of_kind(claims(force=simulated(rng, 0.5, n=60)), STUDY)["verdict"] for _ in range(2))
    assert (first == "holds").mean() > 0.95
    assert (first == second).mean() >= 0.95


@pytest.mark.physics
def test_intervals_of_goals_cover():
    rng, exact, inside = np.random.default_rng(4), 0.5, []
    for _ in range(20):
        goals = of_kind(claims(force=simulated(rng, exact, n=20)), PROJECT)
        inside += list((goals["low"] <= exact) & (exact <= goals["high"]))
    assert np.mean(inside) > 0.95 - 4 * np.sqrt(0.05 * 0.95 / 400)


def test_where_the_data_do_not_bound_a_ratio_nothing_is_decided():
    table = claims(force=[row(0.5, 1.0)])
    assert table["verdict"].tolist() == ["undecided"] * 2
    assert table["high"].tolist() == [np.inf] * 2
    assert table["low"].tolist() == [0.0] * 2


def test_the_structure_is_compared_with_the_yardstick_too_as_a_goal():
    structure = [
        ("rdf", row(0.2)),
        ("rdf", row(0.9, against="at_temperature")),
        ("adf", row(1.2, against="at_temperature")),
        ("tetrahedral_distribution", row(0.2)),
    ]
    table = claims(structure=structure)
    assert table["kind"].tolist() == [STUDY, PROJECT, PROJECT, PROJECT]
    assert table["verdict"].tolist() == ["holds", "holds", "holds", "fails"]
    assert table["claim"].iloc[3] == "ADF error, response / trained there"


def test_of_the_structure_of_a_model_with_a_failed_run_nothing_is_claimed():
    health = pd.DataFrame(
        [
            ("spline", "baseline", 700.0, 0),
            ("spline", "at_temperature", 250.0, 0),
            ("spline", "trf1", 300.0, 0),
        ],
        columns=["architecture", "mode", "temperature_K", "healthy"],
    )
    assert failed_runs(health) == {
        ("spline", "baseline", 700.0), ("spline", "at_temperature", 250.0), ("spline", "trf1", 300.0)
    }  # fmt: skip
    structure = [("rdf", row(0.2, temperature=T)) for T in (250.0, 300.0, 700.0)]
    structure += [("rdf", row(0.2, temperature=250.0, against="at_temperature"))]
    table = claims(force=[row(0.2)], structure=structure, health=health)
    unknown = table[table["value"].isna()]
    assert set(unknown["verdict"]) == {"undecided"}
    assert sorted(zip(unknown["kind"], unknown["temperature_K"], strict=True)) == [
        (PROJECT, 250.0), (PROJECT, 700.0), (STUDY, 700.0)
    ]  # fmt: skip
    # forces need no run
    assert table[table["claim"].str.contains("force")]["verdict"].tolist() == ["holds", "holds"]


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(5.5, 7.0, "holds"), (4.0, 7.0, "undecided"), (3.0, 4.9, "fails")]
)
def test_verdict_of_the_speed_goal(low, high, verdict):
    rows = [
        ("all_atom", 395.0, 1.0, 1.0, 1.0),
        ("spline", 395.0, 6.0, low, high),
        ("hipnn_ts", 395.0, 0.5, 0.4, 0.6),
        ("spline with memory", 395.0, 9.0, 8.0, 10.0),
    ]
    table = claims(speed=rows)
    assert table["architecture"].tolist() == ["spline", "hipnn_ts"]
    assert table["verdict"].tolist() == [verdict, "fails"]
    assert set(table["side"]) == {"at least"}
    assert set(table["kind"]) == {PROJECT}


def test_in_a_mixture_every_pair_has_its_claims_in_place_of_all_beads():
    found = [("rdf", row(1.5)), ("rdf A-A", row(0.2)), ("rdf A-B", row(1.5)), ("rdf B-B", row(0.2))]
    table = of_kind(claims(structure=found), STUDY).set_index("claim")
    name = "RDF error below that of the baseline"
    assert table["verdict"].to_dict() == {
        f"{name}, A-A": "holds",
        f"{name}, A-B": "fails",
        f"{name}, B-B": "holds",
    }
    # three claims, not four, are tested together
    assert table["level"].min() == pytest.approx(LEVEL / 3)


def test_nothing_is_said_of_a_speed_that_was_not_measured():
    empty = pd.DataFrame(columns=["observable", *RATIO_COLUMNS])
    with_force = Results(pd.DataFrame([row(0.3)], columns=RATIO_COLUMNS), empty)
    table = claims_table(with_force, THRESHOLDS, T0)
    assert len(table)
    assert not table["claim"].str.contains("speed").any()


def test_no_data_no_claims():
    table = claims()
    assert table.empty
    assert table.columns.tolist() == COLUMNS


def energy_changes(predicted, error):
    rows = [
        ("all_atom", "", 300.0, -8.0, error, 14.0),
        ("spline", STUDY_RESPONSE, 300.0, predicted, error, 9.0),
        ("spline", "trf1", 300.0, -5.0, error, 9.0),
        ("spline", STUDY_RESPONSE, T0, 0.0, 0.0, 9.0),
        ("all_atom", "", T0, 0.0, 0.0, 14.0),
    ]
    names = [f"energy_change_{name}" for name in ("kJ_per_mol", "stderr", "freedom")]
    return pd.DataFrame(rows, columns=["source", "mode", "temperature_K", *names])


@pytest.mark.parametrize(
    ("predicted", "error", "verdict"),
    [(-8.16, 0.04, "holds"), (-7.84, 0.04, "holds"), (-8.16, 0.2, "undecided"), (-9.0, 0.04, "fails")],
)
def test_a_change_of_the_energy_is_compared_with_the_all_atom_one(predicted, error, verdict):
    table = claims(heat_capacity=energy_changes(predicted, error))
    assert table["kind"].tolist() == [PROJECT]
    assert table["temperature_K"].tolist() == [300.0]
    ratio = predicted / -8
    assert table["value"].tolist() == pytest.approx([abs(ratio - 1)])
    assert table["verdict"].tolist() == [verdict]
    # both errors add in squares; some twenty degrees of freedom
    width = 2.08 * error / 8 * np.hypot(1, ratio)
    assert table["high"].iloc[0] - table["value"].iloc[0] == pytest.approx(width, rel=0.02)


def dynamics_claims(table, **sizes):
    empty = pd.DataFrame(columns=RATIO_COLUMNS)
    structure = pd.DataFrame(columns=["observable", *RATIO_COLUMNS])
    results = Results(empty, structure, pd.DataFrame(columns=["what"]), dynamics=table)
    return claims_table(results, thresholds(**sizes), T0)


def test_goals_of_the_dynamics():
    table = errors()
    goals = dynamics_claims(table, diffusion_deviation=0.9, memory_ratio=0.5)
    assert set(goals["kind"]) == {PROJECT}
    names = goals["claim"].value_counts()
    assert names["diffusion, relative deviation from all-atom (response kernel)"] == 2
    assert names["velocity autocorrelation error (L1), memory / friction alone"] == 2
    one = goals[goals["claim"].str.contains("response")].iloc[0]
    own = table[
        (table["kernel"] == "response") & (table["motion"] == "memory") & (table["forces"] == STUDY_RESPONSE)
    ]
    assert one["value"] == pytest.approx(abs(own["ratio_to_all_atom"].iloc[0] - 1))
    assert one["low"] <= one["value"] <= one["high"]
    # kernels that have seen the temperature claim nothing
    assert not goals["claim"].str.contains("measured").any()
    # few pieces widen an interval: Student's t with the freedom of the row
    width = student_width(own["freedom"].iloc[0]) * own["ratio_stderr"].iloc[0]
    assert one["high"] == pytest.approx(one["value"] + width)


def test_motion_that_the_data_cannot_decide_is_no_goal():
    table = errors()
    gone = (table["motion"] == "friction") & (table["temperature_K"] == table["temperature_K"].iloc[0])
    goals = dynamics_claims(table[~gone], diffusion_deviation=1e-6, memory_ratio=0.5)
    assert not goals["claim"].str.contains("diffusion").any()
    own = goals[goals["claim"].str.contains("velocity autocorrelation")]
    assert len(own) == 1  # friction alone failed at the other temperature
    # nor is a ratio whose denominator is not above zero
    noisy = table.assign(vacf_error_stderr=table["vacf_error"])
    assert dynamics_claims(noisy, diffusion_deviation=1e-6, memory_ratio=0.5).empty


def test_a_diffusion_is_not_left_out_because_it_is_too_large():
    """Its error grows with it: what counts is the relative one."""
    table, listed = errors(), []
    for factor in (1.0, 10.0):
        columns = ["ratio_to_all_atom", "ratio_stderr"]
        larger = table.assign(**{name: factor * table[name] for name in columns})
        goals = dynamics_claims(larger, diffusion_deviation=0.5, memory_ratio=0.5)
        listed.append(goals["claim"].str.contains("diffusion").sum())
    assert listed[0] == listed[1] > 0


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
