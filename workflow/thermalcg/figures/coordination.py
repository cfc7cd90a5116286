"""Figure of the numbers of neighbours in the first shell."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from thermalcg.analysis.structure_error import ALL_ATOM

from . import style


def coordination(table: pd.DataFrame, reference_K: float) -> Figure:
    """Numbers of neighbours of all-atom and CG runs against temperature, with standard errors.

    Rows are numbers: of all beads, in a mixture also of each species around each; columns are architectures.

    Args:
        table: ``structure_values.csv``.
        reference_K: the one temperature that models (but the yardstick) have seen.
    """
    table = table[table["observable"].str.startswith("coordination")]
    names = list(dict.fromkeys(table["observable"]))
    known = table[table["source"] == ALL_ATOM.architecture]
    models = table[table["source"] != ALL_ATOM.architecture].rename(columns={"source": "architecture"})
    found = style.architectures_in(models)
    width = style.DOUBLE if len(found) > 1 else 0.65 * style.DOUBLE
    fig, axes = style.panels(
        len(names), len(found), width=width, height=0.9 + 1.7 * max(len(names), 1), sharex=True, sharey="row"
    )
    for row, name in enumerate(names):
        all_atom = known[known["observable"] == name].sort_values("temperature_K")
        for column, architecture in enumerate(found):
            axis = axes[row, column]
            rows = models[(models["observable"] == name) & (models["architecture"] == architecture)]
            style.reference_line(axis, reference_K)
            columns_drawn = (all_atom[key].to_numpy(float) for key in ("temperature_K", "value", "stderr"))
            axis.errorbar(
                *columns_drawn,
                color=style.ALL_ATOM_COLOUR, marker="o", markerfacecolor="white", label="all-atom",
            )  # fmt: skip
            for mode in style.modes_in(rows):
                style.curve(axis, rows[rows["mode"] == mode], "temperature_K", "value", ["stderr"], mode)
            if row == 0:
                axis.set_title(style.architecture_label(architecture))
            if row == len(names) - 1:
                axis.set_xlabel("Temperature (K)")
            if column == 0:
                around = name.removeprefix("coordination").strip() or "all"
                axis.set_ylabel("Neighbours (1)" if len(names) == 1 else f"Neighbours (1),\n{around}")
    if not found:
        style.note(axes[0, 0], "no healthy run")
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=3 if len(found) > 1 else 2)
    return fig
