"""How the noise of a thermal response grows with the box, for whole-box and local energies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from .local_energy import neighbourhood
from .prior import Prior
from .residual_products import residual_products
from .response import covariance_response
from .statistics import delete_one, jackknife_error


def label_noise(
    samples: xr.Dataset, radii_nm: list[float], block_ps: float, sample_ps: float
) -> pd.DataFrame:
    """Noise of covariance labels per root of the sampled time, and what local energies miss.

    The noise comes from the scatter of the labels of blocks about their mean, over all chains.

    Args:
        samples: conditional runs at one temperature with ``sample_energy`` (frame, chain, sample, bead).
        block_ps: length of a block; longer than the correlation of the products.
        sample_ps: time between samples.

    Returns:
        Rows radius_nm (inf: the whole box), noise (kJ/mol/nm/K at 1 ps), stderr, share: the regression
        of the local label on the whole-box label of other blocks, 1 where nothing is missed; share_stderr.
    """
    T, box = float(samples.attrs["temperature_K"]), float(samples.attrs["box_nm"])
    per_block = max(2, round(block_ps / sample_ps))
    rows, whole = [], None
    for radius in (np.inf, *sorted(radii_nm)):
        labels = np.stack(
            [_block_labels(samples, f, T, box, radius, per_block) for f in range(samples.sizes["frame"])]
        )
        whole = labels if whole is None else whole
        variance = labels.var(axis=1, ddof=1).mean(axis=(1, 2)) * per_block * sample_ps
        share, share_se = _share(labels, whole)
        rows.append(
            {
                "radius_nm": radius,
                "noise_kJ_per_mol_nm_K": np.sqrt(variance.mean()),
                "stderr": variance.std(ddof=1) / np.sqrt(len(variance)) / (2 * np.sqrt(variance.mean())),
                "share": share,
                "share_stderr": share_se,
            }
        )
    return pd.DataFrame(rows)


def product_noise(
    mapped: xr.Dataset,
    prior: Prior,
    spline: dict[str, Any],
    molecule_energy: np.ndarray,
    radii_nm: list[float],
    *,
    blocks: int,
    folds: int,
) -> pd.DataFrame:
    """Noise of residual products per root of the sampled time, kJ/mol/nm/K at 1 ps.

    Samples are independent as long as frames are farther apart than mapped forces are correlated.
    """
    time_ps = mapped["time"].values
    interval = float(time_ps[1] - time_ps[0])
    rows = []
    for radius in (np.inf, *sorted(radii_nm)):
        local = np.isfinite(radius)
        products = residual_products(
            mapped,
            prior,
            spline,
            blocks=blocks,
            folds=folds,
            radius_nm=radius if local else None,
            molecule_energy=molecule_energy if local else None,
        )
        squares = (products["trf_product"].values.astype(float) ** 2).mean(axis=(1, 2)) * interval
        by_block = np.array([b.mean() for b in np.array_split(squares, blocks)])
        noise = np.sqrt(by_block.mean())
        error = by_block.std(ddof=1) / np.sqrt(blocks) / (2 * noise)
        rows.append({"radius_nm": radius, "noise_kJ_per_mol_nm_K": noise, "stderr": error})
    return pd.DataFrame(rows)


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


def _share(labels: np.ndarray, whole: np.ndarray) -> tuple[float, float]:
    """Slope of the local on the whole label, each from other blocks, jackknifed over frames."""

    def slope(chosen: np.ndarray) -> float:
        cross = _between(labels[chosen], whole[chosen])
        return cross / _between(whole[chosen], whole[chosen])

    value, without = delete_one(len(labels), slope)
    return float(value), float(jackknife_error(without))


def _between(a: np.ndarray, b: np.ndarray) -> float:
    """Mean product of two labels of the same frame over pairs of different blocks: noise drops out."""
    n = a.shape[1]
    return float(((a.sum(axis=1) * b.sum(axis=1) - (a * b).sum(axis=1)) / (n * (n - 1))).mean())
