"""What all figures share: looks of the training modes, labels, legends, and how a figure is written."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from thermalcg.models.names import ARCHITECTURES
from thermalcg.storage.files import atomic_path

#: Widths of figures, inches: one and two columns of a journal.
SINGLE, DOUBLE = 3.4, 7.0

#: Colours of what is no mode, from the palette of the modes.
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"

#: Colours that do not tell a mode: all-atom results, guides, shaded noise.
ALL_ATOM_COLOUR, GUIDE, SHADE = "black", "0.45", "0.87"


class Look(NamedTuple):
    """How a training mode is drawn and named everywhere."""

    label: str
    colour: str
    marker: str
    dash: str | tuple


#: Colours from Okabe and Ito, safe for the colour-blind; markers and dashes tell modes apart without colour.
MODES = {
    "baseline": Look("baseline: F at T₀", "#D55E00", "o", "--"),
    "trf1": Look("TRF: F, F′ at T₀", "#0072B2", "s", "-"),
    "trf2": Look("TRF to 2nd order: F, F′, F″ at T₀", "#7F3C8D", "X", (0, (1, 1))),
    "trf1_conditional": Look("TRF (fixed sites): F, F′ at T₀", "#56B4E9", "P", (0, (3, 1))),
    "trf2_conditional": Look("TRF (fixed sites) to 2nd order", "#A6761D", "p", (0, (3, 1, 1, 1))),
    "trf1_products": Look("TRF (residual products): F, F′ at T₀", "#BDB000", "*", (0, (5, 1))),
    "energy_matching": Look("energy matching: F, U at T₀", "#009E73", "^", "-."),
    "multi_temperature": Look("multi-temperature: F at several T", "#CC79A7", "D", ":"),
    "multi_temperature_response": Look("multi-temperature: F, F′ at several T", "#1B3A5C", "h", (0, (2, 2))),
    "at_temperature": Look("yardstick: F at the test T", "#E69F00", "v", (0, (6, 1))),
}

_SPARE = [
    Look("", colour, marker, dash)
    for colour, marker, dash in zip(
        ["#666666", "#F0E442", "#B22222"], "<>h", [(0, (3, 1)), (0, (1, 1)), "-"], strict=True
    )
]


def use(dpi: int = 200, font_size: float = 9) -> None:
    """Set matplotlib's parameters: resolution of PNG files and size of text, points."""
    small = 0.85 * font_size
    mpl.rcParams.update(mpl.rcParamsDefault)
    mpl.rcParams.update(
        {
            # a family that comes with matplotlib, so that figures are the same on every machine
            "font.family": "DejaVu Sans",
            "font.size": font_size,
            "axes.labelsize": font_size,
            "axes.titlesize": font_size,
            "figure.titlesize": font_size,
            "xtick.labelsize": small,
            "ytick.labelsize": small,
            "legend.fontsize": small,
            "legend.frameon": False,
            "legend.handlelength": 3.0,
            "figure.dpi": dpi,
            "savefig.dpi": dpi,
            "figure.constrained_layout.use": True,
            "axes.linewidth": 0.7,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "lines.linewidth": 1.2,
            "lines.markersize": 4,
            "errorbar.capsize": 2,
            "pdf.fonttype": 42,
        }
    )


def save(fig: Figure, stem: str | Path) -> None:
    """Write ``stem``.pdf and ``stem``.png, each atomically and without a date: same figure, same bytes."""
    # the layout is solved once: solving it again at every drawing moves it by fractions of a point
    fig.draw_without_rendering()
    fig.set_layout_engine("none")
    with atomic_path(f"{stem}.pdf") as path:
        fig.savefig(path, metadata={"CreationDate": None})
    with atomic_path(f"{stem}.png") as path:
        fig.savefig(path, metadata={"Software": None})


def look(mode: str) -> Look:
    """The look of a mode; one that is not in ``MODES`` gets a spare one by its name."""
    if mode in MODES:
        return MODES[mode]
    return _SPARE[sum(mode.encode()) % len(_SPARE)]._replace(label=mode)


def architecture_label(name: str, *, short: bool = False) -> str:
    """The name of an architecture in figures; one that is not in ``models.names`` keeps its own."""
    if name not in ARCHITECTURES:
        return name
    return ARCHITECTURES[name].short if short else ARCHITECTURES[name].label


