"""Moments of a linear force model, with energies as weights, over blocks of samples.

The model is linear in its coefficients.  With phi the row of basis forces that belongs to one component f of
an instantaneous force, and w_1 ... w_S energies that go with it, everything that the response of the
projected force field needs is in the sums

    sum w phi^T phi,   sum w phi^T f,   sum w,      w in {1, w_1, ..., w_S}.

They are kept for each block (an independent piece of a trajectory), so that a fit to all but some blocks, and
with it cross-fitting and the jackknife, is a small linear system.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Samples(NamedTuple):
    """Components of instantaneous forces that belong to one block.

    Attributes:
        block: its number.
        rows: forces of the basis functions, shape (n, F).
        force: kJ/mol/nm, shape (n,).
        weights: energies, kJ/mol, shape (n, S).
    """

    block: int
    rows: np.ndarray
    force: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Moments:
    """Sums over the components of the forces of each block; index 0 of a weight is the weight 1.

    Attributes:
        count: number of components, shape (block,).
        gram: shape (block, 1 + S, F, F).
        vector: kJ/mol/nm, times kJ/mol but for the first weight, shape (block, 1 + S, F).
        weight: shape (block, 1 + S).
    """

    count: np.ndarray
    gram: np.ndarray
    vector: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, samples: Iterable[Samples], n_blocks: int) -> Moments:
        """One pass over samples; memory does not grow with their number.

        Raises:
            ValueError: no samples at all, or a block without any.
        """
        sums: cls | None = None
        for block, rows, force, weights in samples:
            if sums is None:
                sums = cls._empty(n_blocks, 1 + weights.shape[1], rows.shape[1])
            sums.count[block] += len(rows)
            for s in range(1 + weights.shape[1]):
                weighted = rows if s == 0 else rows * weights[:, s - 1, None]
                sums.gram[block, s] += rows.T @ weighted
                sums.vector[block, s] += force @ weighted
                sums.weight[block, s] += len(rows) if s == 0 else weights[:, s - 1].sum()
        if sums is None or not sums.count.all():
            raise ValueError(
                f"samples fill {0 if sums is None else int((sums.count > 0).sum())} of {n_blocks} blocks"
            )
        return sums

    @classmethod
    def _empty(cls, n_blocks: int, n_weights: int, size: int) -> Moments:
        return cls(
            np.zeros(n_blocks),
            np.zeros((n_blocks, n_weights, size, size)),
            np.zeros((n_blocks, n_weights, size)),
            np.zeros((n_blocks, n_weights)),
        )

    @property
    def n_blocks(self) -> int:
        return len(self.count)

    def kept(self, blocks: np.ndarray) -> Moments:
        """The moments of some of the blocks."""
        return Moments(self.count[blocks], self.gram[blocks], self.vector[blocks], self.weight[blocks])

    def resampled(self, multiplicity: np.ndarray) -> Moments:
        """The moments with each block so many times, as in a bootstrap; blocks that are not drawn are left
        out.

        All copies of a block are one block still, so that cross-fitting does not fit one to the other.
        """
        drawn = np.flatnonzero(multiplicity)
        m = np.asarray(multiplicity, float)[drawn]
        some = self.kept(drawn)
        return Moments(
            some.count * m,
            some.gram * m[:, None, None, None],
            some.vector * m[:, None, None],
            some.weight * m[:, None],
        )

    def mean_gram(self) -> np.ndarray:
        """G = E[phi^T phi], shape (F, F)."""
        return self.gram[:, 0].sum(axis=0) / self.count.sum()

    def coefficients(self, penalty: np.ndarray) -> np.ndarray:
        """theta_0 = (G + R)^-1 E[phi^T f], the force field, kJ/mol/nm per unit of a row, shape (F,)."""
        return np.linalg.solve(self.mean_gram() + penalty, self.vector[:, 0].sum(axis=0) / self.count.sum())

    def cross_fitted(self, penalty: np.ndarray) -> np.ndarray:
        """theta_0 for each block from all other blocks, shape (block, F).

        Raises:
            ValueError: a single block.
        """
        if self.n_blocks < 2:
            raise ValueError("one block cannot be cross-fitted; allowed: 2 or more")
        gram, vector, count = self.gram[:, 0], self.vector[:, 0], self.count
        rest = (count.sum() - count)[:, None]
        matrices = (gram.sum(axis=0) - gram) / rest[..., None] + penalty
        return np.linalg.solve(matrices, ((vector.sum(axis=0) - vector) / rest)[..., None])[..., 0]

    @property
    def mean_weights(self) -> np.ndarray:
        """<w_s>, kJ/mol, shape (S,)."""
        return self.weight[:, 1:].sum(axis=0) / self.count.sum()

    def residual_moments(self, theta: np.ndarray) -> np.ndarray:
        """E[phi^T (f - phi theta) (w_s - <w_s>)] of each block, shape (block, S, F).

        Args:
            theta: coefficients for each block, shape (block, F).
        """
        product = self.vector - np.matmul(self.gram, theta[:, None, :, None])[..., 0]
        centred = product[:, 1:] - self.mean_weights[:, None] * product[:, :1]
        return centred / self.count[:, None, None]

    def mean_residual_moments(self, theta: np.ndarray) -> np.ndarray:
        """The same, mean over all components, shape (S, F)."""
        return np.tensordot(self.count / self.count.sum(), self.residual_moments(theta), axes=1)
