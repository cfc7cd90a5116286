"""Force errors with the noise of the labels taken off, and their excess over the yardstick.

With y1 and y2 the labels of two independent chains of one frame, the product
``(p - y1)(p - y2)`` has the expectation ``(p - F)^2``: the noise of the labels drops
out without an estimate of it.  With more chains the mean over all pairs is used.  Chains start from
the frame's own orientations.  Where these do not relax, the error that chains share stays in the squared
error of all models alike, and only differences of squared errors are free of it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.conditional.converged import converged_test_frames
from thermalcg.models.names import ModelKey, ModelName
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import (
    Interval,
    ratio_interval,
    rms,
    root_of_mean,
    root_with_error,
    student_width,
    with_jackknife_error,
)
from thermalcg.storage.datasets import box_of


def cross_chain_error(prediction: np.ndarray, chains: np.ndarray) -> np.ndarray:
    """Squared error of each frame, free of label noise.

    Args:
        prediction: shape (frame, bead, 3).
        chains: label of each chain, shape (frame, chain, bead, 3).

    Returns:
        Mean over the components of a frame, shape (frame,); may be negative by chance.

    Raises:
        ValueError: a single chain.
    """
    residual = prediction[:, None] - chains
    n = chains.shape[1]
    if n < 2:
        raise ValueError(
            "one chain a frame: the label noise cannot be taken off; conditional.chains must be 2 or more"
        )
    total, squares = residual.sum(axis=1), (residual**2).sum(axis=1)
    return ((total**2 - squares) / (n * (n - 1))).mean(axis=(1, 2))


def force_errors(members: list[ThermalPotential], labels: xr.Dataset) -> pd.DataFrame:
    """Squared errors of every member on every test frame, at the frames' temperature.

    Args:
        members: an ensemble.
        labels: dataset ``labels/{T}.nc``.

    Returns:
        Columns member, temperature_K, frame, squared_error, squared_error_raw, label_variance,
        label_square, in kJ2/mol2/nm2.
    """
    own = converged_test_frames(labels)
    temperature, box = float(labels.attrs["temperature_K"]), box_of(labels)
    position = own["site_position"].values.astype(float)
    chains = own["chain_mean_force"].values
    pooled = chains.mean(axis=1)
    rows = []
    for index, member in enumerate(members):
        prediction = member.mean_force(position, box, temperature)
        clean = cross_chain_error(prediction, chains)
        raw = ((prediction - pooled) ** 2).mean(axis=(1, 2))
        for frame in range(len(position)):
            rows.append(
                {
                    "member": index,
                    "temperature_K": temperature,
                    "frame": frame,
                    "squared_error": clean[frame],
                    "squared_error_raw": raw[frame],
                    "label_variance": raw[frame] - clean[frame],
                    "label_square": (pooled[frame] ** 2).mean(),
                }
            )
    return pd.DataFrame(rows)


def parity(member: ThermalPotential, labels: xr.Dataset) -> xr.Dataset:
    """Labels and predictions of mean force and response on the test frames of one temperature.

    Args:
        member: the potential.
        labels: dataset ``labels/{T}.nc``.

    Returns:
        The dataset ``parity/{arch}/{model}.nc``.
    """
    own = converged_test_frames(labels)
    temperature, box = float(labels.attrs["temperature_K"]), box_of(labels)
    position = own["site_position"].values.astype(float)
    dims = ("frame", "bead", "axis")
    force, trf = {"units": "kJ/mol/nm"}, {"units": "kJ/mol/nm/K"}
    return xr.Dataset(
        {
            "label_force": (dims, own["mean_force"].values, force),
            "label_force_se": (dims, own["mean_force_se"].values, force),
            "predicted_force": (dims, member.mean_force(position, box, temperature), force),
            "label_trf": (dims, own["trf"].values, trf),
            "label_trf_se": (dims, own["trf_se"].values, trf),
            "predicted_trf": (dims, member.thermal_response(position, box, temperature), trf),
            "trf_squared_error": (
                ("frame",),
                cross_chain_error(
                    member.thermal_response(position, box, temperature), own["chain_trf"].values
                ),
                {"units": "kJ2/mol2/nm2/K2"},
            ),
        },
        attrs={"temperature_K": temperature},
    )


def summarise_force_errors(frames: pd.DataFrame, central: dict[str, bool], reference: float) -> pd.DataFrame:
    """The table ``force_error.csv``: a row for each member, and one for all of them.

    The error of a member is that of the mean over test frames; that of all members adds the
    scatter between members.

    Args:
        frames: the table ``force_error_frames.csv``.
        central: for each architecture, whether it is ``bootstrapped`` (``models.names``): then the value is
            that of member 0, otherwise the mean over members.
        reference: T0, K, where the baseline is the yardstick; NaN where there is none.
    """
    rows = []
    for (architecture, mode, temperature), group in _at_own_temperature(frames):
        by_member = group.pivot(index="member", columns="frame", values="squared_error")
        mean = by_member.mean(axis=1)
        test_se = by_member.std(axis=1, ddof=1) / np.sqrt(by_member.shape[1])
        noise = np.sqrt(max(group["label_variance"].mean(), 0.0))
        key = {"architecture": architecture, "mode": mode, "temperature_K": temperature, "noise_floor": noise}
        for member in by_member.index:
            rows.append({**key, "seed": str(member), **_root(mean[member], test_se[member])})
        first = central[architecture]
        value, within = (mean.iloc[0], test_se.iloc[0]) if first else (mean.mean(), test_se.mean())
        between = mean.iloc[1:] if first and len(mean) > 2 else mean
        scatter = between.std(ddof=1) if len(between) > 1 else 0.0
        # bootstrap members scatter like the estimate itself, seeds like one of several averaged
        scatter = scatter if first else scatter / np.sqrt(len(between))
        rows.append({**key, "seed": "all", **_root(value, np.hypot(within, scatter))})
    table = pd.DataFrame(rows)
    yardstick = _yardstick(table, reference).set_index(["architecture", "temperature_K"])[
        "rmse_kJ_per_mol_nm"
    ]
    table["yardstick"] = [
        yardstick.get((a, t), np.nan)
        for a, t in zip(table["architecture"], table["temperature_K"], strict=True)
    ]
    columns = ["architecture", "mode", "seed", "temperature_K", "rmse_kJ_per_mol_nm", "stderr", "noise_floor"]
    return table[[*columns, "yardstick"]]


def excess_table(
    frames: pd.DataFrame, central: dict[str, bool], seed: int, resamples: int = 2000
) -> pd.DataFrame:
    """The table ``excess.csv``: excess force error over the yardstick, and its ratio to the baseline's.

    The 95 % intervals come from a bootstrap.  Test frames and ensemble members are resampled together: one
    draw of frames serves every model, and one draw of a member serves every model trained on the same
    frames.  The deviations are widened for the small numbers of frames and seeds.  The seeds of a network
    share the training frames, so that only the intervals of splines contain the sampling of those.

    Args:
        frames: the table ``force_error_frames.csv``.
        central: as in ``summarise_force_errors``.
        seed: of the resampling.
        resamples: number of draws.
    """
    rng = np.random.default_rng(seed)
    rows = []
    yardstick = _only_own(frames[frames["mode"] == "at_temperature"])
    for (architecture, temperature), star in yardstick.groupby(["architecture", "temperature_K"]):
        star = star.pivot(index="member", columns="frame", values="squared_error").to_numpy()
        first = central[architecture]
        scattered = _recentred(star, first)
        others = frames[(frames["architecture"] == architecture) & (frames["temperature_K"] == temperature)]
        others = {
            mode: group.pivot(index="member", columns="frame", values="squared_error").to_numpy()
            for mode, group in others[others["mode"] != "at_temperature"].groupby("mode")
        }
        spread = {mode: _recentred(errors, first) for mode, errors in others.items()}
        n_frames = star.shape[1]
        draws: dict[str, list[float]] = {mode: [] for mode in others}
        for _ in range(resamples):
            chosen = rng.integers(n_frames, size=n_frames)
            own, reference = _draw(rng, first, star), _draw(rng, first, next(iter(others.values())))
            for mode, errors in spread.items():
                draws[mode].append(
                    _pick(errors, reference)[chosen].mean() - _pick(scattered, own)[chosen].mean()
                )
        widening = _widening(n_frames, None if first else len(star))
        baseline_value = _centre(others["baseline"], first) - _centre(star, first)
        base = _root_of_widened(draws["baseline"], baseline_value, widening)
        for mode, errors in others.items():
            value = _centre(errors, first) - _centre(star, first)
            replicates = _root_of_widened(draws[mode], value, widening)
            low, high = np.percentile(replicates, [2.5, 97.5])
            ratio = _excess_ratio(replicates, base, value, baseline_value)
            rows.append(
                {
                    "architecture": architecture,
                    "mode": mode,
                    "temperature_K": temperature,
                    "excess_kJ_per_mol_nm": np.sqrt(max(value, 0)),
                    "low": low,
                    "high": high,
                    "ratio_to_baseline": ratio.value,
                    "ratio_low": ratio.low,
                    "ratio_high": ratio.high,
                }
            )
    return pd.DataFrame(rows)


def trf_errors(parities: dict[ModelKey, xr.Dataset]) -> pd.DataFrame:
    """The table ``trf_error.csv``: errors of the response of the models that have one.

    Args:
        parities: datasets ``parity/{arch}/{model}.nc`` by architecture and model.
    """
    rows = []
    for (architecture, mode), data in parities.items():
        label, prediction = data["label_trf"].values.ravel(), data["predicted_trf"].values.ravel()
        if not prediction.any():
            continue
        squared = data["trf_squared_error"].values
        frames = [data[name].values.reshape(len(squared), -1) for name in ("label_trf", "predicted_trf")]

        def slope(kept: np.ndarray, frames=frames) -> float:
            y, x = (values[kept].ravel() for values in frames)
            return float(y @ x / (x @ x))

        rmse, stderr = root_of_mean(squared)
        fitted, fitted_se = with_jackknife_error(len(squared), slope)
        rows.append(
            {
                "architecture": architecture,
                "mode": mode,
                "temperature_K": data.attrs["temperature_K"],
                "rmse_kJ_per_mol_nm_K": rmse,
                "stderr": stderr,
                "noise_floor": rms(data["label_trf_se"].values),
                # regressing the noisy label on the smooth prediction: noise does not attenuate the slope
                "slope": fitted,
                "slope_stderr": fitted_se,
                "correlation": float(np.corrcoef(label, prediction)[0, 1]),
            }
        )
    return pd.DataFrame(rows)


def _only_own(group: pd.DataFrame) -> pd.DataFrame:
    """Rows of yardsticks at the temperature they were trained at, and all rows of other models."""
    trained_at = {model: ModelName.parse(model).temperature for model in group["model"].unique()}
    own = group["model"].map(trained_at).astype(float)
    return group[own.isna() | (own == group["temperature_K"])]


def _at_own_temperature(frames: pd.DataFrame):
    return _only_own(frames).groupby(["architecture", "mode", "temperature_K"])


def _yardstick(table: pd.DataFrame, reference: float) -> pd.DataFrame:
    """The yardstick's rows; at the reference temperature it is the baseline."""
    at_reference = (table["mode"] == "baseline") & (table["temperature_K"] == reference)
    rows = table[(table["seed"] == "all") & ((table["mode"] == "at_temperature") | at_reference)]
    return rows.sort_values("mode").drop_duplicates(["architecture", "temperature_K"], keep="first")


