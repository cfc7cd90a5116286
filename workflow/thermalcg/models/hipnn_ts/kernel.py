"""Compiled energy and forces of a network with one interaction layer.

All beads bring the same input, the number 1.  The first layer therefore sees of bead i only the sums over its
neighbours

    e_cv(i) = sum_j s_v(r_ij) y_c(u_ij),

with s_v the sensitivity functions, u_ij the unit vector to the neighbour, and y_c = 1, the three components
of u and, at order 2, five of its traceless quadrupole.  What follows is a small network of the bead alone.
One pass over the beads gives energy and forces: the sums, the network forwards and backwards, and the
derivatives of the sums.  Everything is in double precision; the exponential is a polynomial with a relative
error of 1e-13.

Sources of the equations: Lubbers et al., J. Chem. Phys. 148, 241715 (2018) for the layers, Chigaev et al.,
J. Chem. Phys. 158, 184108 (2023) for the tensors.  ``network.EnergyNetwork`` in torch is the reference.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from thermalcg.geometry.periodic import nearest

#: hippynn's "inverse" sensitivities want a length scale of order one; it works in Angstrom.
ANGSTROM_PER_NM = 10.0

#: Beads closer than this lie on one spot, nm: the single precision of a network cannot tell them apart.
ONE_SPOT_NM = 1e-6

#: Rows are filled up to a multiple of this number: processors work on so many numbers at once.
LANES = 8

#: No more is left of a sensitivity at this exponent than 4e-18.
LARGEST_EXPONENT = 40.0

#: torch's softplus is the identity above.
LINEAR_ABOVE = 20.0

#: Rounding may be reordered; numbers that are not finite stay what they are.
FAST = {"reassoc", "contract", "arcp", "nsz"}

#: Number of tensor components by tensor order.
COMPONENTS = {1: 4, 2: 9}


class Weights(NamedTuple):
    """A network and the read-out of one combination of its energies, with F features padded with zeros.

    Attributes:
        center: inverse centre of each sensitivity function, 1/Angstrom, shape (S,).
        width: its inverse width, Angstrom, shape (S,).
        cutoff: Angstrom.
        interaction: (S, F) from sensitivities to features.
        scales: (order, F) of the magnitudes of vectors and quadrupoles.
        cusp: added to their squares.
        own: (F,) what a bead without neighbours has before the first activation.
        links: (L, L, F, F) from the activations of each layer to the input of each later one.
        bias: (L, F) of the inputs of the layers.
        readout: (L, F) from activations to energy, kJ/mol.
        constant: energy of a bead, kJ/mol.
    """

    center: np.ndarray
    width: np.ndarray
    cutoff: float
    interaction: np.ndarray
    scales: np.ndarray
    cusp: float
    own: np.ndarray
    links: np.ndarray
    bias: np.ndarray
    readout: np.ndarray
    constant: float


@njit(cache=True, nogil=True, fastmath=FAST, inline="always")
def exp_minus(x):
    """The exponential of -x for x >= 0, relative error 1e-13; 0 above ``LARGEST_EXPONENT``."""
    y = min(x, LARGEST_EXPONENT) * (-1.0 / 256.0)
    e = 1.0 + y * (
        1.0
        + y
        * (1 / 2 + y * (1 / 6 + y * (1 / 24 + y * (1 / 120 + y * (1 / 720 + y * (1 / 5040 + y / 40320))))))
    )
    for _ in range(8):
        e *= e
    return e if x < LARGEST_EXPONENT else 0.0


@njit(cache=True, nogil=True, fastmath=FAST, inline="always")
def log_1_plus(t):
    """log(1 + t) for 0 <= t <= 1: the series of 2 artanh(t / (2 + t))."""
    z = t / (2.0 + t)
    w = z * z
    a = 1 / 15 + w * (1 / 17 + w * (1 / 19 + w * (1 / 21 + w * (1 / 23 + w * (1 / 25 + w * (1 / 27 + w / 29))))))
    b = 1.0 + w * (1 / 3 + w * (1 / 5 + w * (1 / 7 + w * (1 / 9 + w * (1 / 11 + w * (1 / 13 + w * a))))))
    return 2.0 * z * b


@njit(cache=True, nogil=True, fastmath=FAST, inline="always")
def half_wave(x):
    """Cosine and sine of pi/2 x for 0 <= x <= 1, by their series."""
    a = 0.5 * np.pi * x
    w = a * a
    c, s = 0.0, 0.0
    for k in range(11, 0, -1):
        c = (c + 1.0) * w * (-1.0 / (2 * k * (2 * k - 1)))
        s = (s + 1.0) * w * (-1.0 / (2 * k * (2 * k + 1)))
    return c + 1.0, (s + 1.0) * a


@njit(cache=True, nogil=True, fastmath=FAST)
def _half_pairs(position, edges, first, second, cutoff, ends, vector, count):
    """Pairs within the cutoff: beads, vectors (Angstrom) and the neighbours of each bead.

    Returns:
        Their number, or -1 where two beads lie on one spot.
    """
    n = position.shape[0]
    ex, ey, ez = edges[0], edges[1], edges[2]
    limit = cutoff * cutoff
    listed = len(first) > 0
    n_candidates = len(first) if listed else n * (n - 1) // 2
    i, j, found = 0, 0, 0
    closest = np.inf
    for candidate in range(n_candidates):
        if listed:
            i, j = first[candidate], second[candidate]
        else:
            j += 1
            if j == n:
                i += 1
                j = i + 1
        dx = ANGSTROM_PER_NM * nearest(position[j, 0] - position[i, 0], ex)
        dy = ANGSTROM_PER_NM * nearest(position[j, 1] - position[i, 1], ey)
        dz = ANGSTROM_PER_NM * nearest(position[j, 2] - position[i, 2], ez)
        r2 = dx * dx + dy * dy + dz * dz
        if r2 >= limit:
            continue
        closest = min(closest, r2)
        ends[found, 0], ends[found, 1] = i, j
        vector[found, 0], vector[found, 1], vector[found, 2], vector[found, 3] = dx, dy, dz, r2
        count[i] += 1
        count[j] += 1
        found += 1
    return -1 if closest < (ONE_SPOT_NM * ANGSTROM_PER_NM) ** 2 else found


@njit(cache=True, nogil=True, fastmath=FAST)
def _rows(found, ends, vector, count, start, neighbour, d):
    """Neighbours of every bead one after the other: who, and the vector and squared distance to it."""
    n = len(count)
    start[0] = 0
    for i in range(n):
        start[i + 1] = start[i] + count[i]
        count[i] = 0
    for k in range(found):
        i, j = ends[k, 0], ends[k, 1]
        p, q = start[i] + count[i], start[j] + count[j]
        neighbour[p], neighbour[q] = j, i
        for a in range(3):
            d[a, p], d[a, q] = vector[k, a], -vector[k, a]
        d[3, p] = d[3, q] = vector[k, 3]
        count[i] += 1
        count[j] += 1


@njit(cache=True, nogil=True, fastmath=FAST)
def _directions(d, begin, n_near, size, cutoff, inverse, cut, slope, y):
    """Inverse distance, cutoff function with its slope, and tensor components of the neighbours of a bead.

    Places beyond the last neighbour are filled with one at the cutoff that has no weight.
    """
    for p in range(size):
        there = p < n_near
        k = begin + min(p, n_near - 1)
        q = 1.0 / np.sqrt(d[3, k]) if there else 1.0 / cutoff
        c, s = half_wave(min(1.0 / (q * cutoff), 1.0))
        inverse[p] = q
        cut[p] = c * c if there else 0.0
        slope[p] = -c * s * np.pi / cutoff if there else 0.0
        y[0, p] = 1.0
        y[1, p] = d[0, k] * q
        y[2, p] = d[1, k] * q
        y[3, p] = d[2, k] * q
    if y.shape[0] == 9:
        for p in range(size):
            y[4, p] = y[1, p] * y[1, p] - 1 / 3
            y[5, p] = y[1, p] * y[2, p]
            y[6, p] = y[1, p] * y[3, p]
            y[7, p] = y[2, p] * y[2, p] - 1 / 3
            y[8, p] = y[2, p] * y[3, p]


@njit(cache=True, nogil=True, fastmath=FAST)
def _environment(size, weights, inverse, cut, slope, y, s, ds, env):
    """Sensitivities of a bead's neighbours, their radial derivatives, and the sums e_cv."""
    for v in range(len(weights.center)):
        center, width = weights.center[v], weights.width[v]
        w2 = width * width
        for p in range(size):
            q = inverse[p]
            off = q - center
            bare = exp_minus(0.5 * w2 * off * off)
            s[v, p] = bare * cut[p]
            ds[v, p] = bare * (slope[p] + cut[p] * w2 * off * q * q)
        for c in range(y.shape[0]):
            total = 0.0
            for p in range(size):
                total += s[v, p] * y[c, p]
            env[c, v] = total


