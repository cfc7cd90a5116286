"""Figure of the diffusion against inverse temperature."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thermalcg.analysis.diffusion import VISCOSITY_K, VISCOSITY_RANGE_K
from thermalcg.models.names import STUDY_RESPONSE
from thermalcg.units import KB, M2_PER_S, NM2_PER_PS

from . import style
from .motion import WAYS


def arrhenius(
    diffusion: pd.DataFrame,
    activation: pd.DataFrame,
    errors: pd.DataFrame,
    literature: pd.DataFrame,
    reference: float,
) -> Figure:
    """The diffusion against inverse temperature: all-atom, predicted, and published.

    Args:
        diffusion, activation, errors: tables ``diffusion.csv``, ``activation.csv``, ``dynamics_error.csv``.
        literature: table ``resources/literature/water_diffusion.csv``.
        reference: T0, K.
    """
    fig, axes = style.panels(1, 1, width=1.7 * style.SINGLE, height=4.6)
    axis = axes[0, 0]
    own = diffusion[diffusion["route"] == "einstein"].sort_values("temperature_K")
    slope = activation[activation["source"].str.startswith("response")].iloc[0]
    at = own[own["temperature_K"] == reference]["diffusion_1e9_m2_per_s"].iloc[0]
    width = np.linspace(-0.45, 0.45, 20)
    for sign in (-1, 0, 1):
        energy = slope["activation_energy_kJ_per_mol"] + sign * slope["stderr"]
        line = at * np.exp(-energy / KB * width * 1e-3)
        axis.plot(
            1000 / reference + width, line, color="#0072B2", linewidth=0.9 if sign == 0 else 0.4,
            label="slope from the response at T₀, with its error" if sign == 0 else None,
        )  # fmt: skip
    predicted = errors[(errors["forces"] == STUDY_RESPONSE) & (errors["motion"] == "memory")]
    _diffusion_points(axis, own, predicted, literature)
    axis.set_yscale("log")
    style.log_ticks(axis.yaxis)
    axis.set_xlabel("1000 K / T")
    axis.set_ylabel("Self-diffusion (10⁻⁹ m²/s)")
    near = own.iloc[(own["temperature_K"] - VISCOSITY_K).abs().argmin()]
    if abs(near["temperature_K"] - VISCOSITY_K) <= VISCOSITY_RANGE_K:
        # where most is published; diffusion falls to the right, so that the lower left corner is empty
        inset = axis.inset_axes((0.07, 0.07, 0.46, 0.46))
        _diffusion_points(inset, own, predicted, literature)
        x, y = 1000 / near["temperature_K"], near["diffusion_1e9_m2_per_s"]
        inset.set(xlim=(x - 0.12, x + 0.15), ylim=(0.55 * y, 1.55 * y))
        inset.tick_params(labelsize="x-small")
        axis.indicate_inset_zoom(inset)
    style.legend(fig, [axis], columns=2)
    return fig


def _diffusion_points(
    axis: Axes, own: pd.DataFrame, predicted: pd.DataFrame, literature: pd.DataFrame
) -> None:
    """Draw all-atom, predicted and published diffusion at 1000 K / T."""

    def draw(rows, value, error, **looks):
        axis.errorbar(1000 / rows["temperature_K"], value, error, linestyle="", **looks)

    hollow = {"markerfacecolor": "none"}
    draw(
        own, own["diffusion_1e9_m2_per_s"], own["stderr"], color=style.ALL_ATOM_COLOUR, marker="o", zorder=3,
        label="all-atom, this box",
    )  # fmt: skip
    draw(
        own, own["infinite_box_1e9_m2_per_s"], None, color=style.ALL_ATOM_COLOUR, marker="o", zorder=3,
        label="all-atom, infinite box", **hollow,
    )  # fmt: skip
    usual = M2_PER_S * NM2_PER_PS  # 1 m^2/s in 1e-9 m^2/s
    known = literature.dropna(subset=["diffusion_m2_per_s"])
    model, experiment = known[known["system"] == "spce"], known[known["system"] == "experiment"]
    finite = model[model["size_corrected"] == "no"]
    size = finite["molecules"].mode().max()
    for rows, label, looks in (
        (finite[finite["molecules"] == size], f"SPC/E, published, N = {size:g}", {}),
        (model[model["size_corrected"] == "yes"], "SPC/E, published, infinite box", hollow),
    ):
        if len(rows):
            draw(
                rows, usual * rows["diffusion_m2_per_s"], usual * rows["error_m2_per_s"].fillna(0),
                label=label, capsize=0, color="#D55E00", marker="*", markersize=7, markeredgewidth=0.7,
                zorder=2, **looks,
            )  # fmt: skip
    fit = experiment["source"].str.contains("(fit)", regex=False)
    for rows, label, marker in (
        (experiment[~fit], "experiment", "+"),
        (experiment[fit], "experiment, fit of Holz et al.", "x"),
    ):
        draw(rows, usual * rows["diffusion_m2_per_s"], None, color=style.GUIDE, marker=marker, zorder=1,
             label=label)  # fmt: skip
    for shift, kernel in enumerate(("response", "arrhenius", "vft", "reference")):
        rows = predicted[predicted["kernel"] == kernel].sort_values("temperature_K")
        if rows.empty:
            continue
        look = WAYS[kernel, "memory"]
        axis.errorbar(
            1000 / rows["temperature_K"] + 0.012 * (shift + 1), rows["diffusion_1e9_m2_per_s"],
            np.hypot(rows["diffusion_stderr"], rows["kernel_stderr"]), color=look.colour, marker=look.marker,
            linestyle="", zorder=3, label=look.label,
        )  # fmt: skip
