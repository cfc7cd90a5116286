"""Claims of the study: numbers with intervals against thresholds, and verdicts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from thermalcg.statistics import student_width, verdict, welch_freedom

from .structure_error import error_ratio

COLUMNS = ["claim", "architecture", "temperature_K", "value", "low", "high", "threshold", "side", "verdict"]

#: Kernels whose prediction is claimed: from T0 alone, and from other temperatures.
PREDICTED = ("response", "arrhenius", "vft")

#: Value and interval of a quantity that could not be measured.
UNKNOWN = (np.nan, -np.inf, np.inf)


@dataclass(frozen=True)
class Results:
    """The tables that claims are judged by.

    Attributes:
        excess: ``excess.csv``.
        structure: ``structure_error.csv``.
        speed: ``speed.csv``.
        heat_capacity: ``heat_capacity.csv``, or None.
        dynamics: ``dynamics_error.csv``, or None.
    """

    excess: pd.DataFrame
    structure: pd.DataFrame
    speed: pd.DataFrame
    heat_capacity: pd.DataFrame | None = None
    dynamics: pd.DataFrame | None = None


@dataclass(frozen=True)
class Thresholds:
    """What is claimed: the keys of the section ``claims`` of the configuration, which explains them."""

    force_excess_ratio: float
    force_excess_above_K: float
    structure_ratio: float
    structure_below_K: float
    structure_above_K: float
    heat_capacity_deviation: float
    diffusion_deviation: float
    memory_ratio: float
    speed_ratio: float
    response_cost_ratio: float
    anchored_cost: float
    anchored_oxygen_cost: float
    throughput_ratio: float


def structure_freedom(runs: int, members: int, blocks: int) -> int:
    """Degrees of freedom of structural errors: CG runs with different members, and all-atom blocks."""
    return min(runs, members) - 1 + blocks - 1


def failed_runs(health: pd.DataFrame) -> set[tuple[str, float]]:
    """(architecture, temperature in K) where a run of baseline or trf1 failed.

    Args:
        health: ``cg_health.csv``.
    """
    bad = health[(health["healthy"] == 0) & health["mode"].isin(["baseline", "trf1"])]
    return set(zip(bad["architecture"], bad["temperature_K"].astype(float), strict=True))


def claims_table(
    results: Results,
    thresholds: Thresholds,
    reference: float,
    freedom: dict[str, int],
    failed: set[tuple[str, float]],
) -> pd.DataFrame:
    """The table ``claims.csv``: each claim with its interval, its threshold and the verdict.

    Args:
        results: the tables of the study.
        thresholds: what is claimed.
        reference: T0, K.
        freedom: degrees of freedom of structural errors, by architecture (all of the study).
        failed: of ``failed_runs``: nothing is claimed there.
    """
    rows = _force_claims(results.excess, thresholds, reference)
    rows += _structure_claims(results.structure, thresholds, reference, freedom, failed)
    if results.heat_capacity is not None:
        threshold = thresholds.heat_capacity_deviation
        rows += _heat_capacity_claims(results.heat_capacity, reference, threshold, failed)
    if results.dynamics is not None:
        rows += _dynamics_claims(results.dynamics, thresholds)
    rows += _speed_claims(results.speed, thresholds, set(freedom))
    return pd.DataFrame(rows, columns=COLUMNS)


def _force_claims(excess: pd.DataFrame, thresholds: Thresholds, reference: float) -> list[dict]:
    """Excess force error of trf1 over that of the baseline, far above T0."""
    far = excess["temperature_K"] >= reference + thresholds.force_excess_above_K
    return [
        _claim(
            "excess force error over the yardstick, trf1 / baseline",
            row["architecture"],
            row["temperature_K"],
            (row["ratio_to_baseline"], row["ratio_low"], row["ratio_high"]),
            thresholds.force_excess_ratio,
            "at most",
        )
        for _, row in excess[(excess["mode"] == "trf1") & far].iterrows()
    ]


def _structure_claims(
    table: pd.DataFrame,
    thresholds: Thresholds,
    reference: float,
    freedom: dict[str, int],
    failed: set[tuple[str, float]],
) -> list[dict]:
    """Structural errors of trf1 over those of the baseline, far from T0."""
    temperature = table["temperature_K"]
    far = temperature <= reference - thresholds.structure_below_K
    far |= temperature >= reference + thresholds.structure_above_K
    rows = []
    for observable in ("rdf", "adf"):
        kept = table[far & (table["observable"] == observable)]
        for architecture, T in sorted(set(zip(kept["architecture"], kept["temperature_K"], strict=True))):
            interval = UNKNOWN
            if (architecture, T) not in failed:
                interval = error_ratio(table, observable, architecture, T, freedom[architecture])
            claim = f"{observable.upper()} error (L1), trf1 / baseline"
            rows.append(_claim(claim, architecture, T, interval, thresholds.structure_ratio, "at most"))
    return rows


def _speed_claims(speed: pd.DataFrame, thresholds: Thresholds, architectures: set[str]) -> list[dict]:
    """Speed of CG over all-atom dynamics."""
    return [
        _claim(
            "CG speed over all-atom, ns/day of the same box",
            row["what"],
            row["temperature_K"],
            (row["ratio_to_all_atom"], row["ratio_low"], row["ratio_high"]),
            thresholds.speed_ratio,
            "at least",
        )
        for _, row in speed[speed["what"].isin(architectures)].iterrows()
    ]


def _claim(claim, architecture, temperature, interval, threshold, side) -> dict[str, object]:
    value, low, high = interval
    return {
        "claim": claim,
        "architecture": architecture,
        "temperature_K": temperature,
        "value": value,
        "low": low,
        "high": high,
        "threshold": threshold,
        "side": side,
        "verdict": verdict(low, high, threshold, side),
    }


def _deviation(ratio: float, width: float) -> tuple[float, float, float]:
    """Distance of a ratio from one, with the ends of its interval."""
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


def _dynamics_claims(table: pd.DataFrame, thresholds: Thresholds) -> list[dict]:
    """Diffusion and velocity autocorrelation with kernels that have seen nothing of the temperature.

    Runs with memory and with friction alone share all-atom stretches and kernel, but their errors count as
    independent; this makes the interval of the ratio wide.
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
                    thresholds.diffusion_deviation,
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
                thresholds.memory_ratio,
                "at most",
            )
        )
    return rows