@njit(cache=True, nogil=True, fastmath=FAST)
def _features(weights, env, z, total, by):
    """Features z of all tensor components and the input of the first layer.

    Magnitudes of vectors and quadrupoles have their derivatives, ``by`` them, prepared for ``_fields``.
    """
    n_c, n_f = z.shape
    for c in range(n_c):
        z[c] = 0.0
        for v in range(env.shape[1]):
            x = env[c, v]
            for f in range(n_f):
                z[c, f] += x * weights.interaction[v, f]
    for f in range(n_f):
        square = z[1, f] * z[1, f] + z[2, f] * z[2, f] + z[3, f] * z[3, f]
        size = np.sqrt(square + weights.cusp)
        total[f] = z[0, f] + weights.own[f] + weights.scales[0, f] * size
        by[0, f] = weights.scales[0, f] / size
    if n_c == 9:
        for f in range(n_f):
            square = z[4, f] * z[7, f]
            for c in range(4, 9):
                square += z[c, f] * z[c, f]
            size = np.sqrt(2.0 * square + weights.cusp)
            total[f] += weights.scales[1, f] * size
            by[1, f] = weights.scales[1, f] / size


@njit(cache=True, nogil=True, fastmath=FAST)
def _layers(weights, value, gate, gradient):
    """Energy of a bead from the input of its first layer, ``value[0]``; ``gradient[0]`` is its derivative."""
    n_l, n_f = value.shape
    energy = weights.constant
    for k in range(n_l):
        if k:
            for f in range(n_f):
                value[k, f] = weights.bias[k, f]
            for m in range(k):
                for g in range(n_f):
                    x = value[m, g]
                    for f in range(n_f):
                        value[k, f] += x * weights.links[k, m, g, f]
        for f in range(n_f):
            x = value[k, f]
            t = exp_minus(abs(x)) if x <= LINEAR_ABOVE else 0.0
            gate[k, f] = (1.0 if x > 0.0 else t) / (1.0 + t)
            value[k, f] = max(x, 0.0) + log_1_plus(t)
        for f in range(n_f):
            energy += weights.readout[k, f] * value[k, f]
    for k in range(n_l - 1, -1, -1):
        for f in range(n_f):
            gradient[k, f] = weights.readout[k, f]
        for m in range(k + 1, n_l):
            for g in range(n_f):
                total = 0.0
                for f in range(n_f):
                    total += weights.links[m, k, g, f] * gradient[m, f]
                gradient[k, g] += total
        for f in range(n_f):
            gradient[k, f] *= gate[k, f]
    return energy


