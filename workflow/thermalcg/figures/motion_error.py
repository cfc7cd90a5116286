"""Figure of the errors of CG motion, for every way to get forces and friction."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from thermalcg.models.names import STUDY_RESPONSE

from . import style
from .motion import WAYS


def dynamics_error(table: pd.DataFrame, allowed: float) -> Figure:
    """The diffusion over the all-atom one, and the error of the velocity autocorrelation, for every case.

    Args:
        table: ``dynamics_error.csv`` of one architecture.
        allowed: relative deviation of the diffusion that the claim allows, shaded.
    """
    fig, axes = style.panels(1, 2, height=3.2)
    temperatures = sorted(table["temperature_K"].unique())
    place = {T: i for i, T in enumerate(temperatures)}
    groups = [(way, forces) for forces in (STUDY_RESPONSE, "baseline") for way in WAYS]
    groups = [g for g in groups if len(_rows(table, *g))]
    for k, (way, forces) in enumerate(groups):
        rows, look = _rows(table, way, forces), WAYS[way]
        x = rows["temperature_K"].map(place) + 0.8 * ((k + 0.5) / len(groups) - 0.5)
        hollow = {"markerfacecolor": "none"} if forces == "baseline" else {}
        label = look.label if forces == STUDY_RESPONSE else f"baseline forces, {look.label}"
        for axis, value, error in (
            (axes[0, 0], "ratio_to_all_atom", "ratio_stderr"),
            (axes[0, 1], "vacf_error", "vacf_error_stderr"),
        ):
            axis.errorbar(
                x,
                rows[value],
                rows[error],
                color=look.colour,
                marker=look.marker,
                linestyle="",
                label=label,
                **hollow,
            )
    axes[0, 0].axhline(1, color=style.ALL_ATOM_COLOUR, linewidth=0.7)
    axes[0, 0].axhspan(1 - allowed, 1 + allowed, color=style.SHADE, zorder=0, linewidth=0)
    axes[0, 0].set_ylabel("Diffusion / all-atom (1)")
    axes[0, 1].set_ylabel("VACF error, L1 (1)")
    for axis in axes.flat:
        axis.set_yscale("log")
        style.log_ticks(axis.yaxis)
        axis.set_xticks(range(len(temperatures)), [f"{T:g}" for T in temperatures])
        axis.set_xlabel("Temperature (K)")
    style.letter(axes.flat)
    style.legend(fig, axes.flat)
    return fig


def _rows(table: pd.DataFrame, way: tuple[str, str], forces: str) -> pd.DataFrame:
    """Rows of one way with one model's forces, from cold to hot."""
    chosen = (table["kernel"] == way[0]) & (table["motion"] == way[1]) & (table["forces"] == forces)
    return table[chosen].sort_values("temperature_K")
