"""What a model is fitted to: forces or energies that a combination of its components should have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermalcg.models.expansion import Expansion


@dataclass(frozen=True)
class Target:
    """Training data of one kind.

    Attributes:
        kind: ``force`` or ``energy``.
        weights: combination of components, shape (K,).
        position: nm, shape (n, N, 3).
        value: forces (n, N, 3), or energies (n,) known up to a common constant.
        scale: root mean square of ``value`` (centred for energies); residuals are divided by it.
        frame: the independent piece that each configuration belongs to (a labelled frame, or a block
            of a trajectory); resampling and validation keep a piece together, shape (n,).
        size: expected root mean square without noise; ``scale`` if None.
    """

    kind: str
    weights: np.ndarray
    position: np.ndarray
    value: np.ndarray
    scale: float
    frame: np.ndarray
    size: float | None = None


@dataclass(frozen=True)
class TrainingSet:
    """Targets of one model, the prior already taken off."""

    targets: list[Target]
    expansion: Expansion
    box: float

    @property
    def frames(self) -> np.ndarray:
        """Identities of all independent pieces, sorted."""
        return np.unique(np.concatenate([t.frame for t in self.targets]))