def in_order(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """The distinct names: first the known ones in their order, then the others by name."""
    present = set(names)
    return [n for n in known if n in present] + sorted(present - set(known))


def modes_in(table: pd.DataFrame) -> list[str]:
    """The training modes of a table, in the order of figures."""
    return in_order(table["mode"], MODES)


def architectures_in(table: pd.DataFrame) -> list[str]:
    """The architectures of a table, in the order of figures."""
    return in_order(table["architecture"], ARCHITECTURES)


def panels(
    rows: int, columns: int, *, width: float = DOUBLE, height: float, **kwargs
) -> tuple[Figure, np.ndarray]:
    """A figure and its axes, shape (rows, columns), at least one of each."""
    fig = Figure(figsize=(width, height), layout="constrained")
    return fig, fig.subplots(max(rows, 1), max(columns, 1), squeeze=False, **kwargs)


def letter(axes: Iterable[Axes]) -> None:
    """Put letters outside the top left corners of panels."""
    for axis, name in zip(axes, _letters()):  # noqa: B905 (the letters do not end)
        axis.set_title(name, loc="left", fontweight="bold")


def note(axis: Axes, text: str, y: float = 0.5) -> None:
    """Write a remark into a panel that has no data."""
    axis.text(0.5, y, text, transform=axis.transAxes, ha="center", va="center", color=GUIDE, style="italic")


def legend(fig: Figure, axes: Iterable[Axes], columns: int = 3, title: str | None = None) -> None:
    """Draw one legend above all panels, each entry once, modes in their order.

    Args:
        columns: at most; fewer where they are wider than the figure.
    """
    entries: dict[str, object] = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    modes = [m.label for m in MODES.values()]
    # a stable sort: what is no mode stays in the order in which it was drawn
    labels = sorted(
        entries, key=lambda k: modes.index(k) if k in modes else -1 if k == "all-atom" else len(modes)
    )
    if labels:
        handles = [entries[k] for k in labels]
        for ncols in range(min(columns, len(labels)), 0, -1):
            drawn = fig.legend(handles, labels, loc="outside upper center", ncols=ncols, title=title)
            if ncols == 1 or drawn.get_window_extent().width <= fig.bbox.width:
                break
            drawn.remove()  # wider than the figure: fewer columns


def curve(axis: Axes, rows: pd.DataFrame, x: str, y: str, errors: Sequence[str], mode: str) -> None:
    """Draw one mode's points with error bars; rows without a value are left out.

    Args:
        errors: the column of the standard error, or the two with the ends of the interval.
    """
    rows = rows.dropna(subset=[y]).sort_values(x)
    if rows.empty:
        return
    value = rows[y].to_numpy(float)
    if len(errors) == 1:
        bars = rows[errors[0]].to_numpy(float)
    else:
        # an end that is missing or infinite gets no bar; the value may lie outside the interval by rounding
        bars = np.stack([value - rows[errors[0]].to_numpy(float), rows[errors[1]].to_numpy(float) - value])
    bars = np.where(np.isfinite(bars), np.maximum(bars, 0), 0)
    style = look(mode)
    axis.errorbar(
        rows[x].to_numpy(float),
        value,
        yerr=bars,
        color=style.colour,
        marker=style.marker,
        linestyle=style.dash,
        label=style.label,
    )


def floor(axis: Axes, rows: pd.DataFrame, x: str, column: str, label: str) -> None:
    """Shade the level that noise alone gives, the mean over the rows at each x."""
    mean = rows.groupby(x)[column].mean().dropna()
    if len(mean):
        axis.fill_between(mean.index, 0, mean, color=SHADE, linewidth=0, label=label)


def digits(value: float) -> str:
    """Three digits, and no exponent for large numbers."""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def log_ticks(axis: Axis) -> None:
    """Label 1, 2 and 5 of every decade with plain numbers, where powers would run into each other."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(NullLocator())


def reference_line(axis: Axes, reference_K: float | None) -> None:
    """Draw a line at T0, the one temperature that most models are trained at."""
    if reference_K is not None:
        axis.axvline(reference_K, color=GUIDE, linewidth=0.8, zorder=0, label=f"T₀ = {reference_K:g} K")


def _letters() -> Iterable[str]:
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return ("".join(x) for n in itertools.count(1) for x in itertools.product(alphabet, repeat=n))
