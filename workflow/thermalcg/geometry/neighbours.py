"""Pairs of beads for networks."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree


class PairList:
    """Directed pairs within the cutoff of several periodic boxes (scipy's k-d tree).

    With a skin, the candidates are kept until a bead has moved half of it; the pairs
    handed out are always those within the cutoff, with the present image shifts.
    """

    def __init__(self, box: float, cutoff: float, skin: float = 0.0) -> None:
        self.box, self.cutoff = box, cutoff
        # the tree's nearest image is the only one within half the box
        self.skin = min(skin, max(0.0, 0.499 * box - cutoff))
        self._reference: np.ndarray | None = None

    def __call__(self, wrapped: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pairs of (B, N, 3) positions: indices into the flattened beads, and image shifts."""
        if not np.isfinite(wrapped).all():
            raise FloatingPointError("positions are not finite")
        if self._reference is None or self._reference.shape != wrapped.shape or self._moved(wrapped):
            self._reference, candidates = wrapped.copy(), []
            for b, position in enumerate(wrapped):
                position = np.where(position >= self.box, 0.0, position)
                tree = cKDTree(position, boxsize=self.box)
                candidates.append(
                    tree.query_pairs(self.cutoff + self.skin, output_type="ndarray") + b * len(position)
                )
            half = np.concatenate(candidates)
            self._first = np.concatenate([half[:, 0], half[:, 1]]).astype(np.int64)
            self._second = np.concatenate([half[:, 1], half[:, 0]]).astype(np.int64)
        flat = wrapped.reshape(-1, 3)
        vector = flat[self._second] - flat[self._first]
        shift = -self.box * np.rint(vector / self.box)
        near = ((vector + shift) ** 2).sum(axis=1) < self.cutoff**2
        return self._first[near], self._second[near], shift[near]

    def _moved(self, wrapped: np.ndarray) -> bool:
        step = wrapped - self._reference
        step -= self.box * np.rint(step / self.box)
        return bool((step**2).sum(axis=-1).max() > (self.skin / 2) ** 2)
