"""A spline force field as an OpenMM System of native forces, with the temperature as a global parameter.

The pair term on its own knots is a cubic spline whose second derivative vanishes at the cutoff.  Less a cubic
a ((p - r)+ / w)^3 on the first knot interval (w its width, p its end), it vanishes at both ends, so that
OpenMM's natural spline through the values at the knots is the pair term, to rounding.  The radial functions
of the triplets are sums of truncated cubics ((a_m - r)+ / w)^3, a_m = r_c - m w.  Both are straight lines
below ``pair_min_nm``.

A mixture has a force for each two species, which acts between two groups of beads, and one for each species
of the centre with two species around it, which filters by type.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np
import openmm as mm

from thermalcg.models.expansion import Expansion
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings, radial_basis

from .source import ExportError, Source

#: The name of the global parameter.
TEMPERATURE = "T"


def openmm_system(
    source: Source, box: float | None = None, beads: int | Sequence[str] | None = None
) -> mm.System:
    """A System of native forces: it needs no Python when it runs, and runs on every platform.

    Its parameter ``T``, the temperature of the force field in K, starts as the first of the source's; set it
    with ``context.setParameter("T", ...)``, and the thermostat to the same.

    Args:
        box: edge of the cubic box, nm; that of the source if None.
        beads: their number, or of a mixture the species of each; those of the source if None.

    Raises:
        ExportError: the model is no spline, or a mixture with a number of beads and no species.
        InputError: a species that the model does not have.
    """
    settings, expansion, edge = source.spline.settings, source.potential.expansion, box or source.box
    codes = _codes(source, beads)
    components = [source.terms(flat) for flat in source.spline.coefficients]
    forces: list[mm.Force] = []
    for a, b in components[0].pairs:
        own = np.stack([terms.pairs[a, b] for terms in components])
        pair = pair_force(own, settings, source.prior(a, b), expansion)
        # OpenMM asks for one cutoff in all forces of pairs
        pair.setCutoffDistance(source.potential.cutoff)
        if len(source.names) > 1:
            pair.addInteractionGroup(*(np.flatnonzero(codes == kind).tolist() for kind in (a, b)))
        for _ in codes:
            pair.addParticle([])
        forces.append(pair)
    for centre, a, b in components[0].triplets:
        own = np.stack([terms.triplets[centre, a, b] for terms in components])
        triplet = triplet_force(own, settings, expansion)
        for place, kind in enumerate((centre, a, b)):
            triplet.setTypeFilter(place, {kind})
        for code in codes.tolist():
            triplet.addParticle([], code)
        forces.append(triplet)
    system = mm.System()
    system.setDefaultPeriodicBoxVectors((edge, 0, 0), (0, edge, 0), (0, 0, edge))
    for force in forces:
        force.addGlobalParameter(TEMPERATURE, source.temperatures[0])
        system.addForce(force)
    for code in codes:
        system.addParticle(source.masses[code])
    return system


def _codes(source: Source, beads: int | Sequence[str] | None) -> np.ndarray:
    """Species of each bead of a System, shape (N,)."""
    species = source.potential.species
    if beads is None:
        return source.codes
    if species is None:
        return np.zeros(beads, np.int64)
    if isinstance(beads, int):
        raise ExportError(
            f"beads is {beads}; allowed with the species {', '.join(species.names)}: the name of each bead's"
        )
    return species.like(beads).codes


def expansion_terms(expansion: Expansion) -> list[str]:
    """The functions h_k(T) as expressions of OpenMM."""
    t0 = _exact(expansion.reference)
    second = (
        f"0.5*({TEMPERATURE}-{t0})^2"
        if expansion.kind == "quadratic"
        else f"{t0}*({TEMPERATURE}*log({TEMPERATURE}/{t0})-{TEMPERATURE}+{t0})"
    )
    first = f"({TEMPERATURE}-{t0})"
    if expansion.kind == "logarithmic":
        first = f"{t0}*log({TEMPERATURE}/{t0})"
    return ["1", first, second][: expansion.size]


def pair_force(
    coefficients: np.ndarray, settings: SplineSettings, prior: Prior, expansion: Expansion
) -> mm.CustomNonbondedForce:
    """Pairs of two species with their prior, without particles.

    Args:
        coefficients: of the pair term of each component, shape (K, n2).
    """
    low, high, n = settings.pair_min_nm, settings.pair_cutoff_nm, settings.pair_functions
    width = (high - low) / n
    knots = low + width * np.arange(n + 1)
    tables, terms = [], []
    for k, (pair, weight) in enumerate(zip(coefficients, expansion_terms(expansion), strict=True)):
        energy, slope, bend = _pair_at_knots(knots, pair, settings)
        cubic = bend * width**2 / 6
        values = energy.copy()
        values[0] -= cubic  # at the other knots the cubic is zero
        tables.append((f"pair{k}", mm.Continuous1DFunction(values.tolist(), low, high)))
        terms.append(
            f"{weight}*(pair{k}(x)+({_exact(cubic)})*max(0,({_exact(knots[1])}-x)/{_exact(width)})^3+({_exact(slope)})*y)"
        )
    terms.append(_prior_term(prior))
    force = mm.CustomNonbondedForce(f"{'+'.join(terms)};x=max(r,{_exact(low)});y=min(r-{_exact(low)},0)")
    for name, table in tables:
        force.addTabulatedFunction(name, table)
    force.setNonbondedMethod(mm.CustomNonbondedForce.CutoffPeriodic)
    force.setCutoffDistance(max(high, prior.onset_nm))
    return force


def triplet_force(
    coefficients: np.ndarray, settings: SplineSettings, expansion: Expansion
) -> mm.CustomManyParticleForce:
    """Triplets of a central bead and two neighbours, without particles.

    Args:
        coefficients: of each component, shape (K, n3, n3, powers), as in ``mixture_basis.Terms``.
    """
    n, powers = settings.triplet_radial, settings.triplet_angular + 1
    low, high = settings.pair_min_nm, settings.triplet_cutoff_nm
    width = (high - low) / n
    change = truncated_cubics(n)
    by_component = np.einsum("knml,no,mp->kopl", coefficients, change, change)
    weights = expansion_terms(expansion)
    angular = []
    for power in range(powers):
        parts = []
        for m in range(n):
            inner = "+".join(
                f"({_combined([c[m, o, power] for c in by_component], weights)})*b{o}" for o in range(n)
            )
            parts.append(f"a{m}*({inner})")
        angular.append("+".join(parts))
    polynomial = angular[-1]
    for lower in reversed(angular[:-1]):
        polynomial = f"({polynomial})*c+{lower}"
    lines = [polynomial, "c=cos(angle(p2,p1,p3))"]
    for arm, second in (("a", "p2"), ("b", "p3")):
        for m in range(n):
            end = high - m * width
            slope = 3 * ((end - low) / width) ** 2 / width
            lines.append(f"{arm}{m}=max(0,({_exact(end)}-x{arm})/{_exact(width)})^3-({_exact(slope)})*y{arm}")
        lines += [
            f"x{arm}=max(r{arm},{_exact(low)})",
            f"y{arm}=min(r{arm}-{_exact(low)},0)",
            f"r{arm}=distance(p1,{second})",
        ]
    force = mm.CustomManyParticleForce(3, ";".join(lines))
    force.setPermutationMode(mm.CustomManyParticleForce.UniqueCentralParticle)
    force.setNonbondedMethod(mm.CustomManyParticleForce.CutoffPeriodic)
    force.setCutoffDistance(high)
    return force


def truncated_cubics(n: int) -> np.ndarray:
    """The n radial functions as sums of ((a_m - r)+ / w)^3, shape (function, m)."""
    change = np.zeros((n, n))
    for i in range(n):
        for j in range(min(i, 4) + 1):
            change[i, n - 1 - i + j] = (-1) ** j * comb(4, j) / 6
    return change


def _exact(value: float) -> str:
    """All digits of a number, of numpy or not."""
    return repr(float(value))


def _combined(values: list[float], weights: list[str]) -> str:
    return "+".join(f"({_exact(v)})*{w}" for v, w in zip(values, weights, strict=True))


def _pair_at_knots(
    knots: np.ndarray, pair: np.ndarray, settings: SplineSettings
) -> tuple[np.ndarray, float, float]:
    """Energy of the pair term at its knots (knot,), and its slope and second derivative at the first."""
    low, high, n = settings.pair_min_nm, settings.pair_cutoff_nm, settings.pair_functions
    value, slope = np.empty((2, n))
    energy = np.zeros(len(knots))
    for index, r in enumerate(knots[:-1]):
        radial_basis(r, low, high, n, value, slope)
        energy[index] = value @ pair
    radial_basis(low, low, high, n, value, slope)
    width = (high - low) / n
    padded = np.concatenate([pair, np.zeros(3)])
    bend = (padded[0] - 2 * padded[1] + padded[2]) / width**2
    return energy, float(slope @ pair), float(bend)


def _prior_term(prior: Prior) -> str:
    n, onset = prior.exponent, prior.onset_nm
    if not prior.amplitude or not onset:
        return "0"
    f0 = onset ** (-n)
    f1 = -n * f0 / onset
    f2 = -(n + 1) * f1 / onset
    taylor = f"{_exact(f0)}+({_exact(f1)})*(r-{_exact(onset)})+({_exact(f2 / 2)})*(r-{_exact(onset)})^2"
    return f"{_exact(prior.amplitude)}*step({_exact(onset)}-r)*(r^(-{n})-({taylor}))"
