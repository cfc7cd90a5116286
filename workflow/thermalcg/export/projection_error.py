"""How far the triplets on tensor B-splines are from those of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from thermalcg.geometry.neighbours import NeighbourSearch
from thermalcg.geometry.periodic import minimum_image
from thermalcg.models.spline.mixture_basis import pair_count
from thermalcg.models.spline.model import Spline

from .check_file import Check
from .source import Source
from .triplet_tensor import TripletTensor


class ProjectionError(NamedTuple):
    """Of the configurations of a check in which the beads are a liquid.

    Attributes:
        energy: the largest, kJ/mol of the whole box.
        force: root mean square of a component, kJ/mol/nm.
        relative: that over the root mean square of the forces.
    """

    energy: float
    force: float
    relative: float


#: Tensors by the species of the centre and of its neighbours, as in ``mixture_basis.Terms``.
Tensors = Mapping[tuple[int, int, int], TripletTensor]


def projection_error(tensors: Tensors, source: Source, check: Check) -> ProjectionError:
    """The difference between the two triplet terms; pairs are the same in both."""
    flat = source.coefficients(check.temperature).copy()
    settings, species = source.spline.settings, source.potential.species
    flat[: pair_count(settings, species)] = 0.0
    exact = Spline(flat, settings, species).force_field(np.ones(1), source.box)
    liquid = [i for i, kind in enumerate(check.kinds) if kind == "liquid"]
    energy, force = exact(check.positions[liquid])
    own = [triplet_energy_force(tensors, x, source.box, source.codes) for x in check.positions[liquid]]
    off = np.stack([f for _, f in own]) - force
    rms = float(np.sqrt((off**2).mean()))
    return ProjectionError(
        float(np.abs([e for e, _ in own] - energy).max()),
        rms,
        rms / float(np.sqrt((check.force[liquid] ** 2).mean())),
    )


def triplet_energy_force(
    tensors: Tensors, position: np.ndarray, box: float, codes: np.ndarray
) -> tuple[float, np.ndarray]:
    """Energy, kJ/mol, and forces, kJ/mol/nm, shape (N, 3), of the tensor splines, as LAMMPS sums them.

    Args:
        position: nm, shape (N, 3).
        box: edge of the cubic box, nm.
        codes: species of each bead, shape (N,).
    """
    search = NeighbourSearch(box, next(iter(tensors.values())).arm_knots[-1])
    first, second = search(position)
    centre, other = np.concatenate([first, second]), np.concatenate([second, first])
    arms = minimum_image(position[other] - position[centre], search.edges)
    p, q = _pairs_of_arms(centre)
    turned = codes[other[p]] > codes[other[q]]
    p, q = np.where(turned, q, p), np.where(turned, p, q)
    a, b = np.linalg.norm(arms[p], axis=1), np.linalg.norm(arms[q], axis=1)
    across = arms[q] - arms[p]
    c = np.linalg.norm(across, axis=1)
    value, by_a, by_b, by_c = np.zeros((4, len(p)))
    for (middle, first_kind, second_kind), tensor in tensors.items():
        own = codes[centre[p]] == middle
        own &= (codes[other[p]] == first_kind) & (codes[other[q]] == second_kind)
        value[own], by_a[own], by_b[own], by_c[own] = tensor.with_slopes(a[own], b[own], c[own])
    on_j = -by_a[:, None] * arms[p] / a[:, None] + by_c[:, None] * across / c[:, None]
    on_k = -by_b[:, None] * arms[q] / b[:, None] - by_c[:, None] * across / c[:, None]
    force = np.zeros_like(position)
    np.add.at(force, other[p], on_j)
    np.add.at(force, other[q], on_k)
    np.add.at(force, centre[p], -on_j - on_k)
    return float(value.sum()), force


def _pairs_of_arms(centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every two arms of one bead, once, from the bead of each arm."""
    order = np.argsort(centre, kind="stable")
    starts = np.flatnonzero(np.diff(centre[order], prepend=-1))
    groups = np.split(order, starts[1:])
    chosen = [np.triu_indices(len(group), 1) for group in groups]
    p = np.concatenate([group[i] for group, (i, _) in zip(groups, chosen, strict=True)])
    q = np.concatenate([group[j] for group, (_, j) in zip(groups, chosen, strict=True)])
    return p, q
