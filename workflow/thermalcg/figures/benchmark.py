"""Figures of the benchmark of estimators, and of thermodynamics."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thermalcg.benchmark.routes import ESTIMATORS

from . import style

#: Published routes warm, ordinary ones blue and green; markers tell them apart without colour.
LOOKS = {
    "fixed": ("#D55E00", "o", "-"),
    "fixed_short": ("#D55E00", "v", ":"),
    "fixed_local": ("#E69F00", "P", "-"),
    "fixed_local_short": ("#E69F00", "p", ":"),
    "rungs": ("#CC79A7", "D", "--"),
    "mbar": ("#7F3C8D", "X", "--"),
    "products_box": ("#56B4E9", "^", "-"),
    "products_local": ("#0072B2", "s", "-"),
    "energy_matching": ("#009E73", "*", "-."),
}


def estimators(errors: pd.DataFrame, cost: pd.DataFrame) -> Figure:
    """Error against core-seconds for every estimator, and how many times cheaper each one is.

    Args:
        errors: ``estimators.csv``.
        cost: ``estimator_cost.csv``.
    """
    fig, axes = style.panels(2, 2, height=7.4)
    forces = sorted(c for c in errors if c.startswith("force_error_") and c.endswith("_per_mol_nm"))
    columns = [("trf_noise_kJ_per_mol_nm_K", "trf_noise_stderr", "Statistical error of F′ (kJ/mol/nm/K)")]
    if forces:
        temperature = forces[-1].split("_")[2].removesuffix("K")
        label = f"Force error at {temperature} K (kJ/mol/nm)"
        columns.append((forces[-1], f"force_error_{temperature}K_stderr", label))
    for axis, (value, error, label) in zip(axes[0], columns, strict=False):
        for name in style.in_order(errors["estimator"], ESTIMATORS):
            rows = errors[errors["estimator"] == name].sort_values("core_s")
            colour, marker, dash = LOOKS.get(name, ("0.5", ".", "-"))
            axis.errorbar(
                rows["core_s"], rows[value], yerr=rows[error], color=colour, marker=marker, linestyle=dash,
                label=ESTIMATORS.get(name, name),
            )  # fmt: skip
        axis.set(xscale="log", yscale="log", xlabel="Cost (core-seconds)", ylabel=label)
        style.log_ticks(axis.yaxis)
    for axis, quantity, title in zip(
        axes[1],
        ("trf_noise", "force_error"),
        ("Statistical error of F′", "Force error, hottest T"),
        strict=True,
    ):
        _times_cheaper(axis, cost[cost["quantity"] == quantity])
        axis.set_title(title, fontsize="small")
    axes[1, 1].set_yticklabels([])  # the same names as on the left
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=2)
    return fig


def _times_cheaper(axis: Axes, rows: pd.DataFrame) -> None:
    rows = rows.iloc[::-1].reset_index(drop=True)
    for y, row in rows.iterrows():
        colour = LOOKS.get(row["estimator"], ("0.5",))[0]
        value = row["times_cheaper"]
        if not value > 0:
            axis.text(
                0.02, y, "not reached", transform=axis.get_yaxis_transform(), va="center", fontsize="small"
            )
            continue
        if np.isfinite([row["low"], row["high"]]).all():
            axis.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=1)
        # an arrow to the right: the estimator was there with its smallest budget
        axis.plot(value, y, color=colour, marker=">" if row["bound"] else "o", markersize=6)
    axis.set_yticks(
        range(len(rows)),
        [fill(ESTIMATORS.get(n, n), 28) for n in rows["estimator"]],
        fontsize="x-small",
    )
    axis.axvline(1, color=style.GUIDE, linewidth=0.8)
    axis.axvline(10, color=style.GUIDE, linewidth=0.8, linestyle="--")
    axis.set(xscale="log", xlabel="Times cheaper (1)", ylim=(-0.6, len(rows) - 0.4))


def estimator_size(size: pd.DataFrame) -> Figure:
    """Noise of labels and products against the size of the box, and what local energies miss.

    Args:
        size: ``estimator_size.csv``; of the lengths of blocks the longest is shown.
    """
    fig, axes = style.panels(2, 2, height=5.6)
    radii, sizes = sorted(size["radius_nm"].unique()), sorted(size["molecules"].unique())
    size = size[size["block_ps"].isna() | (size["block_ps"] == size["block_ps"].max())]
    for column, estimator in enumerate(("covariance", "residual products")):
        own = size[size["estimator"] == estimator]
        for k, radius in enumerate(radii):
            rows = own[own["radius_nm"] == radius]
            axes[0, column].errorbar(
                rows["molecules"], rows["noise_kJ_per_mol_nm_K"], yerr=rows["stderr"], marker="o",
                color=f"C{k}", label="whole box" if np.isinf(radius) else f"{radius:g} nm",
            )  # fmt: skip
        axes[0, column].set(xscale="log", yscale="log", xlabel="Molecules (1)", title=estimator.capitalize())
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


def estimator_radius(radius: pd.DataFrame) -> Figure:
    """Residual products against the radius of their energy: what is kept, the noise, the force error.

    Args:
        radius: ``estimator_radius.csv``; the whole box is drawn at the right.
    """
    fig, axes = style.panels(1, 3, height=3.2)
    local = radius[np.isfinite(radius["radius_nm"])]
    end = local["radius_nm"].max() + 0.1
    x = radius["radius_nm"].where(np.isfinite(radius["radius_nm"]), end)
    forces = [c for c in radius if c.startswith("force_error_") and c.endswith("_per_mol_nm")]
    columns = [
        ("share", "share_stderr", "Share of the response (1)"),
        ("trf_noise_kJ_per_mol_nm_K", "trf_noise_stderr", "Statistical error of F′ (kJ/mol/nm/K)"),
    ]
    for axis, (value, error, label) in zip(axes[0], columns, strict=False):
        axis.errorbar(x, radius[value], yerr=radius[error], marker="s", linestyle=":", color="#0072B2")
        axis.set_ylabel(label)
    axes[0, 0].axhline(1, color=style.GUIDE, linewidth=0.8)
    for k, name in enumerate(forces):
        temperature = name.split("_")[2].removesuffix("K")
        axes[0, 2].errorbar(
            x, radius[name], yerr=radius[f"force_error_{temperature}K_stderr"], marker="o", linestyle=":",
            color=f"C{k}", label=f"{temperature} K",
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


def frozen(table: pd.DataFrame) -> Figure:
    """Differences within a run and between runs, at one temperature and under replica exchange.

    Args:
        table: ``frozen.csv``.
    """
    fig, axes = style.panels(1, 3, height=2.9)
    kinds = ["halves", "same start", "melted start"]
    columns = [
        ("rms_difference_kJ_per_mol_nm", "Difference of F, rms (kJ/mol/nm)"),
        ("worst_molecule_kJ_per_mol_nm", "Worst molecule (kJ/mol/nm)"),
        ("rhat", "Split R-hat, 95th percentile (1)"),
    ]
    ways = {"fixed": ("one temperature", "#D55E00"), "rungs": ("replica exchange", "#0072B2")}
    for axis, (column, label) in zip(axes[0], columns, strict=True):
        for k, (way, (name, colour)) in enumerate(ways.items()):
            rows = table[table["way"] == way].set_index("compared").reindex(kinds)
            axis.bar(np.arange(3) + 0.38 * (k - 0.5), rows[column], 0.36, color=colour, label=name)
        axis.set_xticks(range(3), [k.replace(" ", "\n") for k in kinds], fontsize="small")
        axis.set_ylabel(label)
        if column == "rhat":
            axis.set_ylim(bottom=1)
    style.letter(axes.flat)
    style.legend(fig, axes.flat)
    return fig


def sampler_cost(steps: pd.DataFrame, throughput: pd.DataFrame) -> Figure:
    """Cost of anchored steps over ordinary ones, and throughput over a plain loop, by size.

    Args:
        steps: ``sampler_cost.csv``.
        throughput: ``sampler_throughput.csv``.
    """
    fig, axes = style.panels(1, 2, height=3.4)
    looks = iter([("o", "C0"), ("s", "C1"), ("D", "C2"), ("^", "C3"), ("v", "C4"), ("P", "C5")])
    for axis, table, first in ((axes[0, 0], steps, "ordinary"), (axes[0, 1], throughput, "plain loop")):
        for what in [w for w in table["what"].unique() if w != first]:
            marker, colour = next(looks)
            rows = table[table["what"] == what].sort_values("molecules")
            bars = [rows["ratio"] - rows["low"], rows["high"] - rows["ratio"]]
            axis.errorbar(
                rows["molecules"], rows["ratio"], yerr=bars, marker=marker, color=colour, label=what
            )
        axis.axhline(1, color=style.GUIDE, linewidth=0.8)
        sizes = sorted(table["molecules"].unique())
        axis.set(xscale="log", xlabel="Molecules (1)")
        axis.set_xticks(sizes, [f"{n:g}" for n in sizes])
        axis.minorticks_off()
    style.legend(fig, axes.flat, columns=4)
    axes[0, 0].set_ylabel("Cost of a step over an ordinary one (1)")
    axes[0, 1].set(ylabel="Throughput over a plain loop (1)", ylim=(0, None))
    style.letter(axes.flat)
    return fig


def reweighting(table: pd.DataFrame) -> Figure:
    """Noise of MBAR, single-rung and finite-difference labels, and their agreement with MBAR.

    Args:
        table: ``reweighting.csv``.
    """
    names = {"mbar": "MBAR", "single_rung": "single rung", "finite_difference": "finite difference"}
    quantities = {
        "mean_force": ("F", "kJ/mol/nm"), "trf": ("F′", "kJ/mol/nm/K"), "trf2": ("F″", "kJ/mol/nm/K²"),
        "mean_energy": ("⟨u⟩", "kJ/mol"),
    }  # fmt: skip
    fig, axes = style.panels(2, 4, height=4.6, sharex=True)
    for column, (quantity, (symbol, unit)) in enumerate(quantities.items()):
        for (name, label), marker in zip(names.items(), "os^", strict=True):
            rows = table[(table["quantity"] == quantity) & (table["estimator"] == name)]
            rows = rows.sort_values("temperature_K")
            if rows.empty:
                continue
            axes[0, column].errorbar(
                rows["temperature_K"], rows["noise"], yerr=rows["noise_stderr"], marker=marker, label=label
            )
            if name != "mbar" and rows["slope_stderr"].max() < 2:
                axes[1, column].errorbar(
                    rows["temperature_K"], rows["slope_on_mbar"], yerr=rows["slope_stderr"], marker=marker,
                    linestyle="none", color=axes[0, column].lines[-1].get_color(),
                )  # fmt: skip
        if not axes[1, column].lines:
            style.note(axes[1, column], "not resolved")
        axes[1, column].axhline(1, color=style.GUIDE, linewidth=0.8)
        axes[0, column].set(ylabel=f"Noise of {symbol} ({unit})", ylim=(0, None))
        axes[1, column].set(xlabel="Temperature (K)", ylabel=f"Slope of {symbol} on MBAR (1)")
    style.letter(axes.flat)
    style.legend(fig, axes.flat)
    return fig


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
        for source in style.in_order(set(heat_capacity["source"]) - {"all_atom"}, style.ARCHITECTURES)[:1]:
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
