"""Figure of what a study cost."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from . import style


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
