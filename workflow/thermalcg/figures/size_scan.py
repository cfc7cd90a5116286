"""Figure of the noise of the thermal response against the size of the box."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from . import style


def size_scan(size: pd.DataFrame) -> Figure:
    """Noise of labels and products against the size of the box, and the share that local energies keep.

    Args:
        size: ``estimator_size.csv``; of the lengths of blocks the longest is shown.
    """
    fig, axes = style.panels(2, 2, height=5.6)
    radii, sizes = sorted(size["radius_nm"].unique()), sorted(size["molecules"].unique())
    size = size[size["block_ps"].isna() | (size["block_ps"] == size["block_ps"].max())]
    for column, source in enumerate(("covariance", "residual products")):
        own = size[size["estimator"] == source]
        for k, radius in enumerate(radii):
            rows = own[own["radius_nm"] == radius]
            axes[0, column].errorbar(
                rows["molecules"], rows["noise_kJ_per_mol_nm_K"], yerr=rows["stderr"], marker="o",
                color=f"C{k}", label="whole box" if np.isinf(radius) else f"{radius:g} nm",
            )  # fmt: skip
        axes[0, column].set(xscale="log", yscale="log", xlabel="Molecules (1)", title=source.capitalize())
        axes[0, column].set_xticks(sizes, [f"{n:g}" for n in sizes])
        axes[0, column].minorticks_off()
        style.log_ticks(axes[0, column].yaxis)
        for molecules, marker, shift in zip(sizes, "osD^vPX", np.linspace(-1, 1, len(sizes)), strict=False):
            rows = own[(own["molecules"] == molecules) & np.isfinite(own["radius_nm"])]
            axes[1, column].errorbar(
                rows["radius_nm"] + 0.004 * shift, rows["share"], yerr=rows["share_stderr"], marker=marker,
                color="0.35", linestyle=":", label=f"{molecules:g} molecules",
            )  # fmt: skip
        axes[1, column].axhline(1, color=style.GUIDE, linewidth=0.8)
        axes[1, column].set(xlabel="Radius (nm)", ylim=(0, None))
    axes[0, 0].set_ylabel("Noise of F′ after 1 ps (kJ/mol/nm/K)")
    axes[1, 0].set_ylabel("Share of the response (1)")
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=5)
    return fig
