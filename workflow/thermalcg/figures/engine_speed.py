"""Figure of the speed of CG dynamics by size and number of cores."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from thermalcg.models.names import ARCHITECTURES

from . import style

#: Markers and colours of what was timed, in order.
LOOKS = [
    ("s", "#0072B2"),
    ("^", "#56B4E9"),
    ("D", "#009E73"),
    ("v", "#D55E00"),
    ("P", "#CC79A7"),
    ("X", "#E69F00"),
    ("<", "#F0E442"),
    (">", "#999999"),
]


def name_of(what: str) -> str:
    """What was timed, in words."""
    for architecture, facts in ARCHITECTURES.items():
        if what.startswith(architecture):
            return facts.short + what.removeprefix(architecture)
    return what.replace("all_atom", "all-atom")


def engine_speed(table: pd.DataFrame) -> Figure:
    """Simulated time per day, and its ratio to all-atom dynamics, by the number of beads.

    Args:
        table: ``engine_speed.csv``.
    """
    fig, axes = style.panels(1, 2, height=3.4)
    speeds, ratios = axes[0]
    names = [name for name in table["what"].unique() if name != "all_atom"]
    looks = {"all_atom": ("o", style.ALL_ATOM_COLOUR), **dict(zip(names, LOOKS, strict=False))}
    for (name, cores), rows in table.groupby(["what", "cores"], sort=False):
        rows = rows.sort_values("beads")
        (marker, colour), line = looks[name], "-" if cores == 1 else "--"
        label = name_of(name) if cores == table["cores"].min() else None
        options = {"marker": marker, "color": colour, "linestyle": line}
        speeds.errorbar(rows["beads"], rows["ns_per_day"], yerr=rows["stderr"], label=label, **options)
        if name != "all_atom":
            bars = [
                rows["ratio_to_all_atom"] - rows["ratio_low"],
                rows["ratio_high"] - rows["ratio_to_all_atom"],
            ]
            ratios.errorbar(rows["beads"], rows["ratio_to_all_atom"], yerr=bars, **options)
    ratios.axhline(1, color=style.GUIDE, linewidth=0.8)
    sizes = sorted(table["beads"].unique())
    for axis in (speeds, ratios):
        axis.set(xscale="log", yscale="log", xlabel="Molecules (1)")
        axis.set_xticks(sizes, [f"{n:g}" for n in sizes])
        style.log_ticks(axis.yaxis)
        axis.xaxis.set_minor_locator(NullLocator())
    speeds.set_ylabel("Speed (ns/day)")
    ratios.set_ylabel("Speed over all-atom (1)")
    style.legend(fig, axes.flat, columns=3)
    style.letter(axes.flat)
    return fig
