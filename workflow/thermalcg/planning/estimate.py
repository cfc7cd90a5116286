"""What a study will cost: the work of its rules, added up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from thermalcg.config.study import Config

from . import work
from .goals import EXTRAS
from .status import duration
from .work import BASE_MB, Plan, UnitCosts, Work

#: Columns of the estimate and how rows are put together.
COLUMNS = dict.fromkeys(("jobs", "core_h", "gpu_h", "disk_MB"), "sum") | {"longest_s": "max", "ram_MB": "max"}


def estimate(config: Config, units: UnitCosts, extras: Iterable[str] = ()) -> pd.DataFrame:
    """The expected cost of every rule.

    Args:
        extras: goals of make whose jobs count as well (``goals.EXTRAS``).

    Returns:
        Columns stage, rule, jobs, core_h, gpu_h, disk_MB, longest_s (one job), ram_MB (peak of one job); the
        index is the level of ``Work``.
    """
    rows = []
    for stage, one in _all_work(config, units, extras):
        seconds = one.seconds + units.seconds["start_network" if one.runs == "torch" else "start"]
        hours = one.jobs * seconds / 3600
        sums = (one.jobs, hours, hours * (one.runs in units.gpus), one.jobs * one.disk_MB)
        rows.append((stage, one.rule, one.level, *sums, seconds, BASE_MB[one.runs] + one.arrays_MB))
    keys = ["stage", "rule", "level"]
    table = pd.DataFrame(rows, columns=[*keys, *COLUMNS])
    return table.groupby(keys, sort=False, as_index=False).agg(COLUMNS).set_index("level")


def wall_hours(table: pd.DataFrame, cores: int) -> tuple[float, float]:
    """Bounds of the wall time of an estimate on so many cores, with one GPU where one is used.

    No schedule beats the total shared evenly, nor the longest job; and none that keeps no core idle for
    nothing takes longer than ``total / p + (1 - 1/p) chain``, with the longest jobs that need one another
    (Graham 1969).
    """
    longest = table.groupby("level")["longest_s"].max() / 3600
    share = max(table["core_h"].sum() / cores, table["gpu_h"].sum())
    least = max(share, longest.max())
    return least, max(least, share + (1 - 1 / cores) * longest.sum())


def expected_jobs(config: Config, extras: Iterable[str] = ()) -> dict[str, int]:
    """Number of jobs of each rule, in the order of the work."""
    return estimate(config, UnitCosts(), extras).groupby("rule", sort=False)["jobs"].sum().to_dict()


def expected_ram(config: Config, extras: Iterable[str] = ()) -> dict[str, float]:
    """Peak memory of one job of each rule, MB, from the sizes of its arrays; nothing is measured."""
    return estimate(config, UnitCosts(), extras).groupby("rule")["ram_MB"].max().to_dict()


def as_text(table: pd.DataFrame, cores: int) -> str:
    """The table of ``estimate`` for a terminal, with bounds of the wall time on so many cores."""
    stages = table.groupby("stage", sort=False).agg(COLUMNS)
    stages.loc["all"] = table.agg(COLUMNS)
    formats = dict.fromkeys(COLUMNS, "{:.0f}".format) | dict.fromkeys(("core_h", "gpu_h"), "{:.3g}".format)
    low, high = (duration(3600 * hours) for hours in wall_hours(table, cores))
    return (
        f"{stages.rename_axis(None).to_string(formatters=formats)}\n\n"
        "disk_MB: outputs before compression; longest_s: one job; ram_MB: peak of one job\n"
        f"wall time with {cores} core{'s' if cores > 1 else ''}: {low} to {high}"
    )


def _all_work(config: Config, units: UnitCosts, extras: Iterable[str]) -> Iterator[tuple[str, Work]]:
    """Stage and work of a study, and of the goals of make that are named."""
    plan = Plan(config, units.seconds)
    stages = work.STAGES if config.simulates_water else work.OWN_STAGES
    for stage in (*stages, *(EXTRAS[name] for name in extras)):
        yield from ((stage.__name__.replace("_", " "), one) for one in stage(plan) if one.jobs)
