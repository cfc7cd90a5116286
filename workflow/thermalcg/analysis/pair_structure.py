"""Radial distribution functions, and structure of each pair of species."""

from __future__ import annotations

import mdtraj as md
import numpy as np
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import InputError, checked_box, checked_positions
from thermalcg.geometry.neighbours import NeighbourSearch
from thermalcg.geometry.periodic import wrap
from thermalcg.models.species import Species

#: Most pair distances held in memory at once.
_CHUNK_DISTANCES = 10_000_000


def pair_curves(
    position: np.ndarray, box: ArrayLike, edges: np.ndarray, shell: float, species: Species
) -> dict[str, tuple[tuple[str, ...], list, str]]:
    """Structure of each pair of species and run, as dimensions, values and unit of variables.

    Args:
        position: nm, shape (run, time, bead, 3).
        box: edge of a cubic box, or three edges, nm.
        edges: of the bins of g(r), nm, shape (bin + 1,).
        shell: radius of the first shell, nm.
        species: of the beads.

    Raises:
        InputError: positions of another number of beads; as ``radial_distribution``.
    """
    species.check(position)
    rdf = [[pair_distribution(run, box, edges, species, *p) for p in species.pairs] for run in position]
    around = [pair_coordination(run, box, shell, species) for run in position]
    return {
        "pair_rdf": (("run", "pair", "r"), rdf, "1"),
        "pair_coordination": (("run", "centre", "neighbour"), around, "1"),
    }


def radial_distribution(
    position: np.ndarray, box: ArrayLike, edges: np.ndarray, pairs: np.ndarray | None = None
) -> np.ndarray:
    """The radial distribution function g(r), by ``mdtraj.compute_rdf``.

    Normalised by the density of the pairs, N (N - 1) / (2 V), so that it is 1 for an ideal gas of
    any N, and the coordination number is (N - 1) / V times the integral of 4 pi r^2 g(r).

    Args:
        position: nm, shape (time, bead, 3).
        box: edge of a cubic box, or three edges, nm.
        edges: equal bins, nm, shape (bin + 1,), up to half the shortest edge of the box.
        pairs: of beads, each once, shape (P, 2); all by default.

    Returns:
        Shape (bin,).

    Raises:
        InputError: positions of another shape or not finite; a tilted box; bins that reach further than
            half the box.
    """
    position, box = checked_positions(position).values, checked_box(box)
    check_range("rdf_max_nm", edges[-1], box)
    frames, beads = position.shape[:2]
    pairs = np.stack(np.triu_indices(beads, k=1), axis=1) if pairs is None else pairs
    chunk = max(1, _CHUNK_DISTANCES // len(pairs))
    total = np.zeros(edges.size - 1)
    for start in range(0, frames, chunk):
        trajectory = mdtraj_trajectory(position[start : start + chunk], box)
        # the number of bins, since mdtraj truncates the quotient of range and width: 0.4 / 0.005 gives 79
        _, g = md.compute_rdf(trajectory, pairs, r_range=edges[[0, -1]], n_bins=edges.size - 1, periodic=True)
        total += trajectory.n_frames * g
    return total / frames


def mdtraj_trajectory(position: np.ndarray, box: np.ndarray) -> md.Trajectory:
    """Configurations in a periodic box for mdtraj's functions of pairs; it has no topology.

    Args:
        position: nm, shape (n, N, 3).
        box: three edges, nm.
    """
    # mdtraj works in single precision, which unwrapped positions far from the origin would exhaust
    wrapped, n = wrap(position, box).astype(np.float32), len(position)
    lengths, angles = np.tile(box, (n, 1)), np.full((n, 3), 90.0)
    return md.Trajectory(wrapped, topology=None, unitcell_lengths=lengths, unitcell_angles=angles)


def pair_distribution(
    position: np.ndarray, box: ArrayLike, edges: np.ndarray, species: Species, one: int, other: int
) -> np.ndarray:
    """g(r) of two species, 1 for an ideal gas; zero for a species with a single bead and itself.

    Args:
        position, box, edges: as of ``radial_distribution``.
        species: of the beads.
        one, other: places of the species in their names.
    """
    first, second = (np.flatnonzero(species.codes == kind) for kind in (one, other))
    pairs = np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1).reshape(-1, 2)
    if one == other:
        pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    if not len(pairs):
        return np.zeros(len(edges) - 1)
    return radial_distribution(position, box, edges, pairs)


def pair_coordination(position: np.ndarray, box: ArrayLike, shell: float, species: Species) -> np.ndarray:
    """Mean number of neighbours of each species around a bead of each, shape (centre, neighbour).

    Args:
        position: nm, shape (time, bead, 3).
        box: edge of a cubic box, or three edges, nm.
        shell: neighbours are closer, nm, at most half the shortest edge of the box.
        species: of the beads.
    """
    search, codes, kinds = NeighbourSearch(box, shell), species.codes, len(species.names)
    found = np.zeros((kinds, kinds))
    for frame in np.asarray(position, float):
        first, second = search(frame)
        np.add.at(found, (codes[first], codes[second]), 1)
        np.add.at(found, (codes[second], codes[first]), 1)
    return found / (len(position) * np.bincount(codes, minlength=kinds)[:, None])


def check_range(key: str, value: float, box: np.ndarray) -> None:
    """Refuse a range (nm) beyond half the shortest of the edges of a box (``InputError``)."""
    # the minimum image is the only neighbour image up to half the box, and no further
    half = box.min() / 2
    if not 0 < value <= half:
        raise InputError(f"{key} is {value}; allowed: above 0, at most half the box, {half:.4f} nm")
