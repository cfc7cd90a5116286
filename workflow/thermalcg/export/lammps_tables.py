"""Potential files of LAMMPS: tables for the pairs, tensor B-splines (UF3) for the triplets.

Xie, Rupp and Hennig, npj Computational Materials 9, 162 (2023) for UF3.  LAMMPS sums V(r_ij, r_ik, r_jk) over
every bead i and the pairs j, k of its neighbours, as the library does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from thermalcg.models.spline.basis import SplineSettings, radial_basis

from .lammps_units import LammpsUnits
from .source import BEAD, Source
from .triplet_tensor import LOWEST_SHARE, TripletTensor

#: Rows of a pair table, evenly spaced in r^2.
ROWS = 4000

#: Characters of a line.  The readers of LAMMPS hang without a word on lines of more than 1,024.
LONGEST_LINE = 1000

#: Significant digits of knots and of coefficients.
KNOT_DIGITS, DIGITS = 12, 9


def keyword(a: int, b: int) -> str:
    """Names the table of two species in its file, by the types of LAMMPS, which begin with 1."""
    return f"PAIR_{a + 1}_{b + 1}"


def elements(names: Sequence[str]) -> list[str]:
    """Names of the species for LAMMPS: their own, or numbered ones where one is no plain word."""
    plain = all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]*", name) and name != "NULL" for name in names)
    return list(names) if plain else [f"{BEAD}{number}" for number in range(1, len(names) + 1)]


def pair_table(source: Source, flat: np.ndarray, prior: float, units: LammpsUnits, title: str) -> str:
    """A file for ``pair_style table``: pair term and prior of each two species, evenly spaced in r^2.

    Args:
        flat: coefficients (F,) of the spline, kJ/mol.
        prior: weight of the prior.
        title: the comment on top.
    """
    settings = source.spline.settings
    low, high = LOWEST_SHARE * settings.pair_min_nm, source.potential.cutoff
    r = np.sqrt(np.linspace(low**2, high**2, ROWS))
    distance, lines = r * units.length, [f"# {title}; units {units.style}", ""]
    span = f"N {ROWS} RSQ {distance[0]:.12g} {distance[-1]:.12g}"
    for (a, b), pair in source.terms(flat).pairs.items():
        learned, repulsion = pair_term(r, pair, settings), source.prior(a, b).curve(r)
        energy, slope = (own + prior * more for own, more in zip(learned, repulsion, strict=True))
        rows = zip(range(1, ROWS + 1), distance, energy * units.energy, -slope * units.force, strict=True)
        lines += [keyword(a, b), span, "", *(f"{i} {x:.10g} {e:.10g} {f:.10g}" for i, x, e, f in rows), ""]
    return "\n".join(lines)


def pair_term(r: np.ndarray, pair: np.ndarray, settings: SplineSettings) -> tuple[np.ndarray, np.ndarray]:
    """The pair term without the prior, kJ/mol, and its slope, kJ/mol/nm, at distances in nm, shape (n,).

    Args:
        pair: coefficients (n2,), kJ/mol.
    """
    ranges = settings.ranges
    energy, slope = np.empty((2, len(r)))
    value, derivative = np.empty((2, ranges.n2))
    for index, x in enumerate(r):
        radial_basis(x, ranges.r_min, ranges.r_cut2, ranges.n2, value, derivative)
        energy[index], slope[index] = value @ pair, derivative @ pair
    return energy, slope


def uf3_file(
    tensors: Mapping[tuple[int, int, int], TripletTensor],
    names: Sequence[str],
    units: LammpsUnits,
    title: str,
    reach: float = 0.0,
) -> str:
    """A file for ``pair_style uf3 3``: the triplets, and pair terms of zeros, which the style asks for.

    Args:
        tensors: by the species of the centre and of its neighbours, a <= b.  LAMMPS turns that of a and b
            into that of b and a.
        names: of the elements (``elements``).
        title: one word; the headers hold it as the author.
        reach: range of the pair terms, nm, where it is longer than that of the triplets.  LAMMPS cannot order
            the neighbour lists of three such styles and of three tables unless all have one range.

    Raises:
        ValueError: so many knots or coefficients that a line would be longer than LAMMPS can read.
    """
    head = f"#UF3 POT UNITS: {units.style} DATE: none AUTHOR: {title} CITATION: none"
    zeros = _pair_block(next(iter(tensors.values())), units, reach)
    lines = []
    for a, b in dict.fromkeys((a, b) for _, a, b in tensors):
        lines += [head, f"2B {names[a]} {names[b]} 0 3 nk", *zeros]
    for (centre, a, b), tensor in tensors.items():
        lines += [head, f"3B {names[centre]} {names[a]} {names[b]} 0 3 nk", *_triplet_block(tensor, units)]
    if (longest := max(map(len, lines))) > LONGEST_LINE:
        raise ValueError(f"a line of {longest} characters; LAMMPS reads at most {LONGEST_LINE}")
    return "\n".join([*lines, ""])


def _cutoff(tensor: TripletTensor, units: LammpsUnits) -> float:
    """Just inside the last knot of an arm, beyond which LAMMPS would look for a knot interval in vain."""
    return round(float(tensor.arm_knots[-1] * units.length), 9) - 1e-9


def _pair_block(tensor: TripletTensor, units: LammpsUnits, reach: float) -> list[str]:
    """Lines of a pair term of zeros."""
    # written as that of the table
    cutoff = max(float(f"{reach * units.length:.12g}"), _cutoff(tensor, units))
    knots = _numbers([0.0] * 4 + [cutoff + 1.0] * 4, KNOT_DIGITS)
    return [f"{cutoff!r} 8", knots, "4", "0 0 0 0", "#"]


def _triplet_block(tensor: TripletTensor, units: LammpsUnits) -> list[str]:
    """Lines of a triplet term: knots of r_jk, r_ik and r_ij, and coefficients by r_ij, r_ik and r_jk."""
    arm, far = tensor.arm_knots * units.length, tensor.far_knots * units.length
    cutoff, coefficients = _cutoff(tensor, units), tensor.coefficients * units.energy
    return [
        f"{2 * cutoff!r} {cutoff!r} {cutoff!r} {len(far)} {len(arm)} {len(arm)}",
        _numbers(far, KNOT_DIGITS),
        _numbers(arm, KNOT_DIGITS),
        _numbers(arm, KNOT_DIGITS),
        " ".join(map(str, coefficients.shape)),
        *(_numbers(row, DIGITS) for block in coefficients for row in block),
        "#",
    ]


def _numbers(values: Iterable[float], digits: int) -> str:
    return " ".join(f"{value:.{digits}g}" for value in values)