@njit(cache=True, nogil=True, fastmath=FAST)
def _fields(weights, z, by, gradient, field):
    """Derivatives of a bead's energy by its sums e_cv."""
    n_c, n_f = z.shape
    if n_c == 9:
        for f in range(n_f):
            x, z4 = gradient[f] * by[1, f], z[4, f]
            z[4, f] = x * (2.0 * z4 + z[7, f])
            z[7, f] = x * (2.0 * z[7, f] + z4)
            z[5, f] *= 2.0 * x
            z[6, f] *= 2.0 * x
            z[8, f] *= 2.0 * x
    for f in range(n_f):
        z[0, f] = gradient[f]
        for c in range(1, 4):
            z[c, f] *= gradient[f] * by[0, f]
    for c in range(n_c):
        for v in range(field.shape[1]):
            total = 0.0
            for f in range(n_f):
                total += weights.interaction[v, f] * z[c, f]
            field[c, v] = total


@njit(cache=True, nogil=True, fastmath=FAST)
def _pair_gradients(size, inverse, y, s, ds, field, along, turn):
    """Derivatives of a bead's energy by the vectors to its neighbours, into ``turn[1:4]``."""
    n_c = y.shape[0]
    for p in range(size):
        along[p] = 0.0
    turn[:, :size] = 0.0
    for v in range(field.shape[1]):
        for c in range(n_c):
            x = field[c, v]
            for p in range(size):
                along[p] += x * ds[v, p] * y[c, p]
                turn[c, p] += x * s[v, p]
    for p in range(size):
        ux, uy, uz = y[1, p], y[2, p], y[3, p]
        tx, ty, tz = turn[1, p], turn[2, p], turn[3, p]
        if n_c == 9:
            tx += 2.0 * turn[4, p] * ux + turn[5, p] * uy + turn[6, p] * uz
            ty += 2.0 * turn[7, p] * uy + turn[5, p] * ux + turn[8, p] * uz
            tz += turn[6, p] * ux + turn[8, p] * uy
        q = inverse[p]
        radial = along[p] - q * (tx * ux + ty * uy + tz * uz)
        turn[1, p] = radial * ux + q * tx
        turn[2, p] = radial * uy + q * ty
        turn[3, p] = radial * uz + q * tz


