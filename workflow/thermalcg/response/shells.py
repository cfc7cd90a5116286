"""The energy of the molecules in shells around each bead.

The response of the force on a bead is a sum of covariances with the energies of single molecules.  All of
them carry the same noise, those nearby most of the signal.  Sums over shells keep them apart, so that each
shell can get a weight of its own (``projected``).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import checked_box
from thermalcg.geometry.periodic import nearest

#: Outer radii of the shells, nm.  The first one ends behind the first peak of water's g(r); steps of half an
#: ångström follow to beyond the second peak, and the last radius is half the edge of a box of 64 molecules.
SHELLS_NM = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.62)


def shells_within(box: ArrayLike) -> tuple[float, ...]:
    """The radii of ``SHELLS_NM`` that are at most half of the shortest edge of a box, nm."""
    half = checked_box(box).min() / 2
    return tuple(radius for radius in SHELLS_NM if radius <= half)


def shell_energies(
    position: np.ndarray, energy: np.ndarray, box: ArrayLike, radii: tuple[float, ...] = SHELLS_NM
) -> np.ndarray:
    """Energies of the molecules in shells around each bead, kJ/mol, shape (n, N, 2 + number of radii).

    The first shell is the bead itself, the next ones end at the radii, and the last one holds what is
    farther: the sum over shells is the energy of the whole box.

    Args:
        position: nm, shape (n, N, 3).
        energy: of each molecule, kJ/mol, shape (n, N).
        box: edge or edges of the periodic box, nm.
        radii: nm, ascending, at most half of the shortest edge.

    Raises:
        ValueError: radii that do not ascend from above zero, or energies of another shape.
        InputError: a box below twice the last radius.
    """
    edges, bounds = checked_box(box, max(radii, default=0.0)), np.array(radii, float)
    if (np.diff(np.concatenate([[0.0], bounds])) <= 0).any():
        raise ValueError(f"radii of shells are {radii} nm; allowed: positive and ascending")
    if energy.shape != position.shape[:2]:
        raise ValueError(
            f"energies have shape {energy.shape}; allowed: {position.shape[:2]}, one for each bead"
        )
    sums = np.zeros((*energy.shape, len(bounds) + 2))
    for index in range(len(position)):
        _add_shells(position[index].astype(float), energy[index].astype(float), edges, bounds**2, sums[index])
    return sums


@njit(cache=True)
def _add_shells(position, energy, edges, squares, sums):
    """Add the energy of each molecule to its shell around each bead; ``sums`` is (N, shells)."""
    n, last = position.shape[0], len(squares)
    for i in range(n):
        sums[i, 0] += energy[i]
        for j in range(i + 1, n):
            r2 = 0.0
            for a in range(3):
                d = nearest(position[j, a] - position[i, a], edges[a])
                r2 += d * d
            s = 0
            while s < last and r2 > squares[s]:
                s += 1
            sums[i, s + 1] += energy[j]
            sums[j, s + 1] += energy[i]
