"""Figure of runs at fixed sites that seem converged and are not, and of replica exchange."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from . import style


def false_convergence(table: pd.DataFrame) -> Figure:
    """Differences within a run and between runs, at one temperature and under replica exchange.

    Args:
        table: ``frozen.csv``.
    """
    fig, axes = style.panels(1, 3, height=2.9)
    kinds = ["halves", "same start", "melted start"]
    columns = [
        ("rms_difference_kJ_per_mol_nm", "Difference of F, rms (kJ/mol/nm)"),
        ("worst_molecule_kJ_per_mol_nm", "Worst molecule (kJ/mol/nm)"),
        ("rhat", "Split R-hat, 95th percentile (1)"),
    ]
    ways = {"fixed": ("one temperature", "#D55E00"), "rungs": ("replica exchange", "#0072B2")}
    for axis, (column, label) in zip(axes[0], columns, strict=True):
        for k, (way, (name, colour)) in enumerate(ways.items()):
            rows = table[table["way"] == way].set_index("compared").reindex(kinds)
            axis.bar(np.arange(3) + 0.38 * (k - 0.5), rows[column], 0.36, color=colour, label=name)
        axis.set_xticks(range(3), [k.replace(" ", "\n") for k in kinds], fontsize="small")
        axis.set_ylabel(label)
        if column == "rhat":
            axis.set_ylim(bottom=1)
    style.letter(axes.flat)
    style.legend(fig, axes.flat)
    return fig
