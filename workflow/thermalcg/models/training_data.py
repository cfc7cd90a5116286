"""What a model is fitted to: forces or energies that a combination of its components should have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .expansion import Expansion
from .species import Species


@dataclass(frozen=True, order=True)
class Source:
    """Where configurations come from: a trajectory, or frames of it whose sites were held fixed.

    Attributes:
        temperature: K.
        labelled: whether they are frames with labels from sampling at fixed sites.
    """

    temperature: float
    labelled: bool = False

    @property
    def seed_label(self) -> int:
        """Names the random draws that concern this source alone; independent of what else is trained on."""
        # thousandths of a kelvin came later, and leave the labels of whole hundredths as they were
        hundredths, thousandths = divmod(round(self.temperature * 1000), 10)
        return (hundredths * 2 + self.labelled) * 1_000_000 + thousandths * 100_000


@dataclass(frozen=True)
class Configurations:
    """Configurations that one or several targets are about.

    Attributes:
        source: sets of one source share its pieces.
        position: nm, shape (n, N, 3).
        piece: the independent piece of its source that each configuration belongs to (a labelled frame, or
            a block of a trajectory), shape (n,), numbers 0, 1, ...; resampling and validation keep a piece
            together.
    """

    source: Source
    position: np.ndarray
    piece: np.ndarray


@dataclass(frozen=True)
class Target:
    """Training data of one kind.

    Attributes:
        kind: ``force`` or ``energy``.
        weights: combination of components, shape (K,).
        at: index of its configurations in the training set.
        value: forces (n, N, 3), or energies (n,) known up to a common constant.
        scale: root mean square of ``value`` (centred for energies); residuals are divided by it.
        size: expected root mean square without noise; ``scale`` if None.
    """

    kind: str
    weights: np.ndarray
    at: int
    value: np.ndarray
    scale: float
    size: float | None = None


@dataclass(frozen=True)
class TrainingSet:
    """Configurations and the targets of one model at them, the prior already taken off.

    Pieces are numbered through all sources, in the order of these.

    Attributes:
        box: edge of the periodic box, or its three edges, nm.
        species: of the beads, where there are several.
    """

    configurations: list[Configurations]
    targets: list[Target]
    expansion: Expansion
    box: float | np.ndarray
    species: Species | None = None

    @property
    def sources(self) -> dict[Source, np.ndarray]:
        """The pieces of each source, in the order of the sources."""
        numbered, start = {}, 0
        for source in sorted({c.source for c in self.configurations}):
            n = len(self._present(source))
            numbered[source] = np.arange(start, start + n)
            start += n
        return numbered

    @property
    def n_pieces(self) -> int:
        return sum(len(pieces) for pieces in self.sources.values())

    def pieces(self, at: int) -> np.ndarray:
        """The piece of each of the configurations with this index, shape (n,)."""
        own = self.configurations[at]
        return self.sources[own.source][np.searchsorted(self._present(own.source), own.piece)]

    def _present(self, source: Source) -> np.ndarray:
        return np.unique(np.concatenate([c.piece for c in self.configurations if c.source == source]))
