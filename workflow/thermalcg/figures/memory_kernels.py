"""Figure of the memory kernels."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from thermalcg.dynamics.kernel_files import embedding_of

from . import style
from .motion import temperature_colours


def memory_kernels(kernels: dict[float, xr.Dataset]) -> Figure:
    """The measured kernels and their running integrals, and the fitted ones after the iteration.

    Args:
        kernels: datasets ``dynamics/kernel/{arch}/{T}.nc`` by temperature, K.
    """
    fig, axes = style.panels(1, 2, height=3.0)
    colours = temperature_colours(sorted(kernels))
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
