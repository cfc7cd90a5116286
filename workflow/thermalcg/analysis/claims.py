"""Claims of the study and goals of this project: numbers with intervals against thresholds, and verdicts.

The two are kept apart.  A *claim of the study* is decided by its own words: an error is below another one, a
ratio is below one.  All of them are one family, tested with Holm's correction (``holm``), so that the chance
of any false verdict among them is at most ``LEVEL``.  A *goal of this project* asks how large an effect is;
it has a size from the configuration and an ordinary 95 % interval, and no correction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from thermalcg.models.names import ARCHITECTURES, STUDY_RESPONSE
from thermalcg.statistics import student_width, verdict, welch_freedom

from .holm import holm_levels
from .ratios import LEVEL, ErrorRatio, independent_ratio

#: Kinds of claims.
STUDY, PROJECT = "study", "project"

COLUMNS = ["kind", "claim", "architecture", "temperature_K", "value", "low", "high", "level", "threshold",
           "side", "verdict"]  # fmt: skip

#: Kernels whose prediction is claimed: from T0 alone, and from other temperatures.
PREDICTED = ("response", "arrhenius", "vft")

#: Value and interval of a quantity that could not be measured.
UNKNOWN = (np.nan, 0.0, np.inf)

#: What a ratio of two errors is compared with where the claim is that one is not larger than the other.
EQUAL = 1.0

#: Claims of the study, by observable and what the response is compared with.
OF_THE_STUDY = {
    ("force", "baseline"): "force error below that of the baseline",
    ("force", "energy_matching"): "force error not above that of energy matching",
    ("rdf", "baseline"): "RDF error below that of the baseline",
    ("adf", "baseline"): "ADF error below that of the baseline",
}

#: Goals for the same ratios: the name, and the threshold's key or value.
GOALS = {
    ("force", "baseline"): ("size of the force error, response / baseline", "force_excess_ratio"),
    ("rdf", "baseline"): ("size of the RDF error, response / baseline", "structure_ratio"),
    ("adf", "baseline"): ("size of the ADF error, response / baseline", "structure_ratio"),
    ("rdf", "at_temperature"): ("RDF error, response / trained there", EQUAL),
    ("adf", "at_temperature"): ("ADF error, response / trained there", EQUAL),
}


@dataclass(frozen=True)
class Results:
    """The tables that claims are judged by.

    Attributes:
        force: ``force_ratio.csv``.
        structure: ``structure_ratio.csv``.
        speed: ``speed.csv``, or None.
        health: ``cg_health.csv``, or None.
        heat_capacity: ``heat_capacity.csv``, or None.
        dynamics: ``dynamics_error.csv``, or None.
    """

    force: pd.DataFrame
    structure: pd.DataFrame
    speed: pd.DataFrame | None = None
    health: pd.DataFrame | None = None
    heat_capacity: pd.DataFrame | None = None
    dynamics: pd.DataFrame | None = None

    @property
    def ratios(self) -> pd.DataFrame:
        """Ratios of force and structure together."""
        return pd.concat([self.force.assign(observable="force"), self.structure], ignore_index=True)


@dataclass(frozen=True)
class Thresholds:
    """What is aimed at: the keys of the section ``claims`` of the configuration, which explains them."""

    force_excess_ratio: float
    structure_ratio: float
    energy_change_deviation: float
    diffusion_deviation: float
    memory_ratio: float
    speed_ratio: float
    response_cost_ratio: float
    anchored_cost: float
    anchored_oxygen_cost: float
    throughput_ratio: float


def study_response(modes: pd.Series) -> str:
    """The mode that claims rest on: ``STUDY_RESPONSE``, or trf1 for an architecture without it."""
    return STUDY_RESPONSE if (modes == STUDY_RESPONSE).any() else "trf1"


def failed_runs(health: pd.DataFrame) -> set[tuple[str, str, float]]:
    """(architecture, mode, temperature in K) of every model of which a run failed.

    Args:
        health: ``cg_health.csv``.
    """
    bad = health[health["healthy"] == 0]
    return set(zip(bad["architecture"], bad["mode"], bad["temperature_K"].astype(float), strict=True))


def claims_table(results: Results, thresholds: Thresholds, reference: float) -> pd.DataFrame:
    """The table ``claims.csv``: claims of the study, then goals, with intervals, thresholds and verdicts.

    Nothing is claimed of the structure of a model of which a run failed, or of one compared with it.

    Args:
        results: the tables of the study.
        thresholds: what is aimed at.
        reference: T0, K.
    """
    rows = _study_claims(results, reference) + _size_goals(results, thresholds, reference)
    if results.heat_capacity is not None:
        rows += _energy_goals(results.heat_capacity, reference, thresholds.energy_change_deviation)
    if results.dynamics is not None:
        rows += _dynamics_goals(results.dynamics, thresholds)
    if results.speed is not None:
        rows += _speed_goals(results.speed, thresholds.speed_ratio)
    return pd.DataFrame(rows, columns=COLUMNS)


@dataclass(frozen=True)
class _Compared:
    """One comparison of the response of an architecture with another model; ``ratio`` is None if unknown.

    ``pair`` names the two species whose g(r) it is about, in a mixture.
    """

    what: tuple[str, str]
    pair: str
    architecture: str
    temperature: float
    ratio: ErrorRatio | None

    def called(self, claim: str) -> str:
        """A claim with the pair that it is about."""
        return f"{claim}, {self.pair}" if self.pair else claim


def _comparisons(results: Results, reference: float) -> list[_Compared]:
    """Those of the response with others, at held-out temperatures.

    In a mixture g(r) of each pair of species takes the place of that of all beads, which mixes them.
    """
    failed = set() if results.health is None else failed_runs(results.health)
    ratios, found = results.ratios, []
    if ratios["observable"].str.startswith("rdf ").any():
        ratios = ratios[ratios["observable"] != "rdf"]
    for architecture, rows in ratios.groupby("architecture", sort=False):
        mode = study_response(rows["mode"])
        own = rows[(rows["mode"] == mode) & (rows["temperature_K"] != reference)]
        for _, row in own.iterrows():
            models = {(architecture, one, row["temperature_K"]) for one in (mode, row["against"])}
            unknown = row["observable"] != "force" and models & failed
            ratio = None if unknown else ErrorRatio.of_row(row)
            observable, _, pair = row["observable"].partition(" ")
            what = (observable, row["against"])
            found.append(_Compared(what, pair, architecture, row["temperature_K"], ratio))
    return found


def _study_claims(results: Results, reference: float) -> list[dict]:
    """Claims decided by the words "below" and "not above", Holm's correction over all of them."""
    compared = _comparisons(results, reference)
    tested = [(claim, one) for what, claim in OF_THE_STUDY.items() for one in compared if one.what == what]
    chances = [
        np.nan if one.ratio is None else min(one.ratio.chance_below(EQUAL), one.ratio.chance_above(EQUAL))
        for _, one in tested
    ]
    rows = []
    for (claim, one), level in zip(tested, holm_levels(chances), strict=True):
        interval = UNKNOWN if one.ratio is None else (one.ratio.value, *one.ratio.bounds(level))
        place = {"kind": STUDY, "claim": one.called(claim), "architecture": one.architecture}
        rows.append(_claim(place, one.temperature, interval, EQUAL, "at most", level))
    return rows