def _root(square: float, stderr: float) -> dict[str, float]:
    root, root_stderr = root_with_error(square, stderr)
    return {"rmse_kJ_per_mol_nm": root, "stderr": root_stderr}


def _draw(rng: np.random.Generator, central: bool, errors: np.ndarray) -> np.ndarray:
    """Members of one replicate: one bootstrap fit, or seeds drawn with replacement and averaged."""
    n = len(errors)
    if central:
        return np.array([rng.integers(1, n)]) if n > 1 else np.array([0])
    return rng.integers(n, size=n)


def _pick(errors: np.ndarray, members: np.ndarray) -> np.ndarray:
    return errors[np.minimum(members, len(errors) - 1)].mean(axis=0)


def _widening(n_frames: int, n_seeds: int | None) -> float:
    """Factor that widens a percentile bootstrap of few pieces: Student's t, and n/(n - 1) in the variance."""
    factor = np.sqrt(n_frames / (n_frames - 1)) * student_width(n_frames - 1) / student_width(np.inf)
    return float(factor * (np.sqrt(n_seeds / (n_seeds - 1)) if n_seeds and n_seeds > 1 else 1.0))


def _root_of_widened(draws: list[float], centre: float, widening: float) -> np.ndarray:
    return np.sqrt(np.maximum(centre + widening * (np.asarray(draws) - centre), 0))


def _recentred(errors: np.ndarray, central: bool) -> np.ndarray:
    """Errors of bootstrap fits about that of the fit to all data: they see fewer frames and err more."""
    if not central or len(errors) < 3:
        return errors
    return np.vstack([errors[:1], errors[1:] + errors[0] - errors[1:].mean(axis=0)])


def _centre(errors: np.ndarray, central: bool) -> float:
    return float(errors[0].mean() if central else errors.mean())


def _excess_ratio(replicates: np.ndarray, base: np.ndarray, value: float, baseline_value: float) -> Interval:
    """Ratio of excesses; undefined where the baseline has none."""
    interval = ratio_interval(replicates, base)
    ratio = np.sqrt(max(value, 0) / baseline_value) if baseline_value > 0 else np.nan
    return Interval(float(ratio), interval.low, interval.high)
