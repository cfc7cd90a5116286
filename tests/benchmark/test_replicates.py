"""Verdicts of several studies: agreement, and stated errors against the scatter of replicates."""

import sys

import numpy as np
import pandas as pd
import pytest

from support.declared import table_differences
from thermalcg.benchmark import replicates
from thermalcg.benchmark.replicates import chi_square, replicate_table, stated_error
from thermalcg.storage.declared import declaration


def claims(*rows, kind="study"):
    """A table of claims from (claim, value, standard error, verdict)."""
    return pd.DataFrame(
        [
            {
                "kind": kind, "claim": claim, "architecture": "spline", "temperature_K": 300.0,
                "value": value,
                "low": value - 1.96 * error, "high": value + 1.96 * error, "threshold": 1.0,
                "verdict": verdict,
            }
            for claim, value, error, verdict in rows
        ]
    )  # fmt: skip


def drawn(rng, n, size=1.0, claimed=1.0):
    """Replicates of thirty quantities whose noise is ``size`` and said to be ``claimed``."""
    truth = np.linspace(-3, 3, 30)
    return [
        claims(*((f"c{i}", t + size * rng.normal(), claimed, "holds") for i, t in enumerate(truth)))
        for _ in range(n)
    ]


def test_verdicts_are_counted():
    made = replicate_table(
        [
            claims(("a", 0.4, 0.1, "holds"), ("b", 0.9, 0.2, "undecided")),
            claims(("a", 0.5, 0.1, "holds"), ("b", 1.4, 0.2, "fails")),
            claims(("a", 0.9, 0.1, "undecided"), ("b", 1.5, 0.2, "fails")),
        ]
    ).set_index("claim")
    assert made.loc["a", ["holds", "fails", "undecided"]].tolist() == [2, 0, 1]
    assert made["majority"].tolist()[:2] == ["holds", "fails"]
    np.testing.assert_allclose(made["agreement"], [2 / 3, 2 / 3, 2 / 3])
    assert made.loc["b", ["verdict_1", "verdict_2", "verdict_3"]].tolist() == ["undecided", "fails", "fails"]
    assert made.loc["a", "value"] == pytest.approx(0.6)
    assert made.loc["a", "spread"] == pytest.approx(np.std([0.4, 0.5, 0.9], ddof=1))
    assert made.loc["all", ["holds", "fails", "undecided"]].tolist() == [2, 2, 2]


def test_a_claim_that_is_missing_is_undecided_there():
    whole = claims(("a", 0.4, 0.1, "holds"), ("b", 0.9, 0.2, "holds"))
    made = replicate_table([whole, whole.iloc[:1], whole]).set_index("claim")
    assert made.loc["b", "agreement"] == pytest.approx(2 / 3)
    assert made.loc["b", "verdict_2"] == "undecided"
    assert made.loc["b", "freedom"] == 1


def test_kinds_are_summed_up_apart():
    tables = [
        pd.concat([claims(("a", 0.4, 0.1, "holds")), claims(("a", 2.0, 0.1, verdict), kind="goal")])
        for verdict in ("fails", "undecided")
    ]
    made = replicate_table(tables)
    sums = made[made["claim"] == "all"].set_index("kind")
    assert sums["agreement"].to_dict() == {"study": 1.0, "goal": 0.5}


@pytest.mark.physics
@pytest.mark.parametrize("size", [1.0, 2.0])
def test_chi_square_is_the_ratio_of_true_to_stated_variance(size):
    """Of 30 quantities in six replicates, 150 degrees of freedom: known to sqrt(2 / 150) = 12 %."""
    made = replicate_table(drawn(np.random.default_rng(1), 6, size))
    together = made[made["claim"] == "all"].iloc[0]
    assert together["freedom"] == 150
    assert together["chi2_per_freedom"] == pytest.approx(size**2, rel=4 * 0.115)
    each = made[made["claim"] != "all"]
    # the mean of 30 standard deviations of six values, each known to 1 / sqrt(10)
    assert np.sqrt((each["spread"] ** 2).mean()) == pytest.approx(size, rel=4 * 0.058)
    assert each["stated_error"].tolist() == pytest.approx([1.0] * 30)


@pytest.mark.physics
def test_probabilities_of_right_errors_are_uniform():
    made = replicate_table(drawn(np.random.default_rng(2), 5))
    probability = np.sort(made.loc[made["claim"] != "all", "chi2_probability"])
    # Kolmogorov-Smirnov of 30 values: 0.29 is exceeded once in a hundred
    assert np.abs(probability - (np.arange(30) + 0.5) / 30).max() < 0.29


def test_chi_square_weighs_with_the_errors():
    # weighted mean (0 + 3 / 4) / (1 + 1 / 4) = 0.6
    assert chi_square(np.array([0.0, 3.0]), np.array([1.0, 2.0])) == pytest.approx((0.6**2 + 2.4**2 / 4, 1))
    assert chi_square(np.array([0.0, 3.0]), np.array([1.0, np.nan]))[1] == 0


@pytest.mark.parametrize(
    ("low", "high", "error"),
    [
        (0.04, 3.96, 1.0),
        (-np.inf, 3.645, 1.0),
        (0.355, np.inf, 1.0),
        (1.0, 4.92, 1.0),  # skewed: the mean of both sides
        (-np.inf, np.inf, np.nan),
    ],
)
def test_errors_from_intervals(low, high, error):
    assert stated_error(2.0, low, high) == pytest.approx(error, nan_ok=True)


def test_tables_without_kinds_are_taken_for_one_kind():
    table = claims(("a", 0.4, 0.1, "holds")).drop(columns="kind")
    assert set(replicate_table([table, table])["kind"]) == {"study"}


def test_one_table_and_a_claim_twice_are_refused():
    table = claims(("a", 0.4, 0.1, "holds"))
    with pytest.raises(ValueError, match="1 table.s. of claims; allowed: two or more"):
        replicate_table([table])
    with pytest.raises(ValueError, match="claims twice: .*'a', 'spline'"):
        replicate_table([table, pd.concat([table, table])])


def test_the_command_writes_a_declared_table(tmp_path, monkeypatch, capsys):
    paths = [tmp_path / f"{i}.csv" for i in range(3)]
    for path in paths:
        claims(("a", 0.4, 0.1, "holds")).to_csv(path, index=False)
    written = tmp_path / "new" / "replicate.csv"
    monkeypatch.setattr(sys, "argv", ["replicates", *map(str, paths), "--csv", str(written)])
    replicates.main()
    assert table_differences(pd.read_csv(written), declaration("tables/replicate.csv")) == []
    assert "study: 3 replicates, 100 % of the verdicts are that of the majority" in capsys.readouterr().out
