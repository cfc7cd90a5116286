"""Figure of the claims: values, intervals, thresholds and verdicts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style

#: Colour and marker of each verdict.
VERDICTS = {"holds": ("#009E73", "o"), "fails": ("#D55E00", "X"), "undecided": ("0.5", "s")}

#: What the kinds of claims are called, in the order of the panels.
KINDS = {"study": "Claim", "project": "Goal"}


def claims(table: pd.DataFrame) -> Figure:
    """Forest plot: values with their bounds, thresholds, and the verdict as colour and marker.

    Claims of the study come first, goals of the project after them.

    Args:
        table: ``claims.csv``.  Claims have their own panel and scale.  An end of an interval beyond the
            panel, or infinite, is an arrow.
    """
    table = table.sort_values("kind", key=lambda kinds: kinds.map(list(KINDS).index), kind="stable")
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
    axis.set_title(f"{KINDS[first['kind']]}: {first['claim']}".replace("_", " "))
    axis.set_xlabel(f"Value, {first['side']} {first['threshold']:g} (1)")


def _row_label(row) -> str:
    parts = (
        []
        if pd.isna(row.architecture) or row.architecture == ""
        else [style.architecture_label(row.architecture, short=True)]
    )
    parts += [] if pd.isna(row.temperature_K) else [f"{row.temperature_K:g} K"]
    return ", ".join(parts) or str(row.claim)


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
