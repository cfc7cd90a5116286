"""Figures of the dynamics: motion, memory kernels, diffusion against temperature, errors by kernel."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thermalcg.analysis.motion import VISCOSITY_K, VISCOSITY_RANGE_K, canonical_mean, normalised
from thermalcg.dynamics.correlation import spectrum
from thermalcg.dynamics.kernel_files import embedding_of
from thermalcg.statistics import jackknife_error
from thermalcg.units import KB

from . import style

#: Looks of the ways to get a friction, by (kernel, motion).
WAYS = {
    ("response", "memory"): style.Look("memory: response at T₀", "#0072B2", "s", "-"),
    ("arrhenius", "memory"): style.Look("memory: Arrhenius", "#009E73", "^", "-."),
    ("vft", "memory"): style.Look("memory: VFT", "#7F3C8D", "X", (0, (3, 1, 1, 1))),
    ("reference", "memory"): style.Look("memory: of T₀ as it is", "#CC79A7", "D", ":"),
    ("measured", "memory"): style.Look("memory: of this T (yardstick)", "#E69F00", "v", (0, (6, 1))),
    ("response", "friction"): style.Look("friction alone: response", "#56B4E9", "P", (0, (3, 1))),
    ("measured", "friction"): style.Look("friction alone: of this T", "#A6761D", "p", (0, (1, 1))),
    ("none", "none"): style.Look("no friction", "#D55E00", "o", "--"),
}

#: What the panels of the motion show: enough to compare, few enough to tell apart.
SHOWN = (("response", "memory"), ("measured", "memory"), ("response", "friction"), ("none", "none"))


def motion(observed: dict[float, xr.Dataset], motions: dict[float, xr.Dataset]) -> Figure:
    """Velocity autocorrelation and mean-square displacement at every predicted temperature.

    Args:
        observed: datasets ``dynamics/observables/all_atom/{T}.nc``.
        motions: datasets ``dynamics/cg/{arch}/{T}.nc``.
    """
    temperatures = sorted(motions)
    fig, axes = style.panels(2, len(temperatures), height=4.6)
    for column, T in enumerate(temperatures):
        for axis, name, lag in (
            (axes[0, column], "vacf", "lag"),
            (axes[1, column], "msd", "displacement_lag"),
        ):
            value, without = canonical_mean(observed[T], name)
            error = jackknife_error(without)
            if name == "vacf":
                value, error = normalised(value, without)
            time = observed[T][lag].values
            axis.plot(time, value, color=style.REFERENCE, label="all-atom")
            axis.fill_between(time, value - error, value + error, color=style.SHADE, label="its error")
            for way in SHOWN:
                own = _case(motions[T], "trf1", way)
                if own is None:
                    continue
                curves = own[name].values
                curves = curves / curves.mean(axis=0)[0] if name == "vacf" else curves
                look = WAYS[way]
                axis.plot(
                    own[lag], curves.mean(axis=0), color=look.colour, linestyle=look.dash, label=look.label
                )
        axes[0, column].set_xlim(0, 0.8)
        axes[0, column].axhline(0, color=style.GUIDE, linewidth=0.6)
        axes[0, column].set_title(f"{T:g} K")
        axes[0, column].set_xlabel("Time (ps)")
        axes[1, column].set_xlabel("Time (ps)")
        axes[1, column].set_xscale("log")
        axes[1, column].set_yscale("log")
        axes[1, column].set_xlim(0.01, None)
        axes[1, column].set_ylim(1e-5, None)
    axes[0, 0].set_ylabel("Velocity autocorrelation (1)")
    axes[1, 0].set_ylabel("Mean-square displacement (nm²)")
    style.letter(axes.flat)
    style.legend(fig, axes.flat)
    return fig


def all_atom_motion(observed: dict[float, xr.Dataset]) -> Figure:
    """Velocity autocorrelation, its spectrum, displacement and scattering of the all-atom runs.

    Args:
        observed: datasets ``dynamics/observables/all_atom/{T}.nc``.
    """
    fig, axes = style.panels(2, 2, height=4.8)
    colours = _temperature_colours(sorted(observed))
    for T, data in sorted(observed.items()):
        vacf, vacf_without = canonical_mean(data, "vacf")
        time, interval = data["lag"].values, float(data["lag"][1])
        wave_number, power = spectrum(vacf, interval)
        replicates = spectrum(vacf_without, interval)[1]
        msd, msd_without = canonical_mean(data, "msd")
        scattering, scattering_without = canonical_mean(data, "scattering")
        for axis, x, y, without in (
            (axes[0, 0], time, vacf / vacf[0], vacf_without / vacf_without[:, :1]),
            (axes[0, 1], wave_number, power, replicates),
            (axes[1, 0], data["displacement_lag"].values[1:], msd[1:], msd_without[:, 1:]),
            (axes[1, 1], data["scattering_lag"].values, scattering, scattering_without),
        ):
            error = jackknife_error(without)
            axis.plot(x, y, color=colours[T], label=f"{T:g} K")
            axis.fill_between(x, y - error, y + error, color=colours[T], alpha=0.3, linewidth=0)
    axes[0, 0].set(xlim=(0, 0.8), xlabel="Time (ps)", ylabel="Velocity autocorrelation (1)")
    axes[0, 1].set(xlim=(0, 500), xlabel="Wave number (1/cm)", ylabel="Spectrum (ps)")
    axes[1, 0].set(xscale="log", yscale="log", xlabel="Time (ps)", ylabel="Mean-square displacement (nm²)")
    k = next(iter(observed.values())).attrs["wave_number_per_nm"]
    axes[1, 1].set(xscale="log", xlabel="Time (ps)", ylabel=f"Self-scattering at k = {k:g}/nm (1)")
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=6)
    return fig


def memory_kernels(kernels: dict[float, xr.Dataset]) -> Figure:
    """Measured kernels and their running integrals, and the fitted ones before and after the iteration.

    Args:
        kernels: datasets ``dynamics/kernel/{arch}/{T}.nc``.
    """
    fig, axes = style.panels(1, 2, height=3.0)
    colours = _temperature_colours(sorted(kernels))
    for T, data in sorted(kernels.items()):
        time, mass, colour = data["lag"].values, data.attrs["bead_mass_amu"], colours[T]
        for axis, name, fitted in (
            (axes[0, 0], "kernel", "kernel"),
            (axes[0, 1], "integral", "running_integral"),
        ):
            value = data[name].values / mass
            axis.plot(time, value, color=colour, label=f"{T:g} K")
            error = data[f"{name}_se"].values / mass
            axis.fill_between(time, value - error, value + error, color=colour, alpha=0.25, linewidth=0)
            last = getattr(embedding_of(data), fitted)(time) / mass
            axis.plot(time, last, color=colour, linestyle="--")
    axes[0, 0].plot([], [], color=style.GUIDE, label="Volterra, with its error")
    axes[0, 0].plot([], [], color=style.GUIDE, linestyle="--", label="fitted, after the iteration")
    axes[0, 0].set(xlim=(0, 0.15), xlabel="Time (ps)", ylabel="Kernel / mass (1/ps²)")
    axes[0, 1].set(xlabel="Time (ps)", ylabel="Running integral / mass (1/ps)")
    axes[0, 1].set_ylim(0, None)
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=5)
    return fig


def arrhenius(
    diffusion: pd.DataFrame,
    activation: pd.DataFrame,
    errors: pd.DataFrame,
    literature: pd.DataFrame,
    reference: float,
) -> Figure:
    """Diffusion against inverse temperature: all-atom, predicted, and published.

    Args:
        diffusion, activation, errors: tables ``diffusion.csv``, ``activation.csv``, ``dynamics_error.csv``.
        literature: ``resources/literature/water_diffusion.csv``.
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
    predicted = errors[(errors["forces"] == "trf1") & (errors["motion"] == "memory")]
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
    """All-atom, predicted and published diffusion at 1000 K / T."""

    def draw(rows, value, error, **looks):
        axis.errorbar(1000 / rows["temperature_K"], value, error, linestyle="", **looks)

    hollow = {"markerfacecolor": "none"}
    draw(
        own, own["diffusion_1e9_m2_per_s"], own["stderr"], color=style.REFERENCE, marker="o", zorder=3,
        label="all-atom, this box",
    )  # fmt: skip
    draw(
        own, own["infinite_box_1e9_m2_per_s"], None, color=style.REFERENCE, marker="o", zorder=3,
        label="all-atom, infinite box", **hollow,
    )  # fmt: skip
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
                rows, 1e9 * rows["diffusion_m2_per_s"], 1e9 * rows["error_m2_per_s"].fillna(0), label=label,
                capsize=0, color="#D55E00", marker="*", markersize=7, markeredgewidth=0.7, zorder=2, **looks,
            )  # fmt: skip
    fit = experiment["source"].str.contains("(fit)", regex=False)
    for rows, label, marker in (
        (experiment[~fit], "experiment", "+"),
        (experiment[fit], "experiment, fit of Holz et al.", "x"),
    ):
        draw(rows, 1e9 * rows["diffusion_m2_per_s"], None, color=style.GUIDE, marker=marker, zorder=1,
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


def dynamics_error(table: pd.DataFrame) -> Figure:
    """Diffusion over all-atom, and the error of the velocity autocorrelation, for every kernel.

    Args:
        table: ``dynamics_error.csv`` of one architecture.
    """
    fig, axes = style.panels(1, 2, height=3.2)
    temperatures = sorted(table["temperature_K"].unique())
    place = {T: i for i, T in enumerate(temperatures)}
    groups = [(way, forces) for forces in ("trf1", "baseline") for way in WAYS]
    groups = [g for g in groups if len(_rows(table, *g))]
    for k, (way, forces) in enumerate(groups):
        rows, look = _rows(table, way, forces), WAYS[way]
        x = rows["temperature_K"].map(place) + 0.8 * ((k + 0.5) / len(groups) - 0.5)
        hollow = {"markerfacecolor": "none"} if forces == "baseline" else {}
        label = look.label if forces == "trf1" else f"baseline forces, {look.label}"
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
    axes[0, 0].axhline(1, color=style.REFERENCE, linewidth=0.7)
    axes[0, 0].axhspan(0.9, 1.1, color=style.SHADE, zorder=0, linewidth=0)
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
    chosen = (table["kernel"] == way[0]) & (table["motion"] == way[1]) & (table["forces"] == forces)
    return table[chosen].sort_values("temperature_K")


def _case(motions: xr.Dataset, forces: str, way: tuple[str, str]) -> xr.Dataset | None:
    for case in range(motions.sizes["case"]):
        own = motions.isel(case=case)
        if (str(own["kernel"].values), str(own["motion"].values)) == way and str(
            own["forces"].values
        ) == forces:
            return own
    return None


def _temperature_colours(temperatures: list[float]) -> dict[float, tuple]:
    shades = mpl.colormaps["coolwarm"](np.linspace(0, 1, max(len(temperatures), 2)))
    shades[len(shades) // 2] = (0.45, 0.45, 0.45, 1) if len(shades) % 2 else shades[len(shades) // 2]
    return dict(zip(temperatures, map(tuple, shades), strict=False))
