"""Whether forces, positions and temperature belong together: the first Yvon-Born-Green equation.

In the canonical ensemble the mapped force on a bead along the line from another one at distance r is on
average

    <f_i . e_ij>_r = kB T d ln g(r)/dr,

whatever the interactions (Hansen and McDonald, Theory of Simple Liquids, 4th ed., sec. 4.2). It holds for
each pair of species, in a finite box, and without any model.

**Weak form.** A derivative of a histogram is noisy and depends on the bins. Multiplied by phi(r) g(r) 4 pi
r^2 and integrated by parts, with phi zero at both ends, the equation reads

    < sum_pairs phi(r) (f_i - f_j) . e_ij / 2 >  =  - kB T < sum_pairs (phi'(r) + 2 phi(r)/r) >,

in which both sides are plain averages.  For phi we take quadratic B-splines on an even grid.

**One factor.** With B_k and kB T A_k the two sides for spline k, in blocks b of the run, the factor between
them is

    lambda = sum_k w_k sum_{b != b'} A_kb B_kb' / (kB T sum_k w_k sum_{b != b'} A_kb A_kb'),

w_k one over the number of pairs under spline k, to which the variances of both sides are proportional.
Products of different blocks have no noise in common, so that noise does not pull the factor towards zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from thermalcg.geometry.periodic import nearest
from thermalcg.statistics import blocks, standard_error, with_jackknife_error
from thermalcg.units import KB

#: Intervals of the splines over the range; a first peak is six of them wide.  The equation holds for splines
#: of any width, and the factor of SPC/E water has the same error from 15 to 60; narrower need more frames.
INTERVALS = 30

#: Range of pairs, in mean distances between beads: three shells; at most half the box.
REACH = 3.0

#: Blocks of the run, each of which counts as independent; fewer where there are not two frames for each.
BLOCKS, FEWEST_BLOCKS = 10, 4

#: Pairs that are looked at, a few seconds on one core; of longer runs only every so many frames.
MOST_PAIRS = 500_000_000

#: Fewest pairs under a spline, for a variance that is worth its name.
FEWEST_PAIRS = 100


@dataclass(frozen=True)
class PairSums:
    """Sums over the pairs of each frame, shape (frame, pair of species, spline).

    Attributes:
        count: sum of phi.
        measured: sum of phi (f_i - f_j) . e_ij / 2, kJ/mol/nm.
        expected: - sum of (phi' + 2 phi / r), 1/nm; times kB T the other side of the equation.
        r: centres of the splines, nm, shape (spline,).
        frames: indices of the frames, shape (frame,).
    """

    count: np.ndarray
    measured: np.ndarray
    expected: np.ndarray
    r: np.ndarray
    frames: np.ndarray


@dataclass(frozen=True)
class ForceBalance:
    """Both sides of the equation for one pair of species.

    Attributes:
        pair: names of the species.
        r: nm, shape (spline,), where there are pairs.
        measured, measured_se: mean mapped force along the pair and its standard error, kJ/mol/nm.
        expected, expected_se: kB T d ln g/dr and its standard error, kJ/mol/nm.
        factor, factor_se: measured over expected, and its standard error; NaN where there is no telling.
    """

    pair: tuple[str, str]
    r: np.ndarray
    measured: np.ndarray
    measured_se: np.ndarray
    expected: np.ndarray
    expected_se: np.ndarray
    factor: float
    factor_se: float


def pair_sums(position: np.ndarray, force: np.ndarray, edges: np.ndarray, species: np.ndarray) -> PairSums:
    """Sums over pairs of beads, of all frames or of evenly spaced ones of a long run.

    Args:
        position: nm, shape (time, bead, 3); wrapped or not.
        force: kJ/mol/nm, shape (time, bead, 3).
        edges: of the box, nm, shape (3,).
        species: index of the species of each bead, from 0, shape (bead,).
    """
    time, beads = position.shape[:2]
    affordable = max(2 * BLOCKS, MOST_PAIRS // (beads * (beads - 1) // 2))
    frames = np.arange(0, time, math.ceil(time / affordable))
    kinds = int(species.max()) + 1
    width = reach(beads, edges) / INTERVALS
    shape = (len(frames), kinds * (kinds + 1) // 2, INTERVALS - 2)
    sums = np.zeros((3, *shape))
    for row, frame in enumerate(frames):
        x, f = position[frame].astype(float), force[frame].astype(float)
        _add_pairs(x, f, edges, species, _pair_index(kinds), width, sums[:, row])
    return PairSums(*sums, (np.arange(INTERVALS - 2) + 1.5) * width, frames)


def reach(beads: int, edges: np.ndarray) -> float:
    """Range of the pairs that are looked at, nm; it scales with the box, whatever its unit."""
    return float(min(edges.min() / 2, REACH * (edges.prod() / beads) ** (1 / 3)))


def force_balances(sums: PairSums, temperature: float, species: tuple[str, ...]) -> list[ForceBalance]:
    """Both sides of the equation for each pair of species, and the factor between them.

    Args:
        temperature: K.
        species: their names.

    Raises:
        ValueError: fewer frames than two for each of ``FEWEST_BLOCKS`` blocks.
    """
    count, measured, expected = _block_sums(sums, temperature)
    kinds, found = len(species), []
    for one in range(kinds):
        for other in range(one, kinds):
            index = _pair_index(kinds)[one, other]
            enough = count[:, index].sum(axis=0) >= FEWEST_PAIRS
            n, b, a = (x[:, index, enough] for x in (count, measured, expected))
            found.append(_balance((species[one], species[other]), sums.r[enough], n, b, a))
    return found


def overall_factor(sums: PairSums, temperature: float) -> tuple[float, float]:
    """The one factor of all pairs of species together, and its standard error; see ``force_balances``."""
    count, measured, expected = (x.reshape(len(x), -1) for x in _block_sums(sums, temperature))
    enough = count.sum(axis=0) >= FEWEST_PAIRS
    return _factor(count[:, enough], measured[:, enough], expected[:, enough])


def _block_sums(sums: PairSums, temperature: float) -> list[np.ndarray]:
    """Pairs and both sides of the equation in blocks, shape (block, pair of species, spline) each."""
    n_blocks = block_count(len(sums.frames))
    sides = (sums.count, sums.measured, sums.expected * KB * temperature)
    return [blocks(x, n_blocks).sum(axis=1) for x in sides]


def block_count(frames: int) -> int:
    """Number of blocks for so many frames.

    Raises:
        ValueError: too few frames.
    """
    n = min(BLOCKS, frames // 2)
    if n < FEWEST_BLOCKS:
        raise ValueError(f"{frames} frames; allowed: at least {2 * FEWEST_BLOCKS}")
    return n


def _balance(
    pair: tuple[str, str], r: np.ndarray, n: np.ndarray, b: np.ndarray, a: np.ndarray
) -> ForceBalance:
    """From sums of blocks, shape (block, spline)."""
    whole = n.mean(axis=0)
    means = (x(side) / whole for side in (b, a) for x in (lambda y: y.mean(axis=0), standard_error))
    return ForceBalance(pair, r, *means, *_factor(n, b, a))


def _factor(n: np.ndarray, b: np.ndarray, a: np.ndarray) -> tuple[float, float]:
    """The factor and its standard error, from sums of blocks, shape (block, spline)."""
    weight = 1 / n.sum(axis=0)

    def factor(kept: np.ndarray) -> float:
        cross = [_different(a[kept], x[kept]) @ weight for x in (b, a)]
        return cross[0] / cross[1] if cross[1] > 0 else math.nan

    return with_jackknife_error(len(n), factor) if n.size else (math.nan, math.nan)


def _different(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Sum of products of different blocks: shapes (block, spline) to (spline,)."""
    return x.sum(axis=0) * y.sum(axis=0) - (x * y).sum(axis=0)


def _pair_index(kinds: int) -> np.ndarray:
    """Index of each pair of species, shape (kind, kind), symmetric."""
    index = np.zeros((kinds, kinds), np.int64)
    index[np.triu_indices(kinds)] = np.arange(kinds * (kinds + 1) // 2)
    return np.maximum(index, index.T)


@njit(cache=True)
def _add_pairs(position, force, edges, species, pair_index, width, sums):
    """Add the pairs of one frame to the sums, shape (3, pair of species, spline): see ``PairSums``."""
    n, splines = len(position), sums.shape[2]
    far = (splines + 2) * width
    d = np.empty(3)
    phi, slope = np.empty(3), np.empty(3)
    for i in range(n):
        for j in range(i):
            r2 = 0.0
            for x in range(3):
                d[x] = nearest(position[i, x] - position[j, x], edges[x])
                r2 += d[x] * d[x]
            if r2 >= far * far or r2 == 0.0:
                continue
            r, along = np.sqrt(r2), 0.0
            for x in range(3):
                along += (force[i, x] - force[j, x]) * d[x]
            along *= 0.5 / r
            interval = int(r / width)
            t = r / width - interval
            phi[0], phi[1], phi[2] = 0.5 * (1 - t) * (1 - t), 0.5 + t * (1 - t), 0.5 * t * t
            slope[0], slope[1], slope[2] = (t - 1) / width, (1 - 2 * t) / width, t / width
            kind = pair_index[species[i], species[j]]
            for s in range(3):
                k = interval - 2 + s
                if 0 <= k < splines:
                    sums[0, kind, k] += phi[s]
                    sums[1, kind, k] += phi[s] * along
                    sums[2, kind, k] -= slope[s] + 2 * phi[s] / r
