"""Figures that sum a study up: its cost, the speed of its models, and the verdicts on the claims."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thermalcg.analysis.speed import WITH_MEMORY

from . import style

#: Colour and marker of each verdict.
VERDICTS = {"holds": ("#009E73", "o"), "fails": ("#D55E00", "X"), "undecided": ("0.5", "s")}


def cost(benchmarks: pd.DataFrame) -> Figure:
    """Processor time of each stage.

    Args:
        benchmarks: ``benchmarks.csv``; a job too short to be measured counts as nothing.
    """
    stages = benchmarks.groupby("stage")[["cpu_s", "jobs"]].sum().sort_values("cpu_s")
    fig, axes = style.panels(1, 1, width=0.75 * style.DOUBLE, height=0.8 + 0.28 * max(len(stages), 2))
    axis = axes[0, 0]
    if stages.empty:
        style.note(axis, "no benchmark")
    else:
        bars = axis.barh([str(s).replace("_", " ") for s in stages.index], stages["cpu_s"], color="#0072B2")
        total = stages["cpu_s"].sum()
        texts = [
            f"{100 * seconds / total if total else 0:.0f} %, {jobs:.0f} job{'' if jobs == 1 else 's'}"
            for seconds, jobs in zip(stages["cpu_s"], stages["jobs"], strict=True)
        ]
        axis.bar_label(bars, texts, padding=3, fontsize="small")
        axis.set_xlim(right=1.35 * max(stages["cpu_s"].max(), 1e-9))
        axis.set_title(f"{_duration(total)} in all")
    axis.set_xlabel("Processor time (core-seconds)")
    axis.ticklabel_format(axis="x", style="plain")
    return fig


def _duration(seconds: float) -> str:
    for limit, divisor, unit in ((120, 1, "core-seconds"), (7200, 60, "core-minutes")):
        if seconds < limit:
            return f"{seconds / divisor:.3g} {unit}"
    return f"{seconds / 3600:,.1f} core-hours"


def speed(table: pd.DataFrame) -> Figure:
    """Simulated time per day, all-atom and each architecture, a line for each temperature.

    Args:
        table: ``speed.csv``.
    """
    order = style.in_order(table["what"], ["all_atom", *style.ARCHITECTURES])
    rows = table.assign(place=table["what"].map({name: k for k, name in enumerate(order)}))
    rows = rows.sort_values(["place", "temperature_K"])
    y = np.arange(len(rows)) + 0.6 * rows["place"].to_numpy(float)
    fig, axes = style.panels(1, 1, width=0.8 * style.DOUBLE, height=0.9 + 0.2 * max(len(rows), 3))
    axis = axes[0, 0]
    colours = dict(
        zip(order, [style.REFERENCE, "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"], strict=False)
    )
    shown = 0
    for row, height in zip(rows.itertuples(), y, strict=True):
        if not (np.isfinite(row.ns_per_day) and row.ns_per_day > 0):
            axis.text(0.02, height, "no healthy run", transform=axis.get_yaxis_transform(), va="center",
                      fontsize="small", style="italic", color=style.GUIDE)  # fmt: skip
            continue
        shown += 1
        error = row.stderr if np.isfinite(row.stderr) else 0.0
        axis.errorbar(row.ns_per_day, height, xerr=error, fmt="o",
                      color=colours.get(row.what, style.GUIDE))  # fmt: skip
        if row.what != "all_atom" and np.isfinite(row.ratio_to_all_atom):
            text = f"× {_ratio(row.ratio_to_all_atom)}"
            if np.isfinite(row.ratio_low) and np.isfinite(row.ratio_high):
                text += f" ({_ratio(row.ratio_low)}–{_ratio(row.ratio_high)})"
            # beside the axes, where no point can be
            axis.text(1.02, height, text, transform=axis.get_yaxis_transform(), va="center", fontsize="small")
    names = {"all_atom": "all-atom", "hipnn_ts": "HIP-NN-TS", "spline": "splines"}
    names |= {name + WITH_MEMORY: names[name] + WITH_MEMORY for name in style.ARCHITECTURES}
    axis.set_yticks(y, [f"{names.get(r.what, r.what)}, {r.temperature_K:g} K" for r in rows.itertuples()])
    if shown:
        axis.set_xscale("log")
        style.log_ticks(axis.xaxis)
    if rows.empty:
        style.note(axis, "no healthy run")
    axis.invert_yaxis()
    axis.grid(axis="x", color="0.9", linewidth=0.6)
    threads = sorted(rows["threads"].dropna().unique()) if len(rows) else []
    suffix = f", threads a run: {', '.join(f'{t:g}' for t in threads)}" if threads else ""
    axis.set_xlabel(f"Speed (ns/day){suffix}")
    axis.text(1.02, 1.0, "× all-atom\n(interval)", transform=axis.transAxes, va="bottom", fontsize="small")
    return fig


def _ratio(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def claims(table: pd.DataFrame) -> Figure:
    """Forest plot: values with 95 % intervals, thresholds, and the verdict as colour and marker.

    Args:
        table: ``claims.csv``.  Claims have their own panel and scale.  An end of an interval beyond the
            panel, or infinite, is an arrow.
    """
    names = list(dict.fromkeys(table["claim"]))
    sizes = [int((table["claim"] == name).sum()) for name in names]
    fig, axes = style.panels(
        len(names), 1, width=0.9 * style.DOUBLE, height=0.5 + sum(0.75 + 0.2 * n for n in sizes or [2]),
        height_ratios=[n + 0.8 for n in sizes] or None,
    )  # fmt: skip
    for axis, name in zip(axes.flat, names, strict=False):
        _claim(axis, table[table["claim"] == name])
    if not names:
        style.note(axes[0, 0], "no claim evaluated")
    style.letter(axes.flat[: len(names)])
    style.legend(fig, axes.flat, columns=5)
    return fig


def _claim(axis: Axes, rows: pd.DataFrame) -> None:
    left, right = _limits(rows)
    axis.set_xlim(left, right)
    for y, row in enumerate(rows.itertuples()):
        colour, marker = VERDICTS.get(row.verdict, VERDICTS["undecided"])
        axis.plot([row.threshold] * 2, [y - 0.38, y + 0.38], color="black", linewidth=1.6, label="threshold")
        if not np.isfinite(row.value):
            axis.text(0.5, y, "no value", transform=axis.get_yaxis_transform(), ha="center", va="center",
                      fontsize="small", style="italic", color=style.GUIDE)  # fmt: skip
            continue
        low, high = (row.value if np.isnan(end) else end for end in (row.low, row.high))
        axis.plot(np.clip([low, high], left, right), [y, y], color=colour)
        for end, bound, arrow in ((low, left, "<"), (high, right, ">")):
            if end < left or end > right:
                axis.plot(bound, y, marker=arrow, color=colour, clip_on=False)
        axis.plot(row.value, y, color=colour, marker=marker, linestyle="", markersize=5, label=row.verdict)
    first = rows.iloc[0]
    # the side where the claim holds
    span = (left, first["threshold"]) if first["side"] == "at most" else (first["threshold"], right)
    if rows["threshold"].nunique() == 1:
        axis.axvspan(*span, color="#E6F4EF", zorder=0, linewidth=0, label="claim holds here")
    axis.set_yticks(range(len(rows)), [_row_label(row) for row in rows.itertuples()])
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.set_title(str(first["claim"]).replace("_", " "))
    axis.set_xlabel(f"Value, {first['side']} {first['threshold']:g} (1)")


def _row_label(row) -> str:
    parts = (
        []
        if pd.isna(row.architecture) or row.architecture == ""
        else [style.architecture_label(row.architecture)]
    )
    parts += [] if pd.isna(row.temperature_K) else [f"{row.temperature_K:g} K"]
    return ", ".join(parts).replace("Splines (2+3-body)", "splines") or str(row.claim)


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Room for every value and threshold, and for interval ends up to twice their span away."""
    core = rows[["value", "threshold"]].to_numpy(float).ravel()
    core = core[np.isfinite(core)]
    low, high = (core.min(), core.max()) if core.size else (0.0, 1.0)
    widths = (rows["high"] - rows["low"]).to_numpy(float)
    widths = widths[np.isfinite(widths)]
    # values that agree still need room for their intervals
    typical = float(np.median(widths)) if widths.size else 0.0
    span = max(high - low, 0.2 * max(abs(low), abs(high)), 0.5 * typical, 1e-6)
    ends = rows[["low", "high"]].to_numpy(float).ravel()
    ends = ends[np.isfinite(ends) & (ends > low - 2 * span) & (ends < high + 2 * span)]
    low, high = min([low, *ends]), max([high, *ends])
    margin = 0.06 * max(high - low, span)
    return low - margin, high + margin
