"""Figure of the parts of a force field and of its response, against their noise."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style

#: Panels: quantity and axis label; parts of the response by functions and by shells have one each.
_PANELS = (
    ("force", "Force at T₀ (kJ/mol/nm)"),
    ("response", "Response, by functions (kJ/mol/nm/K)"),
    ("shells", "Response, by energies (kJ/mol/nm/K)"),
)


def response_terms(table: pd.DataFrame) -> Figure:
    """Size of every part (filled where it is resolved) and its noise.

    Args:
        table: ``response_terms.csv``.
    """
    shell = table["part"].str.contains("energy")
    rows = {
        "force": table[table["quantity"] == "force"],
        "response": table[(table["quantity"] == "response") & ~shell],
        "shells": table[(table["quantity"] == "response") & shell],
    }
    lengths = [len(rows[name]) + 1.5 for name, _ in _PANELS]
    fig, axes = style.panels(
        3, 1, height=0.9 + 0.19 * sum(lengths) + 1.2, gridspec_kw={"height_ratios": lengths}
    )
    for axis, (name, label) in zip(axes[:, 0], _PANELS, strict=True):
        _parts(axis, rows[name])
        axis.set_xlabel(label)
    style.letter(axes.flat)
    style.legend(fig, axes.flat)
    return fig


def _parts(axis: Axes, rows: pd.DataFrame) -> None:
    place = range(len(rows) - 1, -1, -1)
    resolved = rows["resolved"].astype(bool).to_numpy()
    axis.barh(place, rows["noise"], height=0.75, color=style.SHADE, label="noise")
    for chosen, face, label in ((resolved, style.BLUE, "resolved"), (~resolved, "white", "not resolved")):
        points = [y for y, one in zip(place, chosen, strict=True) if one]
        axis.plot(
            rows["size"].to_numpy(float)[chosen], points, linestyle="none", marker="o",
            color=style.BLUE, markerfacecolor=face, label=label,
        )  # fmt: skip
    axis.set_yticks(place, [part.removeprefix("energy ") for part in rows["part"]], fontsize="small")
    axis.set_xlim(left=0)
    axis.set_ylim(-0.7, len(rows) - 0.3)
