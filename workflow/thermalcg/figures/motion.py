"""Figures of the motion: all-atom correlation functions, and those of CG runs against them."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from thermalcg.analysis.motion import canonical_mean, normalised
from thermalcg.dynamics.correlation import spectrum
from thermalcg.models.names import STUDY_RESPONSE
from thermalcg.statistics import jackknife_error

from . import style

#: Looks of the ways to choose kernel and motion, by (kernel, motion): columns of ``dynamics_error.csv``.
WAYS = {
    ("response", "memory"): style.Look("memory: response at T₀", "#0072B2", "s", "-"),
    ("arrhenius", "memory"): style.Look("memory: Arrhenius", "#009E73", "^", "-."),
    ("vft", "memory"): style.Look("memory: VFT", "#7F3C8D", "X", (0, (3, 1, 1, 1))),
    ("reference", "memory"): style.Look("memory: of T₀, unchanged", "#CC79A7", "D", ":"),
    ("measured", "memory"): style.Look("memory: of this T (yardstick)", "#E69F00", "v", (0, (6, 1))),
    ("response", "friction"): style.Look("friction alone: response", "#56B4E9", "P", (0, (3, 1))),
    ("measured", "friction"): style.Look("friction alone: of this T", "#A6761D", "p", (0, (1, 1))),
    ("none", "none"): style.Look("no friction", "#D55E00", "o", "--"),
}

#: The ways that the figure of the motion shows: few enough to tell apart.
SHOWN = (("response", "memory"), ("measured", "memory"), ("response", "friction"), ("none", "none"))


def motion(observed: dict[float, xr.Dataset], motions: dict[float, xr.Dataset]) -> Figure:
    """The velocity autocorrelation and the displacement at every predicted temperature, all-atom and CG.

    Args:
        observed: datasets ``dynamics/observables/all_atom/{T}.nc`` by temperature, K.
        motions: datasets ``dynamics/cg/{arch}/{T}.nc`` by temperature, K.
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
            axis.plot(time, value, color=style.ALL_ATOM_COLOUR, label="all-atom")
            axis.fill_between(time, value - error, value + error, color=style.SHADE, label="its error")
            for way in SHOWN:
                own = _case(motions[T], STUDY_RESPONSE, way)
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
    """The velocity autocorrelation, its spectrum, the displacement and the scattering of the all-atom runs.

    Args:
        observed: datasets ``dynamics/observables/all_atom/{T}.nc`` by temperature, K.
    """
    fig, axes = style.panels(2, 2, height=4.8)
    colours = temperature_colours(sorted(observed))
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


def _case(motions: xr.Dataset, forces: str, way: tuple[str, str]) -> xr.Dataset | None:
    """The runs of one case; None where it was left out."""
    for case in range(motions.sizes["case"]):
        own = motions.isel(case=case)
        if (str(own["kernel"].values), str(own["motion"].values)) == way and str(
            own["forces"].values
        ) == forces:
            return own
    return None


def temperature_colours(temperatures: list[float]) -> dict[float, tuple]:
    """A colour for each temperature, from cold (blue) to hot (red)."""
    shades = mpl.colormaps["coolwarm"](np.linspace(0, 1, max(len(temperatures), 2)))
    shades[len(shades) // 2] = (0.45, 0.45, 0.45, 1) if len(shades) % 2 else shades[len(shades) // 2]
    return dict(zip(temperatures, map(tuple, shades), strict=False))
