"""The prior of a mixture: a repulsion for each pair of species."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import checked_box, checked_positions
from thermalcg.geometry.neighbours import NeighbourList, NeighbourSearch, refuse_overlap
from thermalcg.geometry.periodic import minimum_image, nearest
from thermalcg.storage.files import atomic_path

from .architecture import ForceField
from .prior import NO_PRIOR, SKIN_NM, Prior, _phi, fit_prior
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
        edges = checked_box(box, self.onset_nm)
        listed = NeighbourList(edges, self.onset_nm, SKIN_NM)
        beads = self.species.codes, self.species.pair_index
        curves = tuple(
            np.array([getattr(prior, name) for prior in self.priors])
            for name in ("amplitude", "exponent", "onset_nm")
        )

        def evaluate(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            positions = np.ascontiguousarray(positions, float)
            self.species.check(positions)
            energy, force = np.empty(len(positions)), np.zeros(positions.shape)
            for b, candidates in enumerate(listed.for_loops(positions)):
                energy[b] = _energy_force(positions[b], edges, candidates, beads, curves, force[b])
            return energy, force

        return evaluate

    def virial(self, positions: np.ndarray, box: ArrayLike) -> np.ndarray:
        """As ``Prior.virial``."""
        search, total, codes = NeighbourSearch(box, self.onset_nm), [], self.species.codes
        self.species.check(np.asarray(positions))
        for position in positions:
            first, second = search(position)
            arm = minimum_image(position[second] - position[first], search.edges)
            r = np.linalg.norm(arm, axis=1)
            kind, slope = self.species.pair_index[codes[first], codes[second]], np.zeros(len(r))
            for number, prior in enumerate(self.priors):
                slope[kind == number] = prior.slope(r[kind == number])
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
    """A prior for each pair of species, by the rule of ``fit_prior``; none for a pair that no beads make.

    Args:
        r, temperature, threshold, exponent: as of ``fit_prior``.
        g: radial distribution function of each pair, shape (pair, bin).
        species: of the beads.

    Raises:
        InputError: a temperature that is not positive.
        ValueError: as ``fit_prior``; the message names the pair.
    """
    priors = []
    for (one, other), name, own in zip(species.pairs, species.pair_names, g, strict=True):
        if one == other and np.count_nonzero(species.codes == one) < 2:
            priors.append(NO_PRIOR)
            continue
        try:
            priors.append(fit_prior(r, own, temperature, threshold, exponent))
        except ValueError as error:
            raise ValueError(f"pair {name}: {error}") from error
    return PairPriors(species, tuple(priors))


@njit(cache=True)
def _energy_force(position, edges, candidates, beads, curves, force):
    """As ``prior._energy_force``, the curve that of the pair of species."""
    (first, second), (codes, pair_index), (amplitude, exponent, onset) = candidates, beads, curves
    n, energy, d, reach = position.shape[0], 0.0, np.empty(3), onset.max()
    listed = len(first) > 0
    n_candidates = len(first) if listed else n * (n - 1) // 2
    i, j = 0, 0
    for candidate in range(n_candidates):
        if listed:
            i, j = first[candidate], second[candidate]
        else:
            j += 1
            if j == n:
                i += 1
                j = i + 1
        r2 = 0.0
        for a in range(3):
            d[a] = nearest(position[j, a] - position[i, a], edges[a])
            r2 += d[a] * d[a]
        if r2 >= reach * reach:
            continue
        if r2 == 0.0:
            force[:] = np.nan
            return np.inf
        r, kind = np.sqrt(r2), pair_index[codes[i], codes[j]]
        value, slope = _phi(r, amplitude[kind], exponent[kind], onset[kind])
        energy += value
        for a in range(3):
            force[i, a] += slope * d[a] / r
            force[j, a] -= slope * d[a] / r
    return energy
