"""Figure of the speed of all-atom and CG dynamics."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from thermalcg.analysis.speed import WITH_MEMORY
from thermalcg.models.names import ARCHITECTURES

from . import style


def speed(table: pd.DataFrame) -> Figure:
    """Simulated time per day, all-atom and each architecture, a line for each temperature.

    Args:
        table: ``speed.csv``.
    """
    order = style.in_order(table["what"], ["all_atom", *ARCHITECTURES])
    rows = table.assign(place=table["what"].map({name: k for k, name in enumerate(order)}))
    rows = rows.sort_values(["place", "temperature_K"])
    y = np.arange(len(rows)) + 0.6 * rows["place"].to_numpy(float)
    fig, axes = style.panels(1, 1, width=0.8 * style.DOUBLE, height=0.9 + 0.2 * max(len(rows), 3))
    axis = axes[0, 0]
    colours = dict(
        zip(
            order,
            [style.ALL_ATOM_COLOUR, "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"],
            strict=False,
        )
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
            text = f"× {style.digits(row.ratio_to_all_atom)}"
            if np.isfinite(row.ratio_low) and np.isfinite(row.ratio_high):
                text += f" ({style.digits(row.ratio_low)}–{style.digits(row.ratio_high)})"
            # beside the axes, where no point can be
            axis.text(1.02, height, text, transform=axis.get_yaxis_transform(), va="center", fontsize="small")
    names = {name: facts.short for name, facts in ARCHITECTURES.items()}
    names |= {name + WITH_MEMORY: short + WITH_MEMORY for name, short in names.items()}
    names["all_atom"] = "all-atom"
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
