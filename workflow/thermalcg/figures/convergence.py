"""Figure of the convergence of the labels."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style

_CHAINS, _PROBE, _ENERGY = style.BLUE, style.VERMILION, style.GREEN


def convergence(table: pd.DataFrame, rhat_limit: float = 1.1) -> Figure:
    """Chains from a common start beside a probe from melted orientations, against temperature.

    Args:
        table: ``convergence.csv``; drawn are the rungs at the frames' own temperature.
        rhat_limit: the usual limit of split R-hat, drawn as a line.
    """
    own = table[table["rung_K"] == table["temperature_K"]].sort_values("temperature_K")
    fig, axes = style.panels(1, 3, height=3.2)
    difference, rhat, gap = axes.flat
    _series(difference, own, "force_se", "standard error of a label", style.GUIDE, "v", ":")
    _series(difference, own, "chain_difference", "chains, common start", _CHAINS, "o", "-")
    _series(difference, own, "probe_difference", "melted probe against chains", _PROBE, "s", "--")
    difference.set_ylabel("Mean-force difference, rms (kJ/mol/nm)")
    difference.set_ylim(bottom=0)

    _series(rhat, own, "rhat_force", "R-hat of force, chains", _CHAINS, "^", "-")
    _series(rhat, own, "rhat_energy", "R-hat of energy, chains", _ENERGY, "D", "-.")
    rhat.axhline(rhat_limit, color=style.GUIDE, linewidth=0.8, label=f"usual limit {rhat_limit:g}")
    rhat.set_ylabel("Split R-hat (1)")
    rhat.set_ylim(bottom=min(1.0, *rhat.get_ylim()))

    _series(gap, own, "probe_energy_gap", "melted probe against chains", _PROBE, "s", "--")
    gap.axhline(0, color=style.GUIDE, linewidth=0.8)
    gap.set_ylabel("Energy of probe − chains (kJ/mol)")
    shown = {
        difference: ["force_se", "chain_difference", "probe_difference"],
        rhat: ["rhat_force", "rhat_energy"],
        gap: ["probe_energy_gap"],
    }
    for axis, columns in shown.items():
        axis.set_xlabel("Temperature (K)")
        if own[columns].isna().all(axis=None):
            style.note(axis, "no data")
    style.letter(axes.flat)
    style.legend(fig, axes.flat)
    return fig


def _series(
    axis: Axes, rows: pd.DataFrame, column: str, label: str, colour: str, marker: str, dash: str
) -> None:
    rows = rows.dropna(subset=[column])
    if len(rows):
        axis.plot(
            rows["temperature_K"], rows[column], color=colour, marker=marker, linestyle=dash, label=label
        )
