"""Residual products with the energy within a radius: their noise, and the share of the response they keep."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.models.potential import ThermalPotential
from thermalcg.response.residual_products import CrossFit
from thermalcg.statistics import root_of_mean, root_with_error, with_jackknife_error
from thermalcg.storage.datasets import variable

from .routes import (
    ForceColumns,
    Replicate,
    fitted_products,
    prediction_errors,
    tested_temperatures,
    training_products,
)


def scan_radii(
    replicate: Replicate,
    baseline: ThermalPotential,
    direction: ThermalPotential,
    tests: dict[float, xr.Dataset],
    radii_nm: list[float],
    cross_fit: CrossFit,
) -> xr.Dataset:
    """Predictions and errors of residual products with all data of a replicate, for every radius.

    Args:
        baseline, tests, cross_fit: as in ``routes.compare_routes``.
        direction: a model of the response that was trained without these energies; the mean of the
            products along it is compared.
        radii_nm: of the local energies, nm.

    Returns:
        Dimensions radius (ending in inf, the whole box), frame, bead, axis, temperature.
    """
    radii, rows = [*sorted(radii_nm), np.inf], []
    reference, known = baseline.expansion.reference, None
    for radius in radii:
        position, products = training_products(
            replicate.mapped,
            baseline.prior,
            cross_fit,
            radius if np.isfinite(radius) else None,
            replicate.molecule_energy,
        )
        if known is None:  # the sites are the same for every radius
            known = direction.thermal_response(position, float(products.attrs["box_nm"]), reference)
        along = float((products["trf_product"].values * known).mean())
        response = fitted_products(position, products, cross_fit.spline)
        rows.append(prediction_errors(response, baseline, tests) | {"along": along})
    dims = {
        "predicted_trf": (("radius", "frame", "bead", "axis"), "kJ/mol/nm/K"),
        "along": (("radius",), "kJ2/mol2/nm2/K2"),
        "trf_squared_error": (("radius",), "kJ2/mol2/nm2/K2"),
        "force_squared_error": (("radius", "temperature"), "kJ2/mol2/nm2"),
    }
    return xr.Dataset(
        {k: variable(d, np.stack([r[k] for r in rows]), unit) for k, (d, unit) in dims.items()},
        coords={"radius": radii, "temperature": tested_temperatures(tests, reference)},
        attrs={"temperature_K": reference},
    )


def radius_table(replicates: list[xr.Dataset]) -> pd.DataFrame:
    """The table ``estimator_radius.csv``: bias and noise of residual products against the radius.

    ``trf_noise`` is the scatter of the fitted response over replicates.  ``share`` is the mean of the
    products along a known response, over that with the energy of the whole box: 1 where nothing is missed.
    It is linear in the products, so that neither their noise nor a ridge biases it.  Errors come from a
    jackknife over replicates.
    """
    predicted, along, squares = (
        np.stack([r[name].values for r in replicates])
        for name in ("predicted_trf", "along", "force_squared_error")
    )
    n = len(replicates)
    rows = []
    for k, radius in enumerate(replicates[0]["radius"].values):
        variance = with_jackknife_error(n, lambda i, k=k: predicted[i, k].var(axis=0, ddof=1).mean())
        noise, noise_se = root_with_error(*variance)
        share, share_se = with_jackknife_error(n, lambda i, k=k: along[i, k].sum() / along[i, -1].sum())
        row = {
            "radius_nm": radius,
            "trf_noise_kJ_per_mol_nm_K": noise,
            "trf_noise_stderr": noise_se,
            "share": share,
            "share_stderr": share_se,
        }
        for t, T in enumerate(replicates[0]["temperature"].values):
            columns = ForceColumns(T)
            row[columns.value], row[columns.stderr] = root_of_mean(squares[:, k, t])
        rows.append(row)
    return pd.DataFrame(rows)
