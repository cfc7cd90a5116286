"""Spline potentials for compiled runs: beads that repel one another, and none that feel anything."""

import numpy as np

from support.random_potential import settings_of
from support.soft_beads import SOFT
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import NO_PRIOR, Prior
from thermalcg.models.spline.model import Spline


def potential(seed: int | None = None, prior: Prior = SOFT) -> ThermalPotential:
    """A repulsion, with random pairs and triplets of some kB T on top of it if there is a seed."""
    settings = settings_of("spline")
    coefficients = np.zeros((1, settings.functions))
    if seed is not None:
        coefficients[0] = np.random.default_rng(seed).normal(size=settings.functions)
    return ThermalPotential(Spline(coefficients, settings), Expansion("constant", 300.0), prior)


def nothing() -> ThermalPotential:
    """Beads without forces."""
    return potential(prior=NO_PRIOR)
