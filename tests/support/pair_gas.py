"""Random configurations of beads that do not overlap."""

import numpy as np

BOX, N = 1.5, 24


def gas(rng, n_frames):
    frames = []
    while len(frames) < n_frames:
        beads = [rng.uniform(0, BOX, 3)]
        while len(beads) < N:
            new = rng.uniform(0, BOX, 3)
            d = np.array(beads) - new
            d -= BOX * np.rint(d / BOX)
            if (d**2).sum(axis=1).min() > 0.25**2:
                beads.append(new)
        frames.append(beads)
    return np.array(frames)
