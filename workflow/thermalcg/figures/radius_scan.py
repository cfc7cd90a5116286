"""Figure of residual products against the radius of their energy."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from thermalcg.benchmark.routes import ForceColumns

from . import style


def radius_scan(radius: pd.DataFrame) -> Figure:
    """Residual products against the radius of their energy: share of the response, noise, force error.

    Args:
        radius: ``estimator_radius.csv``; the whole box is drawn at the right.
    """
    fig, axes = style.panels(1, 3, height=3.2)
    local = radius[np.isfinite(radius["radius_nm"])]
    end = local["radius_nm"].max() + 0.1
    x = radius["radius_nm"].where(np.isfinite(radius["radius_nm"]), end)
    columns = [
        ("share", "share_stderr", "Share of the response (1)"),
        ("trf_noise_kJ_per_mol_nm_K", "trf_noise_stderr", "Statistical error of F′ (kJ/mol/nm/K)"),
    ]
    for axis, (value, error, label) in zip(axes[0], columns, strict=False):
        axis.errorbar(x, radius[value], yerr=radius[error], marker="s", linestyle=":", color="#0072B2")
        axis.set_ylabel(label)
    axes[0, 0].axhline(1, color=style.GUIDE, linewidth=0.8)
    for k, force in enumerate(ForceColumns.of(radius)):
        axes[0, 2].errorbar(
            x, radius[force.value], yerr=radius[force.stderr], marker="o", linestyle=":",
            color=f"C{k}", label=f"{force.temperature:g} K",
        )  # fmt: skip
    axes[0, 2].set_ylabel("Force error (kJ/mol/nm)")
    ticks = [*local["radius_nm"], end]
    for axis in axes[0]:
        axis.set_xticks(
            ticks, [*(f"{r:g}" for r in local["radius_nm"]), "box"], fontsize="small", rotation=45
        )
        axis.set(xlabel="Radius (nm)", ylim=(0, None))
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=5)
    return fig