def estimator_claims(
    cost: pd.DataFrame, steps: pd.DataFrame, throughput: pd.DataFrame, thresholds: Thresholds
) -> pd.DataFrame:
    """The table ``estimator_claims.csv``: claims on the cost of the default route and of the sampler.

    Args:
        cost, steps, throughput: tables ``estimator_cost.csv``, ``sampler_cost.csv``,
            ``sampler_throughput.csv``.
        thresholds: what is claimed.

    Returns:
        Columns claim, molecules (empty where it is that of the study), value, low, high, threshold, side,
        verdict.
    """
    own = cost[(cost["estimator"] == "products_local") & (cost["quantity"] == "force_error")]
    rows = []

    def add(claim: str, molecules: float, row: pd.Series, value: str, threshold: float, side: str) -> None:
        interval = (row[value], row["low"], np.inf if row.get("bound") else row["high"])
        claimed = _claim(claim, "", np.nan, interval, threshold, side)
        rows.append({"molecules": molecules, **claimed})

    claim = "core-seconds at equal force error, covariances at one temperature / residual products"
    for _, row in own.iterrows():
        add(claim, np.nan, row, "times_cheaper", thresholds.response_cost_ratio, "at least")
    for what, threshold in (
        ("anchored com", thresholds.anchored_cost),
        ("anchored oxygen", thresholds.anchored_oxygen_cost),
    ):
        for _, row in steps[steps["what"] == what].iterrows():
            add(f"cost of a step, {what} / ordinary", row["molecules"], row, "ratio", threshold, "at most")
    for _, row in throughput[throughput["what"] == "pinned processes"].iterrows():
        claim = "conditional samples per second, pinned processes / plain loop"
        add(claim, row["molecules"], row, "ratio", thresholds.throughput_ratio, "at least")
    columns = ["claim", "molecules", *COLUMNS[3:]]
    return pd.DataFrame(rows, columns=columns)
