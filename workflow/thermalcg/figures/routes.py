"""Figure of the routes to the thermal response: errors against cost."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thermalcg.benchmark.routes import ROUTES, ForceColumns

from . import style

#: Colour, marker and line of each route: warm colours for fixed sites, blue and green for ordinary
#: trajectories; markers tell them apart without colour.
LOOKS = {
    "fixed": ("#D55E00", "o", "-"),
    "fixed_short": ("#D55E00", "v", ":"),
    "fixed_local": ("#E69F00", "P", "-"),
    "fixed_local_short": ("#E69F00", "p", ":"),
    "rungs": ("#CC79A7", "D", "--"),
    "mbar": ("#7F3C8D", "X", "--"),
    "projected": ("#000000", "h", "-"),
    "products_box": ("#56B4E9", "^", "-"),
    "products_local": ("#0072B2", "s", "-"),
    "energy_matching": ("#009E73", "*", "-."),
}


def routes(errors: pd.DataFrame, cost: pd.DataFrame) -> Figure:
    """Error against core-seconds for every route, and how many times cheaper each one is.

    Args:
        errors: ``estimators.csv``.
        cost: ``estimator_cost.csv``.
    """
    fig, axes = style.panels(2, 2, height=7.4)
    forces = ForceColumns.of(errors)
    columns = [("trf_noise_kJ_per_mol_nm_K", "trf_noise_stderr", "Statistical error of F′ (kJ/mol/nm/K)")]
    if forces:
        hottest = forces[-1]
        label = f"Force error at {hottest.temperature:g} K (kJ/mol/nm)"
        columns.append((hottest.value, hottest.stderr, label))
    for axis, (value, error, label) in zip(axes[0], columns, strict=False):
        for name in style.in_order(errors["estimator"], ROUTES):
            rows = errors[errors["estimator"] == name].sort_values("core_s")
            colour, marker, dash = LOOKS.get(name, ("0.5", ".", "-"))
            axis.errorbar(
                rows["core_s"], rows[value], yerr=rows[error], color=colour, marker=marker, linestyle=dash,
                label=_label(name),
            )  # fmt: skip
        axis.set(xscale="log", yscale="log", xlabel="Cost (core-seconds)", ylabel=label)
        style.log_ticks(axis.yaxis)
    for axis, quantity, title in zip(
        axes[1],
        ("trf_noise", "force_error"),
        ("Statistical error of F′", "Force error, hottest T"),
        strict=True,
    ):
        _times_cheaper(axis, cost[cost["quantity"] == quantity])
        axis.set_title(title, fontsize="small")
    axes[1, 1].set_yticklabels([])  # the same names as on the left
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=2)
    return fig


def _label(name: str) -> str:
    return ROUTES[name].label if name in ROUTES else name


def _times_cheaper(axis: Axes, rows: pd.DataFrame) -> None:
    rows = rows.iloc[::-1].reset_index(drop=True)
    for y, row in rows.iterrows():
        colour = LOOKS.get(row["estimator"], ("0.5",))[0]
        value = row["times_cheaper"]
        if not value > 0:
            axis.text(
                0.02, y, "not reached", transform=axis.get_yaxis_transform(), va="center", fontsize="small"
            )
            continue
        if np.isfinite([row["low"], row["high"]]).all():
            axis.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=1)
        # an arrow to the right: the route was there with its smallest budget
        axis.plot(value, y, color=colour, marker=">" if row["bound"] else "o", markersize=6)
    axis.set_yticks(
        range(len(rows)),
        [fill(_label(n), 28) for n in rows["estimator"]],
        fontsize="x-small",
    )
    axis.axvline(1, color=style.GUIDE, linewidth=0.8)
    axis.axvline(10, color=style.GUIDE, linewidth=0.8, linestyle="--")
    axis.set(xscale="log", xlabel="Times cheaper (1)", ylim=(-0.6, len(rows) - 0.4))
