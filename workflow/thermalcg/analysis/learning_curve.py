"""Force error against the amount of training data, for models that are fitted in closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.models.potential import ThermalPotential

from .force_error import force_errors


def learning_curve_table(
    ensemble: Callable[[str, float], list[ThermalPotential]],
    models: Iterable[str],
    fractions: Iterable[float],
    labels: dict[float, xr.Dataset],
) -> pd.DataFrame:
    """The table ``learning_curve.csv``: errors of ensembles of splines trained on a part of their data.

    Args:
        ensemble: trains a model on a share of the data (model, share); its first member is the fit to all of
            them and the others its bootstrap.
        models: their names, which are their training modes: without yardsticks.
        fractions: shares of the data.
        labels: datasets ``labels/{T}.nc`` by temperature, K.

    Returns:
        Columns architecture, mode, fraction, temperature_K, rmse_kJ_per_mol_nm, and stderr, which has the
        scatter of the members and that of the test frames in it.
    """
    rows = []
    for model in models:
        for fraction in fractions:
            potentials = ensemble(model, fraction)
            for temperature, dataset in labels.items():
                rmse, stderr = _error(force_errors(potentials, dataset))
                rows.append(
                    {
                        "architecture": "spline",
                        "mode": model,
                        "fraction": fraction,
                        "temperature_K": temperature,
                        "rmse_kJ_per_mol_nm": rmse,
                        "stderr": stderr,
                    }
                )
    return pd.DataFrame(rows)


def _error(table: pd.DataFrame) -> tuple[float, float]:
    """Root mean square error of member 0 and its standard error, from ``force_errors``."""
    errors = table.groupby("member")["squared_error"].mean().to_numpy()
    frames = table[table["member"] == 0]["squared_error"]
    by_frames = frames.std(ddof=1) / np.sqrt(len(frames)) / (2 * np.sqrt(max(frames.mean(), 1e-12)))
    root = np.sqrt(np.maximum(errors, 0))
    return root[0], np.hypot(root[1:].std(ddof=1), by_frames) if len(root) > 2 else np.nan
