"""Random configurations of beads that do not overlap."""

import numpy as np

from thermalcg.geometry.periodic import minimum_image

BOX, N = 1.5, 24


def beads_apart(rng, n: int, box: float, distance: float) -> np.ndarray:
    """Beads at random places that are farther apart than ``distance``, shape (n, 3)."""
    beads = [rng.uniform(0, box, 3)]
    while len(beads) < n:
        new = rng.uniform(0, box, 3)
        if (minimum_image(np.array(beads) - new, box) ** 2).sum(axis=1).min() > distance**2:
            beads.append(new)
    return np.array(beads)


def gas(rng, n_frames):
    return np.array([beads_apart(rng, N, BOX, 0.25) for _ in range(n_frames)])
