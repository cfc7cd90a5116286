"""The prior of a mixture: a repulsion for each pair of species."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import checked_box, checked_positions
from thermalcg.geometry.neighbours import NeighbourSearch, refuse_overlap
from thermalcg.geometry.periodic import minimum_image
from thermalcg.storage.files import atomic_path

from .architecture import ForceField
from .prior import Prior, fit_prior
from .species import Species


@dataclass(frozen=True)
class PairPriors:
    """A ``Prior`` for each pair of species; its methods are those of ``Prior``.

    Attributes:
        species: of the beads.
        priors: in the order of ``species.pairs``.
    """

    species: Species
    priors: tuple[Prior, ...]

    def __post_init__(self) -> None:
        if len(self.priors) != len(self.species.pairs):
            raise ValueError(
                f"{len(self.priors)} priors for the pairs {self.species.pair_names}; allowed: one for each"
            )

    @property
    def onset_nm(self) -> float:
        """Where the repulsion of the largest pair begins, nm."""
        return max(prior.onset_nm for prior in self.priors)

    def energy_force(self, positions: ArrayLike, box: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """As ``Prior.energy_force``.

        Raises:
            InputError: as ``Prior.energy_force``, and for another number of beads than the species have.
            OverlapError: two beads on one spot.
        """
        given = checked_positions(positions)
        energy, force = self.force_field(box)(given.values)
        refuse_overlap(given.values, box, energy)
        return (energy[0], force[0]) if given.single else (energy, force)

    def force_field(self, box: ArrayLike) -> ForceField:
        """As ``Prior.force_field``."""
        search = NeighbourSearch(checked_box(box, self.onset_nm), self.onset_nm)

        def evaluate(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            self.species.check(positions)
            energy, force = np.zeros(len(positions)), np.zeros(np.shape(positions))
            for b, position in enumerate(np.asarray(positions, float)):
                if not np.isfinite(position).all():
                    energy[b], force[b] = np.nan, np.nan
                    continue
                first, second, arm, r = _near(search, position)
                if not r.all():
                    energy[b], force[b] = np.inf, np.nan
                    continue
                value, slope = self._curve(first, second, r)
                pull = (slope / r)[:, None] * arm
                energy[b] = value.sum()
                np.add.at(force[b], first, pull)
                np.subtract.at(force[b], second, pull)
            return energy, force

        return evaluate

    def virial(self, positions: np.ndarray, box: ArrayLike) -> np.ndarray:
        """As ``Prior.virial``."""
        search, total = NeighbourSearch(box, self.onset_nm), []
        self.species.check(np.asarray(positions))
        for position in positions:
            first, second, arm, r = _near(search, position)
            slope = self._curve(first, second, r)[1]
            total.append(-np.einsum("p,pa,pb->ab", slope / r, arm, arm))
        return np.stack(total)

    def of_species(self, species: Species) -> PairPriors:
        """The same prior for other beads (``Species.like``)."""
        return replace(self, species=species)

    def metadata(self) -> dict[str, Any]:
        named = zip(self.species.pair_names, self.priors, strict=True)
        return {
            "pairs": {name: prior.metadata() for name, prior in named},
            "species": self.species.metadata(),
        }

    def write(self, path: str | Path, temperature: float) -> None:
        """As ``Prior.write``."""
        held = self.metadata() | {"temperature_K": temperature}
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps(held, indent=1) + "\n")

    def _curve(self, first: np.ndarray, second: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Energy and slope of pairs of beads at distances r, shape (P,) each."""
        codes = self.species.codes
        kind = self.species.pair_index[codes[first], codes[second]]
        energy, slope = np.zeros(len(r)), np.zeros(len(r))
        for number, prior in enumerate(self.priors):
            own = kind == number
            energy[own], slope[own] = prior.curve(r[own])
        return energy, slope


def _near(
    search: NeighbourSearch, position: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pairs in reach: both beads (P,), the vector from one to the other (P, 3), and its length (P,)."""
    first, second = search(position)
    arm = minimum_image(position[second] - position[first], search.edges)
    return first, second, arm, np.linalg.norm(arm, axis=1)


def prior_of(held: dict[str, Any]) -> Prior | PairPriors:
    """A prior of what ``metadata`` of either kind gave, further entries left aside.

    Raises:
        KeyError, TypeError, ValueError: values that are no prior.
    """
    if "pairs" not in held:
        return Prior(**{field.name: held[field.name] for field in fields(Prior)})
    species = Species.from_metadata(held["species"])
    if species is None:
        raise ValueError("pairs of species, but no species")
    return PairPriors(species, tuple(Prior(**held["pairs"][name]) for name in species.pair_names))


def fit_pair_priors(
    r: np.ndarray, g: np.ndarray, temperature: float, threshold: float, exponent: int, species: Species
) -> PairPriors:
    """A prior for each pair of species, by the rule of ``fit_prior``.

    Args:
        r, temperature, threshold, exponent: as of ``fit_prior``.
        g: radial distribution function of each pair, shape (pair, bin).
        species: of the beads.

    Raises:
        InputError: a temperature that is not positive.
        ValueError: as ``fit_prior``; the message names the pair.
    """
    priors = []
    for name, own in zip(species.pair_names, g, strict=True):
        try:
            priors.append(fit_prior(r, own, temperature, threshold, exponent))
        except ValueError as error:
            raise ValueError(f"pair {name}: {error}") from error
    return PairPriors(species, tuple(priors))
