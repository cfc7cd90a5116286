"""Which parts of a force field and of its thermal response stand out from their noise, from data at T0 alone.

A part is a kind of functions (pairs, triplets; in a mixture of each pair of species) or a shell, whose
molecules' energies gave that part of the response.  With theta its coefficients, G = E[phi^T phi] and C the
covariance of theta over blocks of the trajectory,

    theta^T G theta      is the mean square force that the part exerts, and
    tr(G C)              what noise alone adds to it.

Where no true force is behind it, their ratio has nearly an F distribution with nu and nu (B - 1) degrees of
freedom for B blocks, nu = tr(G C)^2 / tr((G C)^2) (Satterthwaite, Biometrics Bulletin 2, 110, 1946).

Whether it *helps* is another question, and blocks that it was not fitted to answer it.  The target of the
fit, y with E[phi^T y] = t, is the force, or its change with temperature; the mean square error falls by

    2 theta . t - theta^T G theta,

the gain, and the gain of a part is what is lost where it is left out.  The gain of the response, times
(T - T0)^2, is by how much the response lowers the mean square force error near T0.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from thermalcg.models.species import Species
from thermalcg.models.spline.mixture_basis import blocks as kinds
from thermalcg.statistics import standard_error
from thermalcg.units import KB

from .projected_splines import SplineProjection

#: Probability, by noise alone, below which a part counts as resolved.
LEVEL = 0.05

#: What the parts are of, and the units of their sizes.
FORCE, RESPONSE, SECOND = "force", "response", "second order"
UNITS = {FORCE: "kJ/mol/nm", RESPONSE: "kJ/mol/nm/K", SECOND: "kJ/mol/nm/K2"}


class Resolved(NamedTuple):
    """A part against its noise.

    Attributes:
        size: root mean square force without what noise adds; 0 where noise is larger.
        noise: root mean square of the noise.
        probability: that noise alone gives as large a force, 0 to 1.
    """

    size: float
    noise: float
    probability: float


def resolved(coefficients: np.ndarray, without: np.ndarray, gram: np.ndarray) -> Resolved:
    """Size, noise and significance of coefficients.

    Args:
        coefficients: shape (F,).
        without: the same without each block, shape (block, F).
        gram: G, shape (F, F).
    """
    deviation = without - without.mean(axis=0)
    freedom = len(without) - 1.0
    # its eigenvalues but zeros are those of G C
    products = freedom / len(without) * deviation @ gram @ deviation.T
    square, noise = float(coefficients @ gram @ coefficients), float(np.trace(products))
    if noise <= 0:
        return Resolved(float(np.sqrt(max(square, 0.0))), 0.0, 0.0 if square > 0 else 1.0)
    # without bias for few blocks (Bai and Saranadasa, Statistica Sinica 6, 311, 1996)
    spread = (products**2).sum() - noise**2 / freedom
    spread *= freedom**2 / ((freedom + 2) * (freedom - 1))
    nu = max(1.0, (noise**2 - 2 * spread / freedom) / spread) if spread > 0 else freedom
    probability = float(f_distribution.sf(square / noise, nu, nu * freedom))
    return Resolved(float(np.sqrt(max(square - noise, 0.0))), float(np.sqrt(noise)), probability)


def gain(without: np.ndarray, rest: np.ndarray, target: np.ndarray, gram: np.ndarray) -> tuple[float, float]:
    """What a part takes off the mean square error of blocks that it was not fitted to, and its error.

    Args:
        without: coefficients of the part without each block, shape (block, F).
        rest: of all other parts, likewise.
        target: t of each block, shape (block, F).
        gram: G of each block, shape (block, F, F).
    """
    square = np.einsum("bf,bfg,bg->b", without, gram, without + 2 * rest)
    gains = 2 * (without * target).sum(axis=1) - square
    return float(gains.mean()), float(standard_error(gains))


def response_terms(projection: SplineProjection) -> pd.DataFrame:
    """The table ``response_terms.csv``: every part of the force field and of its response.

    Columns: quantity (the force does not contain the prior), part, unit, size, noise, weight (with which a
    shell, or the second order, counts), probability, resolved (whether that is below ``LEVEL``), gain and
    gain_stderr (square of the unit; none of the second order).  Weights and penalties are those of all
    blocks.
    """
    first, moments = projection.first, projection.moments
    grams = moments.gram[:, 0] / moments.count[:, None, None]
    fits = {quantity: _fit(projection, quantity) for quantity in (FORCE, RESPONSE)}
    rows = []
    for part in _parts(projection):
        found = resolved(part.coefficients, part.without, first.gram)
        won = np.nan, np.nan
        if part.quantity in fits:
            whole, target = fits[part.quantity]
            own = part.weight * part.without
            won = gain(own, whole - own, target, grams)
        rows.append(
            {
                "quantity": part.quantity,
                "part": part.name,
                "unit": UNITS[part.quantity],
                "size": found.size,
                "noise": found.noise,
                "weight": part.weight,
                "probability": found.probability,
                "resolved": found.probability < LEVEL,
                "gain": won[0],
                "gain_stderr": won[1],
            }
        )
    return pd.DataFrame(rows)


class _Part(NamedTuple):
    quantity: str
    name: str
    coefficients: np.ndarray
    without: np.ndarray
    weight: float = 1.0


def _parts(projection: SplineProjection) -> Iterator[_Part]:
    first, second = projection.first, projection.second
    for quantity, whole, without in (
        (FORCE, first.base, first.base_without),
        (RESPONSE, first.response, first.response_without),
    ):
        yield _Part(quantity, "all", whole, without)
        for name, own in _masks(projection):
            yield _Part(quantity, name, whole * own, without * own)
    names = shell_names(projection.settings.radii_nm)
    for s, (name, weight) in enumerate(zip(names, first.weights, strict=True)):
        yield _Part(RESPONSE, name, first.shells[s], first.shells_without[:, s], float(weight))
    measured, replicates = (c @ projection.directions.T for c in (second.measured, second.measured_without))
    yield _Part(SECOND, "all", measured, replicates, second.weight)


def _fit(projection: SplineProjection, quantity: str) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients without each block, and the target in that block, shape (block, F) each."""
    first, moments = projection.first, projection.moments
    if quantity == FORCE:
        return first.base_without, moments.vector[:, 0] / moments.count[:, None]
    products = moments.residual_moments(moments.cross_fitted(projection.penalties.base)).sum(axis=1)
    return first.response_without, products / (KB * first.temperature**2)


