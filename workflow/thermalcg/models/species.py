"""Which species every bead is of, and what that means for functions of pairs and triplets.

A potential of a mixture is bound to the beads that it was trained on: every bead has a species, and a
configuration holds the beads in that order.  ``Species.like`` names the beads of another system.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import xarray as xr

from thermalcg.geometry.inputs import InputError
from thermalcg.storage.datasets import variable


@dataclass(frozen=True, eq=False)
class Species:
    """The beads of a system with several species.

    Attributes:
        names: of the species, two or more.
        codes: place of every bead's species in the names, shape (N,).
    """

    names: tuple[str, ...]
    codes: np.ndarray

    def __post_init__(self) -> None:
        """Refuse fewer than two names, equal ones, or codes that are none of theirs (``InputError``)."""
        names, codes = tuple(map(str, self.names)), np.asarray(self.codes)
        if len(names) < 2 or len(set(names)) < len(names):
            raise InputError(f"species are {list(names)}; allowed: two or more different names")
        whole = codes.ndim == 1 and codes.size > 0 and codes.dtype.kind in "iu"
        if not whole or codes.min() < 0 or codes.max() >= len(names):
            raise InputError(
                f"species of the beads are given by {codes.dtype} of shape {codes.shape}; allowed: one whole "
                f"number for each bead, from 0 to {len(names) - 1}"
            )
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "codes", np.ascontiguousarray(codes, np.int64))

    @classmethod
    def of(cls, run: xr.Dataset) -> Species | None:
        """The species of the beads in a dataset, such as ``mapped/{T}.nc``; None where all are alike."""
        if "species" not in run:
            return None
        return cls(tuple(json.loads(run.attrs["species_names"])), run["species"].values)

    def recorded(self, data: xr.Dataset) -> xr.Dataset:
        """The same dataset with the species of its beads, as ``of`` reads them."""
        codes = variable(("bead",), self.codes.astype(np.int32), "1")
        return data.assign(species=codes).assign_attrs(species_names=json.dumps(self.names))

    @classmethod
    def from_metadata(cls, held: dict[str, Any] | None) -> Species | None:
        """The inverse of ``metadata``; None of None."""
        return None if held is None else cls(tuple(held["names"]), np.array(held["codes"], np.int64))

    def metadata(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {"names": list(self.names), "codes": self.codes.tolist()}

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Both species of each pair, in the order of all arrays over pairs."""
        return list(combinations_with_replacement(range(len(self.names)), 2))

    @property
    def pair_names(self) -> list[str]:
        """Names of the pairs, such as ``A-B``."""
        return [f"{self.names[a]}-{self.names[b]}" for a, b in self.pairs]

    @property
    def pair_index(self) -> np.ndarray:
        """Number of the pair of two species, symmetric, shape (S, S)."""
        index = np.empty((len(self.names),) * 2, np.int64)
        for number, (a, b) in enumerate(self.pairs):
            index[a, b] = index[b, a] = number
        return index

    def like(self, beads: Sequence[str]) -> Species:
        """These species, for other beads.

        Args:
            beads: name of the species of every bead.

        Raises:
            InputError: a name that is not among these.
        """
        place = {name: code for code, name in enumerate(self.names)}
        if unknown := sorted({str(name) for name in beads} - set(place)):
            raise InputError(f"species of beads are {unknown}; allowed: {', '.join(self.names)}")
        return Species(self.names, np.array([place[str(name)] for name in beads], np.int64))

    def same(self, other: Species | None) -> bool:
        """Whether the other one has these names and these beads."""
        return other is not None and self.names == other.names and np.array_equal(self.codes, other.codes)

    def check(self, positions: np.ndarray) -> None:
        """Refuse positions (..., N, 3) of another number of beads (``InputError``)."""
        if positions.shape[-2] != len(self.codes):
            raise InputError(
                f"positions are of {positions.shape[-2]} beads, and the potential is bound to "
                f"{len(self.codes)} beads with their species; for other beads, see of_species"
            )


def common_species(runs: Sequence[xr.Dataset]) -> Species | None:
    """The species of several trajectories, which have to have the same beads in the same order.

    Raises:
        InputError: they differ.
    """
    first, *others = [Species.of(run) for run in runs]
    for other in others:
        if not (other is None if first is None else first.same(other)):
            raise InputError(
                "trajectories have beads of different species, or in different orders; "
                "allowed: the same beads at all temperatures"
            )
    return first
