"""Claims of the study as numbers with intervals, against thresholds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from thermalcg.statistics import student_width, verdict, welch_freedom

from .structure_error import error_ratio

COLUMNS = ["claim", "architecture", "temperature_K", "value", "low", "high", "threshold", "side", "verdict"]


#: Kernels whose prediction is claimed: from T0 alone, and from other temperatures.
PREDICTED = ("response", "arrhenius", "vft")

#: What is known of a quantity that could not be measured.
UNKNOWN = (np.nan, -np.inf, np.inf)


def claims_table(
    excess: pd.DataFrame,
    structure: pd.DataFrame,
    speed: pd.DataFrame,
    thresholds: dict[str, float],
    reference: float,
    freedom: dict[str, int],
    failed: set[tuple[str, float]],
    heat_capacity: pd.DataFrame | None = None,
    dynamics: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The table ``claims.csv``.

    Args:
        excess, structure, speed: tables ``excess.csv``, ``structure_error.csv``, ``speed.csv``.
        thresholds: section ``claims`` of the configuration.
        reference: T0, K.
        freedom: degrees of freedom of structural errors, by architecture (all of the study).
        heat_capacity: table ``heat_capacity.csv``.
        dynamics: table ``dynamics_error.csv``.
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
                    else UNKNOWN,
                    thresholds["structure_ratio"],
                    "at most",
                )
            )
    if heat_capacity is not None:
        rows += _heat_capacity_claims(heat_capacity, reference, thresholds["heat_capacity_deviation"], failed)
    if dynamics is not None:
        rows += _dynamics_claims(dynamics, thresholds)
    for _, row in speed[speed["what"].isin(freedom)].iterrows():
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


def _deviation(ratio: float, width: float) -> tuple[float, float, float]:
    """How far a ratio is from one, with the ends of its interval."""
    deviation = abs(ratio - 1)
    return deviation, max(deviation - width, 0.0), deviation + width


def _heat_capacity_claims(table: pd.DataFrame, reference: float, threshold: float, failed) -> list[dict]:
    """Relative deviation of the predicted heat capacity from the all-atom one at held-out temperatures."""
    known = table[table["source"] == "all_atom"].set_index("temperature_K")
    rows = []
    for _, row in table[(table["mode"] == "trf1") & (table["temperature_K"] != reference)].iterrows():
        architecture, T = row["source"], row["temperature_K"]
        exact = known.loc[T]
        ratio = row["heat_capacity_J_per_mol_K"] / exact["heat_capacity_J_per_mol_K"]
        errors = [one["stderr"] / one["heat_capacity_J_per_mol_K"] for one in (row, exact)]
        freedom = welch_freedom(errors, [one["freedom"] for one in (row, exact)])
        width = student_width(freedom) * ratio * np.hypot(*errors)
        interval = _deviation(ratio, width)
        if (architecture, T) in failed:
            interval = UNKNOWN
        claim = "heat capacity, relative deviation from all-atom"
        rows.append(_claim(claim, architecture, T, interval, threshold, "at most"))
    return rows


def _dynamics_claims(table: pd.DataFrame, thresholds: dict[str, float]) -> list[dict]:
    """Diffusion and velocity autocorrelation with kernels that have seen nothing of the temperature.

    Runs with memory and with friction alone share all-atom stretches and kernel; their errors count as
    independent, which makes the interval of the ratio generous.
    """
    rows = []
    own = table[(table["forces"] == "trf1") & (table["saw_temperature"] == 0)]
    for kernel in PREDICTED:
        for _, row in own[(own["kernel"] == kernel) & (own["motion"] == "memory")].iterrows():
            width = student_width(row["freedom"]) * row["ratio_stderr"]
            rows.append(
                _claim(
                    f"diffusion, relative deviation from all-atom ({kernel} kernel)",
                    row["architecture"],
                    row["temperature_K"],
                    _deviation(row["ratio_to_all_atom"], width),
                    thresholds["diffusion_deviation"],
                    "at most",
                )
            )
    same = ["architecture", "temperature_K"]
    friction = own[(own["kernel"] == "response") & (own["motion"] == "friction")].set_index(same)
    for _, row in own[(own["kernel"] == "response") & (own["motion"] == "memory")].iterrows():
        key, interval = (row["architecture"], row["temperature_K"]), UNKNOWN
        if key in friction.index:  # else the run with friction alone failed
            other = friction.loc[key]
            errors = [one["vacf_error_stderr"] / one["vacf_error"] for one in (row, other)]
            freedom = welch_freedom(errors, [one["vacf_freedom"] for one in (row, other)])
            ratio, width = row["vacf_error"] / other["vacf_error"], student_width(freedom) * np.hypot(*errors)
            interval = (ratio, ratio * np.exp(-width), ratio * np.exp(width))
        rows.append(
            _claim(
                "velocity autocorrelation error (L1), memory / friction alone",
                row["architecture"],
                row["temperature_K"],
                interval,
                thresholds["memory_ratio"],
                "at most",
            )
        )
    return rows


def estimator_claims(
    cost: pd.DataFrame, steps: pd.DataFrame, throughput: pd.DataFrame, thresholds: dict[str, float]
) -> pd.DataFrame:
    """The table ``estimator_claims.csv``: cost of the default route to the response, and of the sampler.

    Args:
        cost, steps, throughput: tables ``estimator_cost.csv``, ``sampler_cost.csv``,
            ``sampler_throughput.csv``.
        thresholds: section ``claims`` of the configuration.

    Returns:
        Columns claim, molecules (empty where it is that of the study), value, low, high, threshold, side,
        verdict.
    """
    own = cost[(cost["estimator"] == "products_local") & (cost["quantity"] == "force_error")]
    rows = []

    def add(claim: str, molecules: float, row: pd.Series, value: str, threshold: str, side: str) -> None:
        interval = (row[value], row["low"], np.inf if row.get("bound") else row["high"])
        claimed = _claim(claim, "", np.nan, interval, thresholds[threshold], side)
        rows.append({"molecules": molecules, **claimed})

    claim = "core-seconds at equal force error, covariances at one temperature / residual products"
    for _, row in own.iterrows():
        add(claim, np.nan, row, "times_cheaper", "response_cost_ratio", "at least")
    for what, threshold in (("anchored com", "anchored_cost"), ("anchored oxygen", "anchored_oxygen_cost")):
        for _, row in steps[steps["what"] == what].iterrows():
            add(f"cost of a step, {what} / ordinary", row["molecules"], row, "ratio", threshold, "at most")
    for _, row in throughput[throughput["what"] == "pinned processes"].iterrows():
        claim = "conditional samples per second, pinned processes / plain loop"
        add(claim, row["molecules"], row, "ratio", "throughput_ratio", "at least")
    columns = ["claim", "molecules", *COLUMNS[3:]]
    return pd.DataFrame(rows, columns=columns)
