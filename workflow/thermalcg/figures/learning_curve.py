"""Figure of the force error against the amount of training data."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from . import style


def learning_curve(table: pd.DataFrame, temperatures: Sequence[float] | None = None) -> Figure:
    """Force error against the amount of training data, rows architectures, columns temperatures.

    Args:
        table: ``learning_curve.csv``.
        temperatures: those shown, K; by default the lowest, the middle and the highest.
    """
    if temperatures is None:
        all_T = sorted(table["temperature_K"].unique())
        temperatures = sorted({all_T[0], all_T[len(all_T) // 2], all_T[-1]}) if all_T else []
    found = style.architectures_in(table)
    fig, axes = style.panels(
        len(found), len(temperatures), height=0.9 + 2.0 * max(len(found), 1), sharey="row", sharex=True
    )
    ticks = sorted(table["fraction"].unique())
    for row, architecture in enumerate(found):
        for column, temperature in enumerate(temperatures):
            axis = axes[row, column]
            rows = table[(table["architecture"] == architecture) & (table["temperature_K"] == temperature)]
            for mode in style.modes_in(rows):
                style.curve(
                    axis, rows[rows["mode"] == mode], "fraction", "rmse_kJ_per_mol_nm", ["stderr"], mode
                )
            if rows["rmse_kJ_per_mol_nm"].notna().sum() == 0:
                style.note(axis, "no data")
            axis.set_xscale("log")
            axis.set_xticks(ticks, [f"{t:g}" for t in ticks])
            axis.minorticks_off()
            axis.set_title(f"{temperature:g} K")
            if row == len(found) - 1:
                axis.set_xlabel("Share of the data (1)")
            if column == 0:
                axis.set_ylabel(f"{style.architecture_label(architecture)}\nForce error (kJ/mol/nm)")
    if not found:
        style.note(axes[0, 0], "no data")
    style.letter(axes.flat)
    style.legend(fig, axes.flat)
    return fig
