"""Claims of the dynamics."""

import pandas as pd
import pytest

from support.motion_data import errors
from thermalcg.analysis.claims import Results, claims_table
from thermalcg.statistics import student_width


def test_claims_of_the_dynamics():
    table = errors()
    empty = pd.DataFrame(columns=["mode", "temperature_K", "observable", "architecture", "what"])
    thresholds = {"diffusion_deviation": 0.3, "memory_ratio": 0.5, "force_excess_above_K": 0,
                  "structure_below_K": 0, "structure_above_K": 0}  # fmt: skip
    claims = claims_table(Results(empty, empty, empty, dynamics=table), thresholds, 395.0, {}, set())
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
    thresholds = {"diffusion_deviation": 0.3, "memory_ratio": 0.5, "force_excess_above_K": 0,
                  "structure_below_K": 0, "structure_above_K": 0}  # fmt: skip
    claims = claims_table(Results(empty, empty, empty, dynamics=table[~gone]), thresholds, 395.0, {}, set())
    own = claims[claims["claim"].str.contains("velocity autocorrelation")]
    assert own["value"].isna().tolist() == [True, False]
    assert own["verdict"].iloc[0] == "undecided"
