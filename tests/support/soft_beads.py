"""Beads that repel one another softly, on a grid with a little disorder."""

import numpy as np

from thermalcg.models.prior import Prior

MASS, BOX, N, T = 18.015, 1.5, 40, 420.0
SOFT = Prior(2e-5, 12, 0.45)


def soft_spheres(positions):
    return SOFT.energy_force(positions, BOX)


def start(runs, seed=0):
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), -1).reshape(-1, 3)[:N] * BOX / 4
    return grid[None] + rng.uniform(-0.02, 0.02, (runs, N, 3))
