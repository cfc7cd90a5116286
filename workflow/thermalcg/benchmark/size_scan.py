"""Noise of the thermal response against the size of the box, with whole-box and with local energies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.atomistic.molecule_energies import neighbourhood
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.response.formulas import covariance_response
from thermalcg.response.residual_products import CrossFit
from thermalcg.statistics import root_of_mean, with_jackknife_error

from .routes import training_products

#: Lengths of the blocks that labels are made from, ps.
BLOCK_PS = (2.0, 4.0)

#: Blocks of a trajectory, for the errors of products.
BLOCKS = 20


def label_noise(
    samples: xr.Dataset,
    direction: ThermalPotential,
    radii_nm: list[float],
    block_ps: float,
    sample_ps: float,
) -> pd.DataFrame:
    """Noise of covariance labels per root of the sampled time, and the share that local energies keep.

    The noise comes from the scatter of the labels of blocks about their mean, over all chains.  Each
    covariance is taken about the means of its block.

    Args:
        samples: conditional runs at one temperature with ``sample_energy`` (frame, chain, sample, bead).
        direction: a model of the response that was trained without these energies.
        radii_nm: of the local energies, nm.
        block_ps: length of a block, ps; longer than the correlation of the products.
        sample_ps: time between samples, ps.

    Returns:
        Columns radius_nm (inf: the whole box); noise (kJ/mol/nm/K at 1 ps) and its stderr; share, the mean
        of the labels along ``direction`` over that with the energy of the whole box (1 where nothing is
        missed), and share_stderr, by a jackknife over frames; block_ps.
    """
    T, box = float(samples.attrs["temperature_K"]), float(samples.attrs["box_nm"])
    per_block = max(2, round(block_ps / sample_ps))
    known = direction.thermal_response(samples["site_position"].values.astype(float), box, T)
    rows, whole = [], None
    for radius in (np.inf, *sorted(radii_nm)):
        labels = np.stack(
            [_block_labels(samples, f, T, box, radius, per_block) for f in range(samples.sizes["frame"])]
        )
        along = (labels * known[:, None]).mean(axis=(1, 2, 3))
        whole = along if whole is None else whole
        variance = labels.var(axis=1, ddof=1).mean(axis=(1, 2)) * per_block * sample_ps
        row = _row(radius, variance, along, whole)
        rows.append({**row, "block_ps": per_block * sample_ps})
    return pd.DataFrame(rows)


def product_noise(
    mapped: xr.Dataset,
    prior: Prior,
    direction: ThermalPotential,
    molecule_energy: np.ndarray,
    radii_nm: list[float],
    cross_fit: CrossFit,
) -> pd.DataFrame:
    """Noise of residual products per root of the sampled time, and the share that local energies keep.

    Samples are independent where frames are farther apart than mapped forces are correlated.

    Args:
        mapped: dataset ``mapped/{T}.nc``.
        prior: taken off the forces.
        direction: a model of the response that was trained without these energies.
        molecule_energy: kJ/mol, shape (time, bead).
        radii_nm: of the local energies, nm.
        cross_fit: how the products are made; the errors come from its blocks.

    Returns:
        Columns as of ``label_noise``, without ``block_ps``.
    """
    T, box = float(mapped.attrs["temperature_K"]), float(mapped.attrs["box_nm"])
    interval = float(mapped["time"].values[1] - mapped["time"].values[0])
    rows, whole, known = [], None, None
    for radius in (np.inf, *sorted(radii_nm)):
        position, made = training_products(
            mapped,
            prior,
            cross_fit,
            radius if np.isfinite(radius) else None,
            molecule_energy,
        )
        products = made["trf_product"].values.astype(float)
        if known is None:  # the sites are the same for every radius
            known = direction.thermal_response(position, box, T)
        along, variance = (
            np.array([block.mean() for block in np.array_split(values, cross_fit.blocks)])
            for values in ((products * known).mean(axis=(1, 2)), (products**2).mean(axis=(1, 2)) * interval)
        )
        whole = along if whole is None else whole
        rows.append(_row(radius, variance, along, whole))
    return pd.DataFrame(rows)


def _row(radius: float, variance: np.ndarray, along: np.ndarray, whole: np.ndarray) -> dict[str, float]:
    """Noise from independent variances (piece,), share from the means along the response (piece,)."""
    noise, noise_se = root_of_mean(variance)
    share, share_se = with_jackknife_error(len(along), lambda kept: along[kept].sum() / whole[kept].sum())
    return {
        "radius_nm": radius,
        "noise_kJ_per_mol_nm_K": noise,
        "stderr": noise_se,
        "share": share,
        "share_stderr": share_se,
    }


def _block_labels(samples, frame: int, T: float, box: float, radius: float, per_block: int) -> np.ndarray:
    """Labels of the blocks of all chains of one frame, shape (block, bead, axis)."""
    force = samples["force"].values[frame, :, 0].astype(float)
    if np.isinf(radius):
        energy = samples["energy"].values[frame, :, 0]
    else:
        near = neighbourhood(samples["site_position"].values[frame], box, radius)
        energy = samples["sample_energy"].values[frame].astype(float) @ near
    n = force.shape[1] // per_block
    return np.stack(
        [
            # about the block's own mean, which takes up one of its samples
            covariance_response(f, e, T) * per_block / (per_block - 1)
            for c in range(len(force))
            for f, e in zip(
                np.split(force[c, : n * per_block], n), np.split(energy[c, : n * per_block], n), strict=True
            )
        ]
    )
