"""Figure of what data cost and what they give."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style

#: Name, colour and marker of each purchase: a colour for each set of temperatures, and an open marker with a
#: dashed line where the response is not used.
LOOKS = {
    "baseline": ("T₀ alone: F", "#D55E00", "o", False),
    "response": ("T₀ alone: F, F′, F″", "#D55E00", "o", True),
    "energy_matching": ("T₀ alone: F, U (energy matching)", "#009E73", "^", True),
    "upper": ("T₀ and the hottest: F", "#E69F00", "v", False),
    "upper_response": ("T₀ and the hottest: F, F′", "#E69F00", "v", True),
    "ends": ("coldest and hottest: F", "#0072B2", "s", False),
    "ends_response": ("coldest and hottest: F, F′", "#0072B2", "s", True),
    "several": ("three or more T: F", "#CC79A7", "D", False),
    "several_response": ("three or more T: F, F′", "#CC79A7", "D", True),
    "at_temperature": ("a run at each test T: F", "black", "P", True),
}

#: Rows of panels: value, standard error, label.
ROWS = (
    ("excess_kJ_per_mol_nm", "excess_stderr", "Excess force error (kJ/mol/nm)"),
    ("rdf_error", "rdf_stderr", "RDF error, rms (1)"),
)


def economics(table: pd.DataFrame) -> Figure:
    """Errors against the total all-atom sampling: rows force and RDF, columns temperatures.

    Args:
        table: ``economics.csv``.
    """
    temperatures = sorted(table["temperature_K"].unique())
    fig, axes = style.panels(len(ROWS), len(temperatures), height=5.6, sharex=True, sharey="row")
    for row, (value, error, label) in enumerate(ROWS):
        for axis, T in zip(axes[row], temperatures, strict=True):
            own = table[table["temperature_K"] == T]
            for name in style.in_order(own["purchase"], LOOKS):
                _curve(axis, own[own["purchase"] == name].sort_values("total_ps"), name, value, error)
            axis.set(xscale="log")
            style.log_ticks(axis.xaxis)
            if row == 0:
                axis.set_title(f"{T:g} K")
            else:
                axis.set_xlabel("All-atom sampling (ps)")
        axes[row, 0].set_ylabel(label)
        axes[row, 0].set_ylim(bottom=0)  # once all panels of the row are drawn
    style.letter(axes.flat)
    style.legend(fig, axes.flat)
    return fig


def _curve(axis: Axes, rows: pd.DataFrame, name: str, value: str, error: str) -> None:
    label, colour, marker, response = LOOKS.get(name, (name, style.GUIDE, ".", True))
    rows = rows.dropna(subset=[value])
    if rows.empty:
        return
    axis.errorbar(
        rows["total_ps"],
        rows[value],
        yerr=np.nan_to_num(rows[error].to_numpy(float)),
        color=colour,
        marker=marker,
        fillstyle="full" if response else "none",
        linestyle="-" if response else "--",
        label=label,
    )
