"""Figures of the models: the prior that all share, and the training of networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thermalcg.models.names import ModelName
from thermalcg.models.prior import PairPriors, Prior
from thermalcg.units import KB

from . import style


def prior_figure(
    observed: xr.Dataset, prior: Prior | PairPriors, temperature: float, threshold: float
) -> Figure:
    """The inner flank of g(r), and below it its potential of mean force, the fitted bins and the prior.

    Args:
        observed: dataset ``observables/all_atom/{T}.nc`` at ``temperature``, K.
        prior: fitted to it by ``thermalcg.models.prior.fit_prior``; a mixture has a column for each pair.
        threshold: bins with g between it and 1, inside the onset, were fitted.
    """
    r = observed["r"].values
    if isinstance(prior, PairPriors):
        pairs = zip(prior.species.pair_names, prior.priors, strict=True)
        # a pair that no beads make has no prior
        pairs = {pair: own for pair, own in pairs if own.onset_nm > 0}
        flanks = {pair: (observed["pair_rdf"].sel(pair=pair), own) for pair, own in pairs.items()}
    else:
        flanks = {"": (observed["rdf"], prior)}
    width = style.SINGLE if len(flanks) == 1 else style.DOUBLE
    fig, axes = style.panels(2, len(flanks), width=width, height=5.0, sharex="col")
    for (upper, lower), (pair, (g, own)) in zip(axes.T, flanks.items(), strict=True):
        _flank(upper, lower, r, g.mean("run").values, own, temperature, threshold)
        upper.set_title(pair)
    for axis, label in zip(axes[:, 0], ("g(r) (1)", "−$k_BT$ ln(g / g at onset) (kJ/mol)"), strict=True):
        axis.set_ylabel(label)
    style.letter(axes.flat)
    style.legend(fig, axes.flat, columns=2 if len(flanks) == 1 else 3)
    return fig


def _flank(
    upper: Axes,
    lower: Axes,
    r: np.ndarray,
    g: np.ndarray,
    prior: Prior,
    temperature: float,
    threshold: float,
) -> None:
    """Both panels of one g(r), at the bin centres r in nm."""
    end = prior.onset_nm + 0.06
    shown = (g > 0) & (r <= end)
    fitted = shown & (g > threshold) & (g < 1) & (r < prior.onset_nm)
    start = r[shown].min() - 0.02 if shown.any() else r[0]
    _bins(upper, r, g, shown, fitted)
    upper.axhline(threshold, color=style.VERMILION, linestyle=":", label=f"threshold g = {threshold:g}")
    upper.set_yscale("log")

    pmf = np.full(r.shape, np.nan)
    # counted from the onset, where the prior vanishes
    peak = np.interp(prior.onset_nm, r, g)
    pmf[shown] = -KB * temperature * np.log(g[shown] / peak)
    _bins(lower, r, pmf, shown, fitted)
    fine = np.linspace(start, end, 400)
    lower.plot(fine, prior.energy(fine), color=style.BLUE, label=f"prior (n = {prior.exponent})")
    lower.axhline(0, color=style.GUIDE, linewidth=0.6)
    values = pmf[shown]
    if values.size:
        span = max(np.ptp(values), KB * temperature)
        lower.set_ylim(values.min() - 0.15 * span, values.max() + 0.6 * span)
    lower.set_xlabel("r (nm)")
    for axis in (upper, lower):
        axis.axvline(prior.onset_nm, color=style.GUIDE, linewidth=0.8, linestyle="--", label="onset")
        axis.set_xlim(start, end)


def _bins(axis: Axes, r: np.ndarray, y: np.ndarray, shown: np.ndarray, fitted: np.ndarray) -> None:
    other = shown & ~fitted
    looks = {"color": style.ALL_ATOM_COLOUR, "linestyle": "", "marker": "o"}
    axis.plot(r[other], y[other], markerfacecolor="white", label="bins not fitted", **looks)
    axis.plot(r[fitted], y[fitted], label="bins fitted", **looks)


def history_table(record: dict[str, Any]) -> pd.DataFrame:
    """Losses by epoch from what the trainer records of a member: columns epoch, train, validation."""
    history = pd.DataFrame(record["history"], columns=["train", "validation"])
    return history.assign(epoch=range(1, len(history) + 1))


def training_history(histories: Mapping[tuple[str, int], pd.DataFrame]) -> Figure:
    """Loss curves of the networks, a panel for each model.

    Args:
        histories: (model, member) to a table with the columns epoch, train and validation.
    """
    by_model: dict[str, dict[int, pd.DataFrame]] = {}
    for (model, member), history in histories.items():
        by_model.setdefault(model, {})[member] = history
    models = style.in_order(by_model, style.MODES)
    columns = min(3, max(len(models), 1))
    rows = max(-(-len(models) // columns), 1)
    fig, axes = style.panels(
        rows,
        columns,
        width=style.DOUBLE if columns > 1 else style.SINGLE,
        height=0.8 + 1.8 * rows,
        sharex=True,
    )
    for k, (axis, model) in enumerate(zip(axes.flat, models, strict=False)):
        for member, history in sorted(by_model[model].items()):
            # members need no names: their spread is what counts
            alpha = 1.0 if len(by_model[model]) == 1 else 0.7
            style_of = {"alpha": alpha, "linewidth": 1.0}
            history = history.sort_values("epoch")
            axis.plot(
                history["epoch"], history["train"], color=style.BLUE, linestyle="--", **style_of,
                label="training (a line for each member)", gid=f"train-{member}",
            )  # fmt: skip
            axis.plot(
                history["epoch"], history["validation"], color=style.VERMILION, **style_of,
                label="validation (a line for each member)", gid=f"validation-{member}",
            )  # fmt: skip
        axis.set_title(_model_label(model), fontsize="medium")
        if k % columns == 0:
            axis.set_ylabel("Loss (1)")
        if k + columns >= len(models):
            axis.set_xlabel("Epoch (1)")
            axis.tick_params(labelbottom=True)
    for axis in axes.flat[len(models) :]:
        axis.set_axis_off()
    if not models:
        style.note(axes[0, 0], "no network trained")
    style.letter(axes.flat[: len(models)])
    style.legend(fig, axes.flat)
    return fig


def _model_label(model: str) -> str:
    """A short label of a model: its mode and, for yardsticks, the temperature."""
    name = ModelName.parse(model)
    label = style.look(name.mode).label.split(":")[0]
    return label if name.temperature is None else f"{label}, {name.temperature:.15g} K"
