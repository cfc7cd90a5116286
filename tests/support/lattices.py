"""Perfect lattices, whose neighbours are known."""

import numpy as np

BOX = 1.24


def lattice(basis: list[tuple[float, ...]], cells: int, frames: int = 2, runs: int = 2) -> np.ndarray:
    """A perfect lattice in the cubic box, shifted at random in every frame."""
    corners = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    sites = (corners + np.asarray(basis)).reshape(-1, 3) * BOX / cells
    shifts = np.random.default_rng(2).uniform(0, BOX, size=(runs, frames, 1, 3))
    return np.mod(sites + shifts, BOX)


FCC = [(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)]
DIAMOND = FCC + [(x + 0.25, y + 0.25, z + 0.25) for x, y, z in FCC]