def shell_names(radii_nm: tuple[float, ...]) -> list[str]:
    """Names of the shells in words: the bead itself, each distance, and what is farther."""
    if not radii_nm:
        return ["own energy", "energy of all others"]
    edges = ["0", *(f"{radius:g}" for radius in radii_nm)]
    between = [f"energy at {a} to {b} nm" for a, b in zip(edges[:-1], edges[1:], strict=True)]
    return ["own energy", *between, f"energy beyond {edges[-1]} nm"]


def _masks(projection: SplineProjection) -> Iterator[tuple[str, np.ndarray]]:
    """Name of each kind of functions, and 1 where a coefficient is of it, 0 elsewhere, shape (F,)."""
    size = len(projection.first.base)
    names = kind_names(projection.species)
    for name, own in zip(names, kinds(projection.settings.spline, projection.species), strict=True):
        mask = np.zeros(size)
        mask[own] = 1.0
        yield name, mask


def kind_names(species: Species | None) -> list[str]:
    """Names of the kinds of functions, in the order of ``mixture_basis.blocks``."""
    if species is None:
        return ["pairs", "triplets"]
    around = [
        f"triplets {species.names[a]}, {species.names[b]} around {centre}"
        for centre in species.names
        for a, b in combinations_with_replacement(range(len(species.names)), 2)
    ]
    return [*(f"pairs {pair}" for pair in species.pair_names), *around]
