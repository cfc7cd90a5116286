"""Figure of energies and heat capacities."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from thermalcg.models.names import ARCHITECTURES

from . import style


def thermodynamics(energy: pd.DataFrame, heat_capacity: pd.DataFrame, reference_K: float) -> Figure:
    """Mean energies of frames, the heat capacity, and the mean energy against temperature.

    Args:
        energy: ``mean_energy.csv``.
        heat_capacity: ``heat_capacity.csv``.
    """
    fig, axes = style.panels(1, 3, height=3.4)
    first = style.architectures_in(energy)[:1]
    for mode in style.modes_in(energy):
        rows = energy[(energy["mode"] == mode) & energy["architecture"].isin(first)]
        style.curve(axes[0, 0], rows, "temperature_K", "rmse_kJ_per_mol", ["stderr"], mode)
    spread = energy.groupby("temperature_K")["label_std"].mean()
    axes[0, 0].plot(spread.index, spread, color="black", linestyle=":", label="spread of the labels")
    axes[0, 0].set(ylabel="Error of ⟨u⟩ at fixed sites (kJ/mol)", ylim=(0, None))
    columns = [
        ("heat_capacity_J_per_mol_K", "stderr", "Heat capacity (J/mol/K)"),
        ("energy_change_kJ_per_mol", "energy_change_stderr", "Change of ⟨u⟩ from T₀ (kJ/mol)"),
    ]
    for axis, (value, error, label) in zip(axes[0, 1:], columns, strict=True):
        known = heat_capacity[heat_capacity["source"] == "all_atom"]
        axis.errorbar(
            known["temperature_K"],
            known[value],
            yerr=known[error],
            color="black",
            marker=".",
            label="all-atom",
        )
        for source in style.in_order(set(heat_capacity["source"]) - {"all_atom"}, ARCHITECTURES)[:1]:
            rows = heat_capacity[heat_capacity["source"] == source]
            for mode in style.modes_in(rows):
                style.curve(axis, rows[rows["mode"] == mode], "temperature_K", value, [error], mode)
        axis.set_ylabel(label)
    for axis in axes.flat:
        style.reference_line(axis, reference_K)
        axis.set_xlabel("Temperature (K)")
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=2)
    return fig