def _size_goals(results: Results, thresholds: Thresholds, reference: float) -> list[dict]:
    compared, rows = _comparisons(results, reference), []
    for what, (goal, threshold) in GOALS.items():
        aim = getattr(thresholds, threshold) if isinstance(threshold, str) else threshold
        for one in compared:
            if one.what == what:
                interval = UNKNOWN if one.ratio is None else one.ratio.interval
                rows.append(_goal(one.called(goal), one.architecture, one.temperature, interval, aim))
    return rows


def _speed_goals(speed: pd.DataFrame, threshold: float) -> list[dict]:
    """Speed of CG over all-atom dynamics of the same box on the same core."""
    return [
        _goal(
            "CG speed over all-atom, ns/day of the same box",
            row["what"],
            row["temperature_K"],
            (row["ratio_to_all_atom"], row["ratio_low"], row["ratio_high"]),
            threshold,
            "at least",
        )
        for _, row in speed[speed["what"].isin(list(ARCHITECTURES))].iterrows()
    ]


def _claim(place, temperature, interval, threshold, side, level) -> dict[str, object]:
    value, low, high = interval
    return {
        **place,
        "temperature_K": temperature,
        "value": value,
        "low": low,
        "high": high,
        "level": level,
        "threshold": threshold,
        "side": side,
        "verdict": verdict(low, high, threshold, side),
    }


