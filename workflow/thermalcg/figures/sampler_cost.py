"""Figure of the cost of conditional sampling."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from . import style


def sampler_cost(steps: pd.DataFrame, throughput: pd.DataFrame) -> Figure:
    """Cost of anchored steps over ordinary ones, and throughput over a plain loop, by size.

    Args:
        steps: ``sampler_cost.csv``.
        throughput: ``sampler_throughput.csv``.
    """
    fig, axes = style.panels(1, 2, height=3.4)
    looks = iter([("o", "C0"), ("s", "C1"), ("D", "C2"), ("^", "C3"), ("v", "C4"), ("P", "C5")])
    for axis, table, first in ((axes[0, 0], steps, "ordinary"), (axes[0, 1], throughput, "plain loop")):
        for what in [w for w in table["what"].unique() if w != first]:
            marker, colour = next(looks)
            rows = table[table["what"] == what].sort_values("molecules")
            bars = [rows["ratio"] - rows["low"], rows["high"] - rows["ratio"]]
            axis.errorbar(
                rows["molecules"], rows["ratio"], yerr=bars, marker=marker, color=colour, label=what
            )
        axis.axhline(1, color=style.GUIDE, linewidth=0.8)
        sizes = sorted(table["molecules"].unique())
        axis.set(xscale="log", xlabel="Molecules (1)")
        axis.set_xticks(sizes, [f"{n:g}" for n in sizes])
        axis.minorticks_off()
    style.legend(fig, axes.flat, columns=4)
    axes[0, 0].set_ylabel("Cost of a step over an ordinary one (1)")
    axes[0, 1].set(ylabel="Throughput over a plain loop (1)", ylim=(0, None))
    style.letter(axes.flat)
    return fig
