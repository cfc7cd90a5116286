"""Figures of force errors: parity, error and excess error against temperature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thermalcg.models.names import ARCHITECTURES
from thermalcg.statistics import rms

from . import style

#: Rows of the parity figure: name of the variables, symbol, unit.
_PARITY = (("force", "F", "kJ/mol/nm"), ("trf", "F′", "kJ/mol/nm/K"))


def parity(parity: Mapping[tuple[str, str], xr.Dataset], mode: str) -> Figure:
    """Label against prediction, mean force above and thermal response below, a column for each architecture.

    Args:
        parity: (architecture, mode) to a dataset with ``label_force``, ``label_force_se``,
            ``predicted_force`` and the same of ``trf``, dimensions (frame, bead, axis), the test
            frames at the reference temperature.
        mode: the one that is shown.
    """
    found = style.in_order((a for a, m in parity if m == mode), ARCHITECTURES)
    fig, axes = style.panels(
        2, len(found), width=style.DOUBLE if len(found) > 1 else style.SINGLE, height=6.2
    )
    for column, architecture in enumerate(found):
        axes[0, column].set_title(style.architecture_label(architecture))
        for row, (name, symbol, unit) in enumerate(_PARITY):
            axis = axes[row, column]
            mappable = _parity_panel(axis, parity[architecture, mode], name, unit)
            axis.set_xlabel(f"Predicted {symbol} ({unit})")
            axis.set_ylabel(f"Label {symbol} ({unit})")
            if mappable is not None:
                bar = fig.colorbar(mappable, ax=axis, label="Components in a bin (1)", aspect=30, pad=0.02)
                style.log_ticks(bar.ax.yaxis)
    if not found:
        for axis in axes.flat:
            style.note(axis, "no model")
    style.letter(axes.flat)
    return fig


def _parity_panel(axis: Axes, dataset: xr.Dataset, name: str, unit: str):
    arrays = [dataset[f"{kind}_{name}"].values.ravel() for kind in ("predicted", "label")]
    error = dataset[f"label_{name}_se"].values.ravel()
    keep = np.isfinite(arrays).all(axis=0)
    x, y = (a[keep] for a in arrays)
    if x.size < 2:
        style.note(axis, "no data")
        return None
    reach = 1.05 * max(np.abs(x).max(), np.abs(y).max()) or 1.0
    bins = axis.hexbin(
        x, y, gridsize=50, extent=(-reach, reach, -reach, reach), bins="log", mincnt=1,
        cmap="viridis", linewidths=0.1, rasterized=True,
    )  # fmt: skip
    axis.axline((0, 0), slope=1, color=style.GUIDE, linewidth=0.8, linestyle="--")
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    # of the label on the prediction: noise of the labels does not bias this slope, that of training lowers it
    slope = x @ y / (x @ x) if x.any() else np.nan
    correlation = np.corrcoef(x, y)[0, 1] if x.std() and y.std() else np.nan
    lines = [
        f"rmse {style.digits(rms(x - y))} {unit}",
        f"label noise {style.digits(rms(error[np.isfinite(error)]))} {unit}",
        f"slope {slope:.2f}",
        f"correlation {correlation:.3f}",
    ]
    # the cloud lies along the diagonal: the two upper lines may be long, so the box gets a background
    axis.text(
        0.02, 0.98, "\n".join(lines[:2]), transform=axis.transAxes, va="top", fontsize="small",
        bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1},
    )  # fmt: skip
    axis.text(
        0.98, 0.02, "\n".join(lines[2:]), transform=axis.transAxes, va="bottom", ha="right", fontsize="small",
        bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1},
    )  # fmt: skip
    return bins


def force_error(table: pd.DataFrame, reference_K: float) -> Figure:
    """Force error against temperature, a panel for each architecture.

    Args:
        table: ``force_error.csv``; the rows of all members together are drawn.
        reference_K: the one temperature that models (but the yardstick) have seen.
    """
    table = table[table["seed"].astype(str) == "all"]
    return _against_temperature(
        table,
        value="rmse_kJ_per_mol_nm",
        errors=["stderr"],
        reference_K=reference_K,
        label="Force error (kJ/mol/nm)",
        noise="noise_floor",
    )


def excess(table: pd.DataFrame, reference_K: float | None = None) -> Figure:
    """Excess force error over the model trained at the test temperature, in quadrature, with intervals.

    Args:
        table: ``excess.csv``.
        reference_K: draws a line where the models are trained.
    """
    return _against_temperature(
        table,
        value="excess_kJ_per_mol_nm",
        errors=["low", "high"],
        reference_K=reference_K,
        label="Excess force error (kJ/mol/nm)",
        noise=None,
    )


def _against_temperature(
    table: pd.DataFrame,
    *,
    value: str,
    errors: Sequence[str],
    reference_K: float | None,
    label: str,
    noise: str | None,
) -> Figure:
    found = style.architectures_in(table)
    width = style.DOUBLE if len(found) > 1 else 0.65 * style.DOUBLE
    fig, axes = style.panels(1, len(found), width=width, height=3.3, sharey=True)
    for axis, architecture in zip(axes.flat, found, strict=False):
        rows = table[table["architecture"] == architecture]
        if noise:
            style.floor(axis, rows, "temperature_K", noise, "label noise")
        style.reference_line(axis, reference_K)
        for mode in style.modes_in(rows):
            style.curve(axis, rows[rows["mode"] == mode], "temperature_K", value, errors, mode)
        if rows[value].notna().sum() == 0:
            style.note(axis, "no data")
        axis.set_title(style.architecture_label(architecture))
        axis.set_xlabel("Temperature (K)")
    for axis in axes.flat:  # once all is drawn: a limit set sooner would stop the scaling of shared axes
        axis.set_ylim(bottom=0)
    axes[0, 0].set_ylabel(label)
    if not found:
        style.note(axes[0, 0], "no data")
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=3 if len(found) > 1 else 2)
    return fig
