"""Configurations that an export starts from and is checked with."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from thermalcg.geometry.inputs import checked_box, checked_positions
from thermalcg.geometry.periodic import minimum_image
from thermalcg.units import KB

from .source import ExportError, Source

#: Of the dynamics that makes a liquid of a lattice: half the time step of the studies, and a friction that
#: takes the heat of the first moments away.
STEP_PS, FRICTION_PER_PS, STEPS = 0.004, 10.0, 1500


def equilibrated(source: Source, temperature: float, seed: int = 1, steps: int = STEPS) -> np.ndarray:
    """A configuration of the liquid at a temperature (K), nm, shape (N, 3).

    Langevin dynamics (the BAOAB scheme of Leimkuhler and Matthews) from a lattice with some disorder; enough
    for a start and for the configurations of a check, not for statistics.

    Raises:
        ExportError: the beads run away; such a force field is of no use to any engine.
    """
    step, friction = STEP_PS, FRICTION_PER_PS
    rng = np.random.default_rng(seed)
    field = source.potential.force_field(source.box, temperature)
    x, mass = lattice(source.beads, source.box), source.bead_masses[:, None]
    if len(source.names) > 1:
        x = rng.permutation(x)  # files may list one species after the other
    x = x + rng.normal(scale=0.005, size=x.shape)
    thermal = np.sqrt(KB * temperature / mass)
    v = thermal * rng.normal(size=x.shape)
    keep = np.exp(-friction * step)
    force = field(x[None])[1][0]
    for _ in range(steps):
        v += step / 2 * force / mass
        x = x + step / 2 * v
        v = keep * v + np.sqrt(1 - keep**2) * thermal * rng.normal(size=x.shape)
        x = x + step / 2 * v
        force = field(x[None])[1][0]
        v += step / 2 * force / mass
    if not np.isfinite(x).all():
        raise ExportError(
            f"{source.path}: beads run away at {temperature:g} K; the force field holds no liquid"
        )
    return x % source.box


def lattice(n_beads: int, box: float) -> np.ndarray:
    """Sites of a cubic lattice that fills the box, nm, shape (n_beads, 3)."""
    cells = math.ceil(round(n_beads ** (1 / 3), 6))
    sites = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), -1).reshape(-1, 3)
    chosen = np.linspace(0, len(sites) - 1, n_beads).round().astype(int)
    return (sites[chosen] + 0.5) * box / cells


def with_contacts(position: np.ndarray, box: float, distances: Sequence[float]) -> np.ndarray:
    """The configuration with the nearest neighbour of some beads at given distances, nm, shape (N, 3)."""
    given, edges = checked_positions(position), checked_box(box)
    x = given.values[0].copy()
    for index, distance in zip(
        np.linspace(0, len(x) - 1, len(distances)).astype(int), distances, strict=True
    ):
        arm = minimum_image(x - x[index], edges)
        r = np.linalg.norm(arm, axis=1)
        nearest = np.argsort(r)[1]
        x[nearest] = x[index] + arm[nearest] * distance / r[nearest]
    return x % edges
