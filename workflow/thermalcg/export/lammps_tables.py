"""Potential files of LAMMPS: a table for the pairs, tensor B-splines (UF3) for the triplets.

Xie, Rupp and Hennig, npj Computational Materials 9, 162 (2023) for UF3.  LAMMPS sums V(r_ij, r_ik, r_jk) over
every bead i and the pairs j, k of its neighbours, as the library does.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from thermalcg.models.spline.basis import SplineSettings, radial_basis

from .lammps_units import LammpsUnits
from .source import Source
from .triplet_tensor import LOWEST_SHARE, TripletTensor

#: Rows of a pair table, evenly spaced in r^2.
ROWS = 4000

#: Characters of a line.  The readers of LAMMPS hang without a word on lines of more than 1,024.
LONGEST_LINE = 1000

#: Significant digits of knots and of coefficients.
KNOT_DIGITS, DIGITS = 12, 9

#: Names the table in its file.
KEYWORD = "PAIR"

#: The name of the only kind of bead.
ELEMENT = "CG"


def pair_table(source: Source, flat: np.ndarray, prior: float, units: LammpsUnits, title: str) -> str:
    """A file for ``pair_style table``: the pair term and the prior, evenly spaced in r^2.

    Args:
        flat: coefficients (F,) of the spline, kJ/mol.
        prior: weight of the prior.
        title: the comment on top.
    """
    settings = source.spline.settings
    low, high = LOWEST_SHARE * settings.pair_min_nm, source.potential.cutoff
    r = np.sqrt(np.linspace(low**2, high**2, ROWS))
    energy, slope = pair_term(r, flat, settings)
    energy = (energy + prior * source.potential.prior.energy(r)) * units.energy
    force = -(slope + prior * source.potential.prior.slope(r)) * units.force
    r = r * units.length
    head = [f"# {title}; units {units.style}", "", KEYWORD, f"N {ROWS} RSQ {r[0]:.12g} {r[-1]:.12g}", ""]
    rows = (
        f"{i} {x:.10g} {e:.10g} {f:.10g}"
        for i, x, e, f in zip(range(1, ROWS + 1), r, energy, force, strict=True)
    )
    return "\n".join([*head, *rows, ""])


def pair_term(r: np.ndarray, flat: np.ndarray, settings: SplineSettings) -> tuple[np.ndarray, np.ndarray]:
    """The pair term without the prior, kJ/mol, and its slope, kJ/mol/nm, at distances in nm, shape (n,)."""
    ranges = settings.ranges
    energy, slope = np.empty((2, len(r)))
    value, derivative = np.empty((2, ranges.n2))
    for index, x in enumerate(r):
        radial_basis(x, ranges.r_min, ranges.r_cut2, ranges.n2, value, derivative)
        energy[index], slope[index] = value @ flat[: ranges.n2], derivative @ flat[: ranges.n2]
    return energy, slope


def uf3_file(tensor: TripletTensor, units: LammpsUnits, title: str, reach: float = 0.0) -> str:
    """A file for ``pair_style uf3 3``: the triplets, and a pair term of zeros, which the style asks for.

    Args:
        title: one word; the header holds it as the author.
        reach: range of the pair term, nm, where it is longer than that of the triplets.  LAMMPS cannot order
            the neighbour lists of three such styles and of three tables unless all have one range.

    Raises:
        ValueError: so many knots or coefficients that a line would be longer than LAMMPS can read.
    """
    head = f"#UF3 POT UNITS: {units.style} DATE: none AUTHOR: {title} CITATION: none"
    arm, far = tensor.arm_knots * units.length, tensor.far_knots * units.length
    # just inside the last knot, beyond which LAMMPS would look for a knot interval in vain
    cutoff = round(float(arm[-1]), 9) - 1e-9
    pair_cutoff = max(float(f"{reach * units.length:.12g}"), cutoff)  # written as that of the table
    coefficients = tensor.coefficients * units.energy
    lines = [
        head,
        f"2B {ELEMENT} {ELEMENT} 0 3 nk",
        f"{pair_cutoff!r} 8",
        _numbers([0.0] * 4 + [pair_cutoff + 1.0] * 4, KNOT_DIGITS),
        "4",
        "0 0 0 0",
        "#",
        head,
        f"3B {ELEMENT} {ELEMENT} {ELEMENT} 0 3 nk",
        f"{2 * cutoff!r} {cutoff!r} {cutoff!r} {len(far)} {len(arm)} {len(arm)}",
        _numbers(far, KNOT_DIGITS),
        _numbers(arm, KNOT_DIGITS),
        _numbers(arm, KNOT_DIGITS),
        " ".join(map(str, coefficients.shape)),
        *(_numbers(row, DIGITS) for block in coefficients for row in block),
        "#",
        "",
    ]
    if (longest := max(map(len, lines))) > LONGEST_LINE:
        raise ValueError(f"a line of {longest} characters; LAMMPS reads at most {LONGEST_LINE}")
    return "\n".join(lines)


def _numbers(values: Iterable[float], digits: int) -> str:
    return " ".join(f"{value:.{digits}g}" for value in values)
