"""Figures of structure: distributions beside the all-atom ones, and their L1 errors against temperature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style

#: Where a curve comes from: ``"all_atom"``, or an architecture and a mode.
Source = str | tuple[str, str]

#: Rows of the figure of structural errors: observable and label of its L1 error.
_ERRORS = {
    "rdf": "Mean |Δg(r)| (1)",
    "adf": "Mean |ΔP(θ)| (1/degree)",
    "tetrahedral_distribution": "Mean |ΔP(q)| (1)",
}


class _Curve(NamedTuple):
    variable: str
    coordinate: str
    x_label: str
    y_label: str
    difference_label: str


_RDF = _Curve("rdf", "r", "r (nm)", "g(r) (1)", "Δg (1)")
_ADF = _Curve("adf", "theta", "θ (degree)", "P(θ) (1/degree)", "ΔP\n(1/degree)")


def rdf_panels(
    observables: Mapping[tuple[Source, float], xr.Dataset],
    architecture: str,
    temperatures: Sequence[float],
    modes: Sequence[str] | None = None,
) -> Figure:
    """Radial distribution functions, a panel for each temperature, the difference to all-atom below it.

    Args:
        observables: (source, temperature in K) to the dataset ``observables/{source}/{T}.nc``; a run
            that failed is absent.
        architecture: the one that is shown.
        temperatures: the panels, K.
        modes: those shown; by default all that the architecture has at any temperature.
    """
    return _distribution_panels(observables, architecture, temperatures, modes, _RDF)


def adf_panels(
    observables: Mapping[tuple[Source, float], xr.Dataset],
    architecture: str,
    temperatures: Sequence[float],
    modes: Sequence[str] | None = None,
) -> Figure:
    """Angular distribution functions of the first shell; arguments as of ``rdf_panels``."""
    return _distribution_panels(observables, architecture, temperatures, modes, _ADF)


def _distribution_panels(
    observables: Mapping[tuple[Source, float], xr.Dataset],
    architecture: str,
    temperatures: Sequence[float],
    modes: Sequence[str] | None,
    curve: _Curve,
) -> Figure:
    if modes is None:
        found = (s[1] for s, _ in observables if not isinstance(s, str) and s[0] == architecture)
        modes = style.in_order(found, style.MODES)
    simulated = {T for (s, T) in observables if not isinstance(s, str) and s[0] == architecture}
    temperatures = [T for T in temperatures if T in simulated]
    columns = min(3, max(len(temperatures), 1))
    rows = max(-(-len(temperatures) // columns), 1)
    fig, axes = style.panels(
        2 * rows, columns, width=style.DOUBLE if columns > 1 else style.SINGLE, height=0.8 + 2.9 * rows,
        sharex=True, sharey="row", height_ratios=[2, 1] * rows,
    )  # fmt: skip
    used = []
    if not temperatures:
        style.note(axes[0, 0], "no run")
    for k, temperature in enumerate(temperatures):
        row, column = 2 * (k // columns), k % columns
        upper, lower = axes[row, column], axes[row + 1, column]
        used.append(upper)
        sources: list[Source] = ["all_atom", *((architecture, mode) for mode in modes)]
        data = {
            s: observables[s, temperature]
            for s in sources
            if _whole(observables.get((s, temperature)), curve)
        }
        _draw(upper, lower, data, curve)
        missing = [
            style.look(s[1]).label.split(":")[0]
            for s in sources[1:]
            if s not in data and (s, temperature) in observables
        ]
        if "all_atom" not in data:
            missing.insert(0, "all-atom")
        if missing:
            upper.text(
                0.97, 0.95, "\n".join(["no healthy run:", *missing]), transform=upper.transAxes,
                ha="right", va="top", fontsize="small", style="italic", color=style.GUIDE,
            )  # fmt: skip
        upper.set_title(f"{temperature:g} K")
        # a panel at the foot of its column, also where the last row is not full
        if k + columns >= len(temperatures):
            lower.set_xlabel(curve.x_label)
            lower.tick_params(labelbottom=True)
        if column == 0:
            upper.set_ylabel(curve.y_label)
            lower.set_ylabel(curve.difference_label)
    for k in range(len(temperatures), rows * columns):
        axes[2 * (k // columns), k % columns].set_axis_off()
        axes[2 * (k // columns) + 1, k % columns].set_axis_off()
    style.letter(used)
    style.legend(fig, used, title=style.architecture_label(architecture))
    return fig


def _draw(upper: Axes, lower: Axes, data: Mapping[Source, xr.Dataset], curve: _Curve) -> None:
    reference = data.get("all_atom")
    for source, dataset in data.items():
        x = dataset[curve.coordinate].values
        y, error = _mean(dataset, curve)
        if isinstance(source, str):
            colour, dash, label, order = style.REFERENCE, "-", "all-atom", 1.9
        else:
            look = style.look(source[1])
            colour, dash, label, order = look.colour, look.dash, look.label, 2.0
        upper.plot(x, y, color=colour, linestyle=dash, label=label, zorder=order)
        upper.fill_between(x, y - error, y + error, color=colour, alpha=0.25, linewidth=0)
        if reference is None:
            continue
        if source == "all_atom":
            lower.fill_between(x, -error, error, color=colour, alpha=0.25, linewidth=0)
            lower.axhline(0, color=colour, linewidth=0.8)
        else:
            # on the all-atom grid, which is the same unless the settings were changed in between
            difference = np.interp(reference[curve.coordinate], x, y) - _mean(reference, curve)[0]
            lower.plot(reference[curve.coordinate], difference, color=colour, linestyle=dash)


def _mean(dataset: xr.Dataset, curve: _Curve) -> tuple[np.ndarray, np.ndarray]:
    """Mean over runs and its standard error, shape (bin,)."""
    values = dataset[curve.variable]
    return (values.mean("run") if "run" in values.dims else values).values, dataset[
        f"{curve.variable}_se"
    ].values


def _whole(dataset: xr.Dataset | None, curve: _Curve) -> bool:
    return dataset is not None and bool(np.isfinite(_mean(dataset, curve)[0]).any())


def structural_error(table: pd.DataFrame, reference_K: float) -> Figure:
    """L1 distance to the all-atom distributions against temperature, rows observables, columns architectures.

    Args:
        table: ``structure_error.csv``.
        reference_K: the one temperature that models (but the yardstick) have seen.
    """
    observables = style.in_order(table["observable"], _ERRORS)
    found = style.architectures_in(table)
    width = style.DOUBLE if len(found) > 1 else 0.65 * style.DOUBLE
    fig, axes = style.panels(
        len(observables), len(found), width=width, height=0.9 + 2.0 * max(len(observables), 1),
        sharex=True, sharey="row",
    )  # fmt: skip
    for row, observable in enumerate(observables):
        for column, architecture in enumerate(found):
            axis = axes[row, column]
            rows = table[(table["observable"] == observable) & (table["architecture"] == architecture)]
            style.floor(axis, rows, "temperature_K", "floor", "noise alone")
            style.reference_line(axis, reference_K)
            for mode in style.modes_in(rows):
                style.curve(axis, rows[rows["mode"] == mode], "temperature_K", "l1", ["stderr"], mode)
            if rows["l1"].notna().sum() == 0:
                style.note(axis, "no healthy run")
            if row == 0:
                axis.set_title(style.architecture_label(architecture))
            if row == len(observables) - 1:
                axis.set_xlabel("Temperature (K)")
            if column == 0:
                axis.set_ylabel(_ERRORS.get(observable, f"L1 error of {observable} (1)"))
    for axis in axes.flat:  # once all is drawn: a limit set sooner would stop the scaling of shared axes
        axis.set_ylim(bottom=0)
    if not found:
        style.note(axes[0, 0], "no healthy run")
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=3 if len(found) > 1 else 2)
    return fig
