"""Two- plus three-body splines as an architecture."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import checked_box, checked_positions
from thermalcg.geometry.neighbours import NeighbourList, NeighbourSearch, closest_pair, overlap
from thermalcg.models.architecture import Architecture, ForceField, PairCurve
from thermalcg.models.species import Species
from thermalcg.models.training_data import TrainingSet
from thermalcg.storage.checkpoints import Checkpoints

from .basis import Ranges, SplineSettings, kernel_coefficients, symmetric_triplets
from .fit import build_equations, functions_at, resampled, ridges_of, solve
from .kernels import bead_energies, energy_force
from .mixture_basis import function_count, mixture_coefficients
from .mixture_kernels import basis_rows
from .mixture_kernels import energy_force as mixture_energy_force
from .tables import Tables, tables_of
from .virial import virial

#: Candidate pairs reach this much further than the pair term, nm.
SKIN_NM = 0.08


class Spline(Architecture):
    """Coefficients of shape (K, F) on the functions of ``basis``, or of ``mixture_basis``."""

    name = "spline"
    settings_type = SplineSettings

    def __init__(
        self, coefficients: np.ndarray, settings: SplineSettings, species: Species | None = None
    ) -> None:
        self.coefficients = np.atleast_2d(coefficients)
        self.settings, self.species = settings, species

    @classmethod
    def fit(
        cls,
        data: TrainingSet,
        settings: SplineSettings,
        *,
        seed: int,
        members: int,
        device: str = "cpu",
        checkpoints: Checkpoints | None = None,
    ) -> tuple[list[Architecture], list[dict[str, Any]]]:
        """Member 0 uses all data once; the others are bootstrap resamples of the independent pieces."""
        equations, sources = build_equations(data, settings), data.sources
        ridges = ridges_of(equations, data.n_pieces, settings)
        fitted, records = [], []
        for member in range(members):
            multiplicity = resampled(sources, seed, member) if member else np.ones(data.n_pieces)
            fitted.append(cls(solve(equations, multiplicity, ridges), settings, data.species))
            records.append({"ridge": ridges.tolist(), "resampled": bool(member)})
        return fitted, records

    @classmethod
    def cross_fit(cls, data: TrainingSet, settings: SplineSettings, fold: np.ndarray) -> list[Spline]:
        """One fit for each fold, from the data of all other folds.

        Args:
            data: one set of configurations with one target of weights (1,).
            fold: of each configuration, 0 ... n - 1, shape (n,); the same for all of one piece.
        """
        equations = build_equations(data, settings)
        ridges = ridges_of(equations, data.n_pieces, settings)
        _, first = np.unique(data.pieces(0), return_index=True)
        of_piece = fold[first]
        return [
            cls(solve(equations, (of_piece != k).astype(float), ridges), settings, data.species)
            for k in range(fold.max() + 1)
        ]

    @property
    def cutoff(self) -> float:
        return self.settings.pair_cutoff_nm

    def tensors(self) -> dict[str, np.ndarray]:
        return {"coefficients": self.coefficients}

    @classmethod
    def from_tensors(
        cls,
        tensors: dict[str, np.ndarray],
        settings: SplineSettings,
        n_components: int,
        species: Species | None = None,
    ) -> Spline:
        expected = n_components, function_count(settings, species)
        shape = tensors["coefficients"].shape
        if shape != expected:
            raise ValueError(f"coefficients have shape {shape}; the settings ask for {expected}")
        return cls(tensors["coefficients"], settings, species)

    def of_species(self, species: Species) -> Spline:
        return Spline(self.coefficients, self.settings, species)

    def force_field(self, weights: np.ndarray, box: ArrayLike, device: str = "cpu") -> ForceField:
        edges, ranges = checked_box(box, self.cutoff), self.settings.ranges
        if self.species is not None:
            kernel = _MixtureField(self, np.asarray(weights) @ self.coefficients, edges)
            return lambda positions: kernel(positions)[:2]
        coefficients = kernel_coefficients(np.asarray(weights) @ self.coefficients, self.settings)
        listed = NeighbourList(edges, self.cutoff, SKIN_NM)
        crowd = NeighbourSearch(edges, ranges.r_cut3)

        def evaluate(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            positions = np.ascontiguousarray(positions, float)
            energy, force = np.empty(len(positions)), np.empty(positions.shape)
            room = _usual_neighbours(positions.shape[1], edges, ranges.r_cut3)
            for b, (first, second) in enumerate(listed.for_loops(positions)):
                position = positions[b], edges, first, second
                energy[b] = energy_force(*position, coefficients, ranges, room, force[b])
                if np.isnan(energy[b]) and (most := _most_neighbours(positions[b], crowd, ranges)) > room:
                    room = most
                    energy[b] = energy_force(*position, coefficients, ranges, room, force[b])
            return energy, force

        return evaluate

    def tables(self, weights: np.ndarray, repulsion: PairCurve, onset: float) -> Tables | None:
        """As in ``Architecture``; None for mixtures, whose runs OpenMM moves."""
        if self.species is not None:
            return None
        return tables_of(np.asarray(weights) @ self.coefficients, self.settings, repulsion, onset)

    def virial(self, weights: np.ndarray, box: ArrayLike, positions: np.ndarray) -> np.ndarray:
        edges, flat = checked_box(box, self.cutoff), np.asarray(weights) @ self.coefficients
        if self.species is not None:
            return _MixtureField(self, flat, edges)(positions)[2]
        pair = np.ascontiguousarray(flat[: self.settings.pair_functions])
        triplet = symmetric_triplets(flat, self.settings)
        positions = np.ascontiguousarray(positions, float)
        return np.stack([virial(x, edges, pair, triplet, self.settings.ranges) for x in positions])


class _MixtureField:
    """Energies (B,), forces (B, N, 3) and virials (B, 3, 3) of a mixture at positions (B, N, 3)."""

    def __init__(self, spline: Spline, flat: np.ndarray, edges: np.ndarray) -> None:
        self.species, self.edges, self.ranges = spline.species, edges, spline.settings.ranges
        self.coefficients = mixture_coefficients(flat, spline.settings, spline.species)
        self.listed = NeighbourList(edges, spline.cutoff, SKIN_NM)
        self.crowd = NeighbourSearch(edges, self.ranges.r_cut3)

    def __call__(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        positions = np.ascontiguousarray(positions, float)
        self.species.check(positions)
        energy, force = np.empty(len(positions)), np.empty(positions.shape)
        virials, beads = np.empty((len(positions), 3, 3)), (self.species.codes, self.species.pair_index)
        room = _usual_neighbours(positions.shape[1], self.edges, self.ranges.r_cut3)
        for b, candidates in enumerate(self.listed.for_loops(positions)):
            field = positions[b], self.edges, candidates, beads, self.coefficients, self.ranges
            energy[b] = mixture_energy_force(*field, room, (force[b], virials[b]))
            if np.isnan(energy[b]):
                room = max(room, _most_neighbours(positions[b], self.crowd, self.ranges))
                energy[b] = mixture_energy_force(*field, room, (force[b], virials[b]))
        return energy, force, virials


def _usual_neighbours(n_beads: int, edges: np.ndarray, cutoff: float) -> int:
    """More neighbours than a bead has in a liquid that fills its box; in a droplet it may have more yet."""
    mean = (n_beads / math.prod(edges)) * 4 / 3 * np.pi * cutoff**3
    return min(n_beads, math.ceil(2 * mean) + 32)


def _most_neighbours(position: np.ndarray, search: NeighbourSearch, ranges: Ranges) -> int:
    """Neighbours of the bead that has most of them.

    It is 0 where positions are not finite, or beads so far below the range of the data that they have fallen
    together: no force could be used there.
    """
    if not np.isfinite(position).all() or closest_pair(position, search.edges)[2] < 0.5 * ranges.r_min:
        return 0
    return int(np.bincount(np.concatenate(search(position)), minlength=1).max())


def bead_features(
    positions: ArrayLike, box: ArrayLike, settings: SplineSettings, species: Species | None = None
) -> np.ndarray:
    """Energies of all basis functions at each bead, shape (n, N, F).

    Args:
        positions: nm, shape (n, N, 3), or one configuration (N, 3) for energies of shape (N, F).
        box: edge or edges of the periodic box, nm.
        species: of the beads, where there are several.

    Raises:
        InputError: positions of another shape or number of beads, or a box below twice the cutoff.
        OverlapError: two beads on one spot.
    """

    def of_one(position: np.ndarray, edges: np.ndarray) -> np.ndarray:
        if species is None:
            return bead_energies(position, edges, settings.ranges)
        return basis_rows(position, (species.codes, species.pair_index), edges, settings.ranges)[0]

    return _of_functions(of_one, positions, box, settings, species)


def force_rows(
    positions: ArrayLike, box: ArrayLike, settings: SplineSettings, species: Species | None = None
) -> np.ndarray:
    """Forces of all basis functions, shape (n, N, 3, F): times coefficients (F,), the forces of a spline.

    Args:
        positions: nm, shape (n, N, 3), or one configuration (N, 3) for rows of shape (N, 3, F).
        box, species: as of ``bead_features``.

    Raises:
        InputError: positions of another shape or number of beads, or a box below twice the cutoff.
        OverlapError: two beads on one spot.
    """
    return _of_functions(
        lambda position, edges: functions_at(position, edges, settings, species)[1],
        positions, box, settings, species,
    )  # fmt: skip


def _of_functions(
    of_one: Callable[[np.ndarray, np.ndarray], np.ndarray],
    positions: ArrayLike,
    box: ArrayLike,
    settings: SplineSettings,
    species: Species | None,
) -> np.ndarray:
    """A function of position (N, 3) and edges (3,) of one configuration or of several, after checks."""
    given, edges = checked_positions(positions), checked_box(box, settings.pair_cutoff_nm)
    if species is not None:
        species.check(given.values)
    found: np.ndarray | None = None
    for index, position in enumerate(given.values):
        try:
            one = of_one(np.ascontiguousarray(position), edges)
        except ZeroDivisionError:
            raise overlap(position, edges, index) from None
        if found is None:  # filled in place: the rows of many frames are large
            found = np.empty((len(given.values), *one.shape))
        found[index] = one
    return found[0] if given.single else found
