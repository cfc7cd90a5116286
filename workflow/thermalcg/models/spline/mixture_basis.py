"""The functions that the spline potential of a mixture is a sum of.

Every pair of species has pair functions of its own, those of ``basis``.  Triplets tell apart the species of
the centre and of both neighbours: a radial function and the species of the neighbour together are one
*channel*, so that S species with n radial functions have S n channels, and the triplets of a centre are those
of one species with as many radial functions.  Coefficients are in the order

    pair functions of each pair of species,   triplets of each species of the centre,

pairs as in ``Species.pairs`` and triplets as in ``basis`` with channels in the place of radial functions.
With one species that is the order of ``kernels.design_matrix``.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np

from thermalcg.models.species import Species

from .basis import SplineSettings, kernel_coefficients, symmetric_triplets


def function_count(settings: SplineSettings, species: Species | None) -> int:
    """Number of coefficients F of one component."""
    if species is None:
        return settings.functions
    kinds = len(species.names)
    return pair_count(settings, species) + kinds * _triplet_count(settings, kinds)


def pair_count(settings: SplineSettings, species: Species | None) -> int:
    """Number of pair functions, which come first."""
    return settings.pair_functions * (1 if species is None else len(species.pairs))


def _triplet_count(settings: SplineSettings, kinds: int) -> int:
    """Number of triplet functions of one centre."""
    channels = kinds * settings.triplet_radial
    return channels * (channels + 1) // 2 * (settings.triplet_angular + 1)


def blocks(settings: SplineSettings, species: Species | None) -> list[slice | np.ndarray]:
    """Indices of the functions of each kind: those of one kind have one strength of regularisation.

    One species has two kinds, pairs and triplets.  In a mixture each pair of species is a kind, and each
    centre with a pair of species around it: data of a rare species say less, but not of the others.
    """
    n2, size = settings.pair_functions, function_count(settings, species)
    if species is None:
        return [slice(0, n2), slice(n2, size)]
    n3, powers, kinds = settings.triplet_radial, settings.triplet_angular + 1, len(species.names)
    found: list[slice | np.ndarray] = [slice(p * n2, (p + 1) * n2) for p in range(len(species.pairs))]
    channels = np.array(list(combinations_with_replacement(range(kinds * n3), 2))) // n3
    around = np.repeat(species.pair_index[channels[:, 0], channels[:, 1]], powers)
    for centre in range(kinds):
        start = pair_count(settings, species) + centre * len(around)
        found += [start + np.flatnonzero(around == p) for p in range(len(species.pairs))]
    return found


class MixtureCoefficients(NamedTuple):
    """Coefficients of one potential in the form that ``mixture_kernels.energy_force`` takes.

    Attributes:
        pair: for each pair of species, shape (P, n2).
        triplet: for each centre, over channels, shape (S, S n3, S n3, M); see ``basis.Coefficients``.
        total: of the triplets, summed over angular powers, shape (S, S n3, S n3).
        parent, above, gain: of ``basis.Coefficients``.
    """

    pair: np.ndarray
    triplet: np.ndarray
    total: np.ndarray
    parent: np.ndarray
    above: np.ndarray
    gain: np.ndarray


def mixture_coefficients(flat: np.ndarray, settings: SplineSettings, species: Species) -> MixtureCoefficients:
    """The coefficients (F,) of one potential of a mixture for the kernel."""
    kinds, n_pair = len(species.names), pair_count(settings, species)
    pair = flat[:n_pair].reshape(-1, settings.pair_functions)
    channels = replace(settings, triplet_radial=kinds * settings.triplet_radial)
    centres = [
        kernel_coefficients(np.concatenate([pair[0], own]), channels)
        for own in flat[n_pair:].reshape(kinds, -1)
    ]
    first = centres[0]
    return MixtureCoefficients(
        np.ascontiguousarray(pair),
        np.stack([c.triplet for c in centres]),
        np.stack([c.total for c in centres]),
        first.parent,
        first.above,
        first.gain,
    )


class Terms(NamedTuple):
    """A potential taken apart by species, whose numbers are 0 where there is only one.

    Attributes:
        pairs: coefficients (n2,) of the pair functions of two species a <= b, by (a, b).
        triplets: coefficients c_nml, shape (n3, n3, powers), of sum c_nml g_n(r_ij) g_m(r_ik) cos^l for a
            centre i and neighbours j and k of the species a <= b, by (centre, a, b).  Each two neighbours
            count once; with a = b the coefficients are symmetric in n and m.
    """

    pairs: dict[tuple[int, int], np.ndarray]
    triplets: dict[tuple[int, int, int], np.ndarray]


def terms_of(flat: np.ndarray, settings: SplineSettings, species: Species | None) -> Terms:
    """The coefficients (F,) of one potential by species; a mixture or not."""
    kinds, n3 = 1 if species is None else len(species.names), settings.triplet_radial
    listed, n_pair = list(combinations_with_replacement(range(kinds), 2)), pair_count(settings, species)
    pair = flat[:n_pair].reshape(-1, settings.pair_functions)
    channels, triplets = replace(settings, triplet_radial=kinds * n3), {}
    for centre, own in enumerate(flat[n_pair:].reshape(kinds, -1)):
        every = symmetric_triplets(np.concatenate([pair[0], own]), channels)
        for a, b in listed:
            triplets[centre, a, b] = every[a * n3 : (a + 1) * n3, b * n3 : (b + 1) * n3]
    return Terms(dict(zip(listed, pair, strict=True)), triplets)


def of_equal_species(flat: np.ndarray, settings: SplineSettings, species: Species) -> np.ndarray:
    """Coefficients of a mixture whose species are all the one of these coefficients (F,): the same potential.

    Raises:
        ValueError: another number of coefficients.
    """
    if flat.shape != (settings.functions,):
        raise ValueError(f"coefficients have shape {flat.shape}; allowed: ({settings.functions},)")
    n2, n3, powers = settings.pair_functions, settings.triplet_radial, settings.triplet_angular + 1
    kinds, angular = len(species.names), flat[settings.pair_functions :].reshape(-1, powers)
    number = {pair: k for k, pair in enumerate(combinations_with_replacement(range(n3), 2))}
    channels = combinations_with_replacement(range(kinds * n3), 2)
    centre = np.stack([angular[number[tuple(sorted((a % n3, b % n3)))]] for a, b in channels])
    return np.concatenate([np.tile(flat[:n2], len(species.pairs)), np.tile(centre.ravel(), kinds)])