@njit(cache=True, nogil=True, fastmath=FAST)
def energy_force(position, edges, first, second, weights, force):
    """Energy of one configuration; its forces are written into ``force`` (N, 3).

    Both are NaN where two beads lie on one spot.

    Args:
        position: nm, shape (N, 3).
        edges: of the periodic box, nm, shape (3,).
        first, second: candidate pairs, or ``geometry.neighbours.ALL_PAIRS``.
        weights: of ``weights.kernel_weights``.
    """
    n, n_s, n_f = position.shape[0], len(weights.center), len(weights.own)
    n_c, n_l = 4 if weights.scales.shape[0] == 1 else 9, weights.bias.shape[0]
    capacity = len(first) if len(first) > 0 else n * (n - 1) // 2
    ends, vector = np.empty((capacity, 2), np.int64), np.empty((capacity, 4))
    count, start = np.zeros(n, np.int64), np.empty(n + 1, np.int64)
    found = _half_pairs(position, edges, first, second, weights.cutoff, ends, vector, count)
    if found < 0:
        force[:] = np.nan
        return np.nan
    most = (count.max() + LANES - 1) // LANES * LANES if n else 0
    neighbour, d = np.empty(2 * found, np.int64), np.empty((4, 2 * found))
    _rows(found, ends, vector, count, start, neighbour, d)
    inverse, cut, slope, along = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    y, turn = np.empty((n_c, most)), np.empty((n_c, most))
    s, ds = np.empty((n_s, most)), np.empty((n_s, most))
    env, field = np.empty((n_c, n_s)), np.empty((n_c, n_s))
    z, by = np.empty((n_c, n_f)), np.empty((2, n_f))
    value, gate, gradient = np.empty((n_l, n_f)), np.empty((n_l, n_f)), np.empty((n_l, n_f))
    force[:] = 0.0
    energy = 0.0
    for i in range(n):
        size = (count[i] + LANES - 1) // LANES * LANES
        if size:
            _directions(d, start[i], count[i], size, weights.cutoff, inverse, cut, slope, y)
        _environment(size, weights, inverse, cut, slope, y, s, ds, env)
        _features(weights, env, z, value[0], by)
        energy += _layers(weights, value, gate, gradient)
        if not size:
            continue
        _fields(weights, z, by, gradient[0], field)
        _pair_gradients(size, inverse, y, s, ds, field, along, turn)
        for p in range(count[i]):
            j = neighbour[start[i] + p]
            for a in range(3):
                x = ANGSTROM_PER_NM * turn[1 + a, p]
                force[j, a] -= x
                force[i, a] += x
    return energy
