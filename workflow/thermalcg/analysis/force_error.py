"""Force errors with the noise of the labels taken off.

With y1 and y2 the labels of two independent chains of one frame, the product
``(p - y1)(p - y2)`` has the expectation ``(p - F)^2``: the noise of the labels drops
out without an estimate of it.  With more chains the mean over all pairs is used.  Chains start from
the frame's own orientations.  Where these do not relax, the error that chains share stays in the squared
error of all models alike.  Differences between models are therefore measured on ordinary frames
(``excess_error``); labels are for the error itself and for the response.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.conditional.own_frames import own_test_frames
from thermalcg.models.names import ModelKey, ModelName
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import rms, root_of_mean, root_with_error, with_jackknife_error
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
    own = own_test_frames(labels)
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
    own = own_test_frames(labels)
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
                # noise of the labels does not attenuate this slope; that of the prediction does
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