def _goal(goal, architecture, temperature, interval, threshold, side="at most") -> dict[str, object]:
    place = {"kind": PROJECT, "claim": goal, "architecture": architecture}
    return _claim(place, temperature, interval, threshold, side, LEVEL / 2)


def _deviation(ratio: float, width: float) -> tuple[float, float, float]:
    """Distance of a ratio from one, with the ends of its interval."""
    deviation = abs(ratio - 1)
    return deviation, max(deviation - width, 0.0), deviation + width


def _energy_goals(table: pd.DataFrame, reference: float, threshold: float) -> Iterator[dict]:
    """Relative deviation of the predicted change of the mean energy from T0 from the all-atom one.

    It is measured to a few per cent; the heat capacity, its derivative, is not.
    """
    change, error, freedom = (f"energy_change_{name}" for name in ("kJ_per_mol", "stderr", "freedom"))
    known = table[table["source"] == "all_atom"].set_index("temperature_K")
    for architecture, models in table[table["source"] != "all_atom"].groupby("source", sort=False):
        own = models[
            (models["mode"] == study_response(models["mode"])) & (models["temperature_K"] != reference)
        ]
        for _, row in own.iterrows():
            pair = (row, known.loc[row["temperature_K"]])
            ratio = pair[0][change] / pair[1][change]
            errors = [one[error] / one[change] for one in pair]
            width = student_width(welch_freedom(errors, [one[freedom] for one in pair]))
            interval = _deviation(ratio, width * abs(ratio) * np.hypot(*np.abs(errors)))
            goal = "energy change from T0, relative deviation from all-atom"
            yield _goal(goal, architecture, row["temperature_K"], interval, threshold)


def _dynamics_goals(table: pd.DataFrame, thresholds: Thresholds) -> Iterator[dict]:
    """Diffusion and velocity autocorrelation with kernels that have seen nothing of the temperature.

    Only what the data can decide: a deviation whose relative error is small enough for a perfect prediction
    to meet the threshold, and a ratio of errors that is bounded.  Runs with memory and with friction alone
    share all-atom stretches and kernel, but their errors count as independent; this makes the interval of the
    ratio wide.
    """
    own = table[(table["forces"] == study_response(table["forces"])) & (table["saw_temperature"] == 0)]
    for kernel in PREDICTED:
        goal, aim = (
            f"diffusion, relative deviation from all-atom ({kernel} kernel)",
            thresholds.diffusion_deviation,
        )
        for _, row in own[(own["kernel"] == kernel) & (own["motion"] == "memory")].iterrows():
            width = student_width(row["freedom"]) * row["ratio_stderr"]
            # relative, so that a value that is too large is not left out for its size
            if width <= aim * row["ratio_to_all_atom"]:
                interval = _deviation(row["ratio_to_all_atom"], width)
                yield _goal(goal, row["architecture"], row["temperature_K"], interval, aim)
    same = ["architecture", "temperature_K"]
    response = own[own["kernel"] == "response"]
    friction = response[response["motion"] == "friction"].set_index(same)
    for _, row in response[response["motion"] == "memory"].iterrows():
        key = (row["architecture"], row["temperature_K"])
        if key not in friction.index:  # the run with friction alone failed
            continue
        pair = [(one["vacf_error"], one["vacf_error_stderr"]) for one in (row, friction.loc[key])]
        freedom = min(row["vacf_freedom"], friction.loc[key, "vacf_freedom"])
        interval = independent_ratio(*pair, freedom)
        if np.isfinite(interval.high):
            goal = "velocity autocorrelation error (L1), memory / friction alone"
            yield _goal(goal, *key, interval, thresholds.memory_ratio)


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
        rows.append({"molecules": molecules, **_goal(claim, "", np.nan, interval, threshold, side)})

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
    columns = ["claim", "molecules", "value", "low", "high", "threshold", "side", "verdict"]
    return pd.DataFrame(rows, columns=columns)
