"""Figures of structure: distributions of CG and all-atom runs, and their differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thermalcg.analysis.structure_error import ALL_ATOM, Observed
from thermalcg.models.names import ModelKey

from . import style


class _Curve(NamedTuple):
    variable: str
    coordinate: str
    x_label: str
    y_label: str
    difference_label: str
    pair: str = ""


_RDF = _Curve("rdf", "r", "r (nm)", "g(r) (1)", "Δg (1)")
_ADF = _Curve("adf", "theta", "θ (degree)", "P(θ) (1/degree)", "ΔP\n(1/degree)")


def rdf_panels(
    observables: Observed,
    architecture: str,
    temperatures: Sequence[float],
    modes: Sequence[str] | None = None,
) -> Figure:
    """Radial distribution functions, a panel for each temperature, the difference to all-atom below it.

    In a mixture there is a row of panels for each pair of species, in place of g(r) of all beads.

    Args:
        observables: see ``analysis.structure_error.observed_structure``; a model with too few healthy
            runs at a temperature is absent there, or its curve holds NaN.
        architecture: the one that is shown.
        temperatures: the panels, K.
        modes: those shown; by default all that the architecture has at any temperature.
    """
    found = next((data["pair"].values for data in observables.values() if "pair_rdf" in data), ())
    pairs = [_RDF._replace(variable="pair_rdf", pair=str(pair)) for pair in found]
    return _distribution_panels(observables, architecture, temperatures, modes, pairs or [_RDF])


def adf_panels(
    observables: Observed,
    architecture: str,
    temperatures: Sequence[float],
    modes: Sequence[str] | None = None,
) -> Figure:
    """Angular distribution functions of the first shell; arguments as of ``rdf_panels``."""
    return _distribution_panels(observables, architecture, temperatures, modes, [_ADF])


def _distribution_panels(
    observables: Observed,
    architecture: str,
    temperatures: Sequence[float],
    modes: Sequence[str] | None,
    curves: Sequence[_Curve],
) -> Figure:
    if modes is None:
        found = (s.mode for s, _ in observables if s.architecture == architecture)
        modes = style.in_order(found, style.MODES)
    simulated = {T for s, T in observables if s.architecture == architecture}
    temperatures = [T for T in temperatures if T in simulated]
    columns = 2 if len(temperatures) == 4 else min(3, max(len(temperatures), 1))
    # every curve begins a row of its own
    rows_each = max(-(-len(temperatures) // columns), 1)
    rows = rows_each * len(curves)
    fig, axes = style.panels(
        2 * rows, columns, width=style.DOUBLE if columns > 1 else style.SINGLE, height=0.8 + 2.9 * rows,
        sharex=True, sharey="row", height_ratios=[2, 1] * rows,
    )  # fmt: skip
    if not temperatures:
        style.note(axes[0, 0], "no run")
    used, models = [], [ModelKey(architecture, mode) for mode in modes]
    for n, curve in enumerate(curves):
        for k in range(rows_each * columns):
            row, column = 2 * (n * rows_each + k // columns), k % columns
            upper, lower = axes[row, column], axes[row + 1, column]
            if k >= len(temperatures) > 0:
                upper.set_axis_off()
                lower.set_axis_off()
            if k >= len(temperatures):
                continue
            used.append(upper)
            _panel(upper, lower, observables, models, temperatures[k], curve)
            # a panel at the foot of its column, also where the last row is not full
            if n == len(curves) - 1 and k + columns >= len(temperatures):
                lower.set_xlabel(curve.x_label)
                lower.tick_params(labelbottom=True)
            if column == 0:
                upper.set_ylabel(curve.y_label)
                lower.set_ylabel(curve.difference_label)
    style.letter(used)
    style.legend(fig, used, title=style.architecture_label(architecture))
    return fig


def _panel(
    upper: Axes,
    lower: Axes,
    observables: Observed,
    models: Sequence[ModelKey],
    temperature: float,
    curve: _Curve,
) -> None:
    """One distribution at one temperature, and the models whose runs failed there."""
    data = {
        source: observables[source, temperature]
        for source in (ALL_ATOM, *models)
        if _whole(observables.get((source, temperature)), curve)
    }
    _draw(upper, lower, data, curve)
    missing = [
        style.look(model.mode).label.split(":")[0]
        for model in models
        if model not in data and (model, temperature) in observables
    ]
    if ALL_ATOM not in data:
        missing.insert(0, "all-atom")
    if missing:
        upper.text(
            0.97, 0.95, "\n".join(["no healthy run:", *missing]), transform=upper.transAxes,
            ha="right", va="top", fontsize="small", style="italic", color=style.GUIDE,
        )  # fmt: skip
    upper.set_title(f"{curve.pair}, {temperature:g} K" if curve.pair else f"{temperature:g} K")


def _draw(upper: Axes, lower: Axes, data: Mapping[ModelKey, xr.Dataset], curve: _Curve) -> None:
    reference = data.get(ALL_ATOM)
    for source, dataset in data.items():
        x = dataset[curve.coordinate].values
        y, error = _mean(dataset, curve)
        if source == ALL_ATOM:
            colour, dash, label, order = style.ALL_ATOM_COLOUR, "-", "all-atom", 1.9
        else:
            look = style.look(source.mode)
            colour, dash, label, order = look.colour, look.dash, look.label, 2.0
        upper.plot(x, y, color=colour, linestyle=dash, label=label, zorder=order)
        upper.fill_between(x, y - error, y + error, color=colour, alpha=0.25, linewidth=0)
        if reference is None:
            continue
        if source == ALL_ATOM:
            lower.fill_between(x, -error, error, color=colour, alpha=0.25, linewidth=0)
            lower.axhline(0, color=colour, linewidth=0.8)
        else:
            # on the all-atom grid, which is the same unless the settings were changed in between
            difference = np.interp(reference[curve.coordinate], x, y) - _mean(reference, curve)[0]
            lower.plot(reference[curve.coordinate], difference, color=colour, linestyle=dash)


def _mean(dataset: xr.Dataset, curve: _Curve) -> tuple[np.ndarray, np.ndarray]:
    """Mean over runs and its standard error, shape (bin,)."""
    values, error = dataset[curve.variable], dataset[f"{curve.variable}_se"]
    if curve.pair:
        values, error = values.sel(pair=curve.pair), error.sel(pair=curve.pair)
    return (values.mean("run") if "run" in values.dims else values).values, error.values


def _whole(dataset: xr.Dataset | None, curve: _Curve) -> bool:
    return dataset is not None and bool(np.isfinite(_mean(dataset, curve)[0]).any())
