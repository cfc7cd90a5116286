"""Figure of a force field in a larger box than that it was trained in."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from . import style


def large_box(all_atom: Mapping[float, xr.Dataset], cg: Mapping[float, xr.Dataset]) -> Figure:
    """g(r), distribution of angles and structure factor of both, a row for each temperature.

    Args:
        all_atom, cg: datasets ``engine/large_box/{all_atom,cg}/{T}.nc`` by temperature, K.
    """
    fig, axes = style.panels(len(all_atom), 3, height=2.3 * max(len(all_atom), 1) + 0.3)
    runs = (("all-atom", all_atom, style.ALL_ATOM_COLOUR), ("CG", cg, style.BLUE))
    for row, T in zip(axes, sorted(all_atom), strict=False):
        for label, boxes, colour in runs:
            data = boxes[T]
            for axis, name, x in ((row[0], "rdf", "r"), (row[1], "adf", "theta")):
                mean, error = data[name].mean("run"), data[f"{name}_se"]
                axis.plot(data[x], mean, color=colour, label=label)
                axis.fill_between(
                    data[x], mean - 2 * error, mean + 2 * error, color=colour, alpha=0.3, linewidth=0
                )
            row[2].errorbar(
                data["k"], data["structure_factor"].mean("run"), yerr=2 * data["structure_factor_se"],
                color=colour, marker="o" if label == "CG" else "s", linestyle="none", label=label,
            )  # fmt: skip
        row[0].set(xlabel="r (nm)", ylabel=f"g(r) (1), {T:g} K")
        row[1].set(xlabel="θ (degree)", ylabel="P(θ) (1/degree)")
        row[2].set(xlabel="k (1/nm)", ylabel="S(k) (1)", ylim=(0, None))
    style.letter(axes.flat)
    style.legend(fig, axes.flat)
    return fig
