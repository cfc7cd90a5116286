"""Claims of the study as numbers with intervals, against thresholds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .statistics import verdict
from .structure import error_ratio

COLUMNS = ["claim", "architecture", "temperature_K", "value", "low", "high", "threshold", "side", "verdict"]


def claims_table(
    excess: pd.DataFrame,
    structure: pd.DataFrame,
    speed: pd.DataFrame,
    thresholds: dict[str, float],
    reference: float,
    freedom: dict[str, int],
    failed: set[tuple[str, float]],
    speed_architecture: str = "spline",
) -> pd.DataFrame:
    """The table ``claims.csv``.

    Args:
        excess, structure, speed: tables ``excess.csv``, ``structure_error.csv``, ``speed.csv``.
        thresholds: section ``claims`` of the configuration.
        reference: T0, K.
        freedom: degrees of freedom of structural errors, by architecture.
        failed: (architecture, temperature) where a run of either model failed: nothing is claimed there.
    """
    rows = []
    own = excess[excess["mode"] == "trf1"]
    for _, row in own[own["temperature_K"] >= reference + thresholds["force_excess_above_K"]].iterrows():
        rows.append(
            _claim(
                "excess force error over the yardstick, trf1 / baseline",
                row["architecture"],
                row["temperature_K"],
                (row["ratio_to_baseline"], row["ratio_low"], row["ratio_high"]),
                thresholds["force_excess_ratio"],
                "at most",
            )
        )
    far = structure["temperature_K"].map(
        lambda t: (
            t <= reference - thresholds["structure_below_K"]
            or t >= reference + thresholds["structure_above_K"]
        )
    )
    for observable in ("rdf", "adf"):
        kept = structure[far & (structure["observable"] == observable)]
        for architecture, temperature in sorted(
            set(zip(kept["architecture"], kept["temperature_K"], strict=True))
        ):
            rows.append(
                _claim(
                    f"{observable.upper()} error (L1), trf1 / baseline",
                    architecture,
                    temperature,
                    error_ratio(structure, observable, architecture, temperature, freedom[architecture])
                    if (architecture, temperature) not in failed
                    else (np.nan, -np.inf, np.inf),
                    thresholds["structure_ratio"],
                    "at most",
                )
            )
    for _, row in speed[speed["what"] == speed_architecture].iterrows():
        rows.append(
            _claim(
                "CG speed over all-atom, ns/day of the same box",
                row["what"],
                row["temperature_K"],
                (row["ratio_to_all_atom"], row["ratio_low"], row["ratio_high"]),
                thresholds["speed_ratio"],
                "at least",
            )
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _claim(claim, architecture, temperature, interval, threshold, side) -> dict[str, object]:
    value, low, high = interval
    return dict(
        zip(
            COLUMNS,
            [
                claim,
                architecture,
                temperature,
                value,
                low,
                high,
                threshold,
                side,
                verdict(low, high, threshold, side),
            ],
            strict=True,
        )
    )
