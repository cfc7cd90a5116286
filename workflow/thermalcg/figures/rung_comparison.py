"""Figure of MBAR, single rungs and finite differences."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from . import style


def rung_comparison(table: pd.DataFrame) -> Figure:
    """Noise of MBAR, single-rung and finite-difference labels, and their agreement with MBAR.

    Args:
        table: ``reweighting.csv``.
    """
    names = {"mbar": "MBAR", "single_rung": "single rung", "finite_difference": "finite difference"}
    quantities = {
        "mean_force": ("F", "kJ/mol/nm"), "trf": ("F′", "kJ/mol/nm/K"), "trf2": ("F″", "kJ/mol/nm/K²"),
        "mean_energy": ("⟨u⟩", "kJ/mol"),
    }  # fmt: skip
    fig, axes = style.panels(2, 4, height=4.6, sharex=True)
    for column, (quantity, (symbol, unit)) in enumerate(quantities.items()):
        for (name, label), marker in zip(names.items(), "os^", strict=True):
            rows = table[(table["quantity"] == quantity) & (table["estimator"] == name)]
            rows = rows.sort_values("temperature_K")
            if rows.empty:
                continue
            axes[0, column].errorbar(
                rows["temperature_K"], rows["noise"], yerr=rows["noise_stderr"], marker=marker, label=label
            )
            if name != "mbar" and rows["slope_stderr"].max() < 2:
                axes[1, column].errorbar(
                    rows["temperature_K"], rows["slope_on_mbar"], yerr=rows["slope_stderr"], marker=marker,
                    linestyle="none", color=axes[0, column].lines[-1].get_color(),
                )  # fmt: skip
        if not axes[1, column].lines:
            style.note(axes[1, column], "not resolved")
        axes[1, column].axhline(1, color=style.GUIDE, linewidth=0.8)
        axes[0, column].set(ylabel=f"Noise of {symbol} ({unit})", ylim=(0, None))
        axes[1, column].set(xlabel="Temperature (K)", ylabel=f"Slope of {symbol} on MBAR (1)")
    style.letter(axes.flat)
    style.legend(fig, axes.flat)
    return fig
