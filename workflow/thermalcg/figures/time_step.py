"""Figure of the time step: what changes when it is halved."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from . import style


def time_step(table: pd.DataFrame, study_fs: float) -> Figure:
    """Mean energy against the step, and differences from half the step over the errors of the study.

    Args:
        table: ``time_step.csv``.
        study_fs: the study's step, fs.
    """
    fig, axes = style.panels(1, 3, height=2.7)
    means, energy, rdf = axes[0]
    tested = table.dropna(subset="within")
    means.errorbar(
        table["timestep_fs"], table["energy_kJ_per_mol"], yerr=table["energy_stderr"], marker="o",
        linestyle="none", color=style.BLUE,
    )  # fmt: skip
    means.set_ylabel("Mean energy a bead (kJ/mol)")
    energy.errorbar(
        tested["timestep_fs"], tested["energy_over_study"], marker="o", color=style.BLUE,
        yerr=tested["energy_difference_stderr"] / tested["energy_study_error"],
    )  # fmt: skip
    energy.axhspan(-1, 1, color=style.SHADE, linewidth=0, label="within the study's error")
    energy.set_ylabel("ΔE / study's error (1)")
    rdf.axhspan(0, 1, color=style.SHADE, linewidth=0)
    for name, noise, marker, colour, label in (
        ("rdf_over_study", "rdf_difference_noise", "s", style.VERMILION, "g(r), all bins"),
        ("rdf_worst_over_study", None, "^", style.GREEN, "g(r), worst bin"),
    ):
        rdf.plot(tested["timestep_fs"], tested[name], marker=marker, color=colour, label=label)
        if noise:
            rdf.plot(
                tested["timestep_fs"], tested[noise] / tested["rdf_study_error"], marker=marker, color=colour,
                fillstyle="none", linestyle=":", label="noise of the measurement",
            )  # fmt: skip
    rdf.set(ylabel="Δg / study's error (1)", ylim=(0, None))
    for axis in axes[0]:
        axis.axvline(study_fs, color=style.GUIDE, linewidth=0.8, linestyle=":", label="the study's step")
        axis.set_xlabel("Time step (fs)")
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=3)
    return fig
