"""Figure of the distances between CG and all-atom structure."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from . import style

#: Rows of the figure of structural errors: observable and label of its distance.
_ERRORS = {
    "rdf": "Rms Δg(r) (1)",
    "adf": "Rms ΔP(θ) (1/degree)",
    "tetrahedral_distribution": "Rms ΔP(q) (1)",
}


def structure_error(table: pd.DataFrame, reference_K: float) -> Figure:
    """Distance from the all-atom distributions, free of its noise floor, against temperature.

    Rows are observables, in a mixture also g(r) of each pair of species; columns are architectures.

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
            style.reference_line(axis, reference_K)
            for mode in style.modes_in(rows):
                style.curve(
                    axis, rows[rows["mode"] == mode], "temperature_K", "distance", ["low", "high"], mode
                )
            if rows["distance"].notna().sum() == 0:
                style.note(axis, "no healthy run")
            if row == 0:
                axis.set_title(style.architecture_label(architecture))
            if row == len(observables) - 1:
                axis.set_xlabel("Temperature (K)")
            if column == 0:
                axis.set_ylabel(_label(observable))
    for axis in axes.flat:  # once all is drawn: a limit set sooner would stop the scaling of shared axes
        axis.set_ylim(bottom=0)
    if not found:
        style.note(axes[0, 0], "no healthy run")
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=3 if len(found) > 1 else 2)
    return fig


def _label(observable: str) -> str:
    base, _, pair = observable.partition(" ")
    if pair and base in _ERRORS:
        return f"{_ERRORS[base]},\n{pair}"
    return _ERRORS.get(observable, f"Distance of {observable} (1)")
