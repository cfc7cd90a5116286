"""The forces of a spline potential on some beads, compiled for dynamics.

For each bead in turn: pairs and prior from a table, summed into the bead alone; then its neighbours within
the range of the triplets are packed together, and every ordered pair (j, k) of them is visited with k
innermost, where the processor works on several at once.  With the radial functions p_m of ``tables``,

    E_i = 1/2 sum_{j != k} sum_l cos^l(theta_jk) sum_m p_m(r_j) K_lm(k),   K_lm(k) = sum_o C_l[m, o] p_o(r_k).

The pair (j, j) is visited as well and taken off again; its cosine is one, so it pulls along r_j only.

All intermediate numbers lie in one array with offsets that are known when it is compiled: only then does the
compiler see that rows do not overlap, and works on several entries at once.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Entries of a row in the scratch array: most neighbours of a bead within the range of the triplets, and
#: pairs that are worked on together.
ROOM = 128

#: Entries of a row are a multiple of this, so that no loop has a remainder.
LANES = 4

#: Most radial functions of the triplets, as in the configuration.
MOST_RADIAL = 20

# rows of the scratch array: vectors to all neighbours, their squares, ...
DX, DY, DZ, R2 = 0, ROOM, 2 * ROOM, 3 * ROOM
# ... and of the neighbours within the range of the triplets: unit vectors, distances, 1 / distances,
UX, UY, UZ, R, INVERSE = 4 * ROOM, 5 * ROOM, 6 * ROOM, 7 * ROOM, 8 * ROOM
# energies, and their derivatives by distance and direction,
ENERGY, ALONG, TX, TY, TZ = 9 * ROOM, 10 * ROOM, 11 * ROOM, 12 * ROOM, 13 * ROOM
# sums over neighbours, the coefficients of a neighbour with itself,
MOMENTS, OWN = 14 * ROOM, 14 * ROOM + 4 * MOST_RADIAL
# radial functions, their slopes, and K_lm, as many rows as the potential has
FUNCTIONS = 18 * ROOM

#: What ``add_forces`` returns beside the energy.
FINE, OVERLAP, CROWD = 0, 1, 2


def scratch_for(tables) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Working memory of ``add_forces``, for one thread: numbers and indices."""
    radial, powers = len(tables.radial), len(tables.angular)
    return (
        np.zeros(FUNCTIONS + (2 + powers) * radial * ROOM),
        np.zeros(ROOM + 1, np.int64),
        np.zeros(ROOM, np.int64),
    )


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def _vectors(i, position, edges, neighbours, begin, count, work):
    """Nearest vectors from a bead to some of its row, or without rows to some of all, and their squares."""
    ex, ey, ez = edges[0], edges[1], edges[2]
    ix, iy, iz = 1 / ex, 1 / ey, 1 / ez
    x, y, z = position[0, i], position[1, i], position[2, i]
    if neighbours.shape[0]:
        for k in range(count):
            j = np.uint32(neighbours[i, begin + k])
            work[DX + k] = position[0, j] - x
            work[DY + k] = position[1, j] - y
            work[DZ + k] = position[2, j] - z
    else:
        for k in range(count):
            work[DX + k] = position[0, begin + k] - x
            work[DY + k] = position[1, begin + k] - y
            work[DZ + k] = position[2, begin + k] - z
    for k in range(count):
        dx, dy, dz = work[DX + k], work[DY + k], work[DZ + k]
        dx -= ex * np.rint(dx * ix)
        dy -= ey * np.rint(dy * iy)
        dz -= ez * np.rint(dz * iz)
        work[DX + k], work[DY + k], work[DZ + k] = dx, dy, dz
        work[R2 + k] = dx * dx + dy * dy + dz * dz


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def _pairs(count, tables, work):
    """Force of pairs and prior on a bead, and how many neighbours are closer than the table begins."""
    fx, fy, fz = 0.0, 0.0, 0.0
    close = 0
    last = len(tables.force) - 2.0
    for k in range(count):
        node = (work[R2 + k] - tables.first) * tables.per_r2
        close += node < 0.0
        node = min(max(node, 0.0), last)
        low = np.uint64(np.int32(node))
        part = node - low
        f = tables.force[low] * (1.0 - part) + tables.force[low + np.uint64(1)] * part
        fx -= f * work[DX + k]
        fy -= f * work[DY + k]
        fz -= f * work[DZ + k]
    return fx, fy, fz, close


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def _pair_energy(count, tables, work):
    """Half the energy of a bead's pairs; that of the bead with itself is not counted."""
    total = 0.0
    last = len(tables.energy) - 2.0
    for k in range(count):
        node = min(max((work[R2 + k] - tables.first) * tables.per_r2, 0.0), last)
        low = np.uint64(np.int32(node))
        part = node - low
        e = tables.energy[low] * (1.0 - part) + tables.energy[low + np.uint64(1)] * part
        total += e if work[R2 + k] > 0.0 else 0.0
    return 0.5 * total


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def _pack(i, neighbours, stretch, square, packed, scratch):
    """Move the neighbours closer than the root of ``square``, not the bead itself, to the triplets' rows."""
    begin, count = stretch
    work, places, near = scratch
    found = 0
    for k in range(count):
        places[found] = k
        found += np.int64(work[R2 + k] < square) & np.int64(work[R2 + k] > 0.0)
    found = min(found, ROOM - packed)
    for f in range(found):
        k, slot = places[f], packed + f
        near[slot] = neighbours[i, begin + k] if neighbours.shape[0] else begin + k
        work[UX + slot] = work[DX + k]
        work[UY + slot] = work[DY + k]
        work[UZ + slot] = work[DZ + k]
        work[R + slot] = work[R2 + k]
    return packed + found


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def _radial_functions(packed, padded, tables, work):
    """Unit vectors, radial functions and their slopes, and K_lm for l >= 2, of the packed neighbours."""
    n, powers = len(tables.radial), len(tables.angular)
    values, slopes, products = FUNCTIONS, FUNCTIONS + n * ROOM, FUNCTIONS + 2 * n * ROOM
    for k in range(packed, padded):
        work[UX + k], work[UY + k], work[UZ + k] = 0.0, 0.0, 0.0
        work[R + k] = tables.triplet_cutoff**2
    per_w, end = tables.knot
    for k in range(padded):
        r = np.sqrt(work[R + k])
        inverse = 1.0 / r
        work[INVERSE + k] = inverse
        work[UX + k] *= inverse
        work[UY + k] *= inverse
        work[UZ + k] *= inverse
        inside = max(r, tables.r_min)
        below = r - inside
        t = end - inside * per_w
        for m in range(n):
            x = max(t - m, 0.0)
            slope = -3.0 * per_w * x * x
            work[values + m * ROOM + k] = x * x * x + slope * below
            work[slopes + m * ROOM + k] = slope
    for l in range(2, powers):  # noqa: E741
        for m in range(n):
            for k in range(padded):
                total = 0.0
                for o in range(n):
                    total += tables.triplet[l, m, o] * work[values + o * ROOM + k]
                work[products + ((l - 2) * n + m) * ROOM + k] = total


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def _low_powers(padded, tables, work):
    """For every packed neighbour j the sum over all k for l = 0 and 1, less the pair (j, j) of every l.

    It takes the sums of p_m and of p_m times the unit vector, and no pairs.
    """
    n, powers = len(tables.radial), len(tables.angular)
    values, slopes = FUNCTIONS, FUNCTIONS + n * ROOM
    for m in range(4 * n):
        work[MOMENTS + m] = 0.0
    for o in range(n):
        p, px, py, pz = 0.0, 0.0, 0.0, 0.0
        for k in range(padded):
            value = work[values + o * ROOM + k]
            p += value
            px += value * work[UX + k]
            py += value * work[UY + k]
            pz += value * work[UZ + k]
        for m in range(n):
            steep = tables.triplet[1, m, o] if powers > 1 else 0.0
            work[MOMENTS + m] += tables.triplet[0, m, o] * p
            work[MOMENTS + n + m] += steep * px
            work[MOMENTS + 2 * n + m] += steep * py
            work[MOMENTS + 3 * n + m] += steep * pz
            work[OWN + m * n + o] = tables.own[m, o]
    for k in range(padded):
        energy, along, tx, ty, tz = 0.0, 0.0, 0.0, 0.0, 0.0
        ux, uy, uz = work[UX + k], work[UY + k], work[UZ + k]
        for m in range(n):
            mx, my, mz = work[MOMENTS + n + m], work[MOMENTS + 2 * n + m], work[MOMENTS + 3 * n + m]
            whole = work[MOMENTS + m] + mx * ux + my * uy + mz * uz
            for o in range(n):
                whole -= work[OWN + m * n + o] * work[values + o * ROOM + k]
            value = work[values + m * ROOM + k]
            energy += value * whole
            along += work[slopes + m * ROOM + k] * whole
            tx += value * mx
            ty += value * my
            tz += value * mz
        toward = tx * ux + ty * uy + tz * uz
        work[ENERGY + k], work[ALONG + k] = energy, along
        work[TX + k], work[TY + k], work[TZ + k] = tx - toward * ux, ty - toward * uy, tz - toward * uz


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy", inline="always")
def _high_powers(j, padded, tables, work):
    """Sum over all packed neighbours k of one neighbour j, for l >= 2: the energy, and its derivatives by the
    distance to j and by the direction to j."""
    n, powers = len(tables.radial), len(tables.angular)
    values, slopes, products = FUNCTIONS, FUNCTIONS + n * ROOM, FUNCTIONS + 2 * n * ROOM
    ux, uy, uz = work[UX + j], work[UY + j], work[UZ + j]
    energy, along, tx, ty, tz = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(padded):
        cosine = ux * work[UX + k] + uy * work[UY + k] + uz * work[UZ + k]
        value, turn, radial = 0.0, 0.0, 0.0
        for back in range(powers - 2):
            l = powers - 3 - back  # noqa: E741
            v, s = 0.0, 0.0
            for m in range(n):
                product = work[products + (l * n + m) * ROOM + k]
                v += work[values + m * ROOM + j] * product
                s += work[slopes + m * ROOM + j] * product
            turn = turn * cosine + value
            value = value * cosine + v
            radial = radial * cosine + s
        # what Horner's rule has left is the sum divided by the square of the cosine
        turn = cosine * (turn * cosine + 2.0 * value)
        energy += value * cosine * cosine
        along += radial * cosine * cosine
        tx += turn * (work[UX + k] - cosine * ux)
        ty += turn * (work[UY + k] - cosine * uy)
        tz += turn * (work[UZ + k] - cosine * uz)
    return energy, along, tx, ty, tz


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy", forceinline=True)
def add_forces(begin, end, position, field, with_energy, force):
    """Add the forces of the pairs of some beads, and of the triplets of which they are the centre.

    Args:
        begin, end: the beads.
        position: nm, shape (3, N).
        field: edges of the periodic box, nm, (3,); ``neighbour_rows.Rows``; ``Tables``; and working memory
            of ``scratch_for``.
        with_energy: whether the energy of pairs is wanted.
        force: kJ/mol/nm, shape (3, N).

    Returns:
        Their energy, kJ/mol, and ``FINE``; ``OVERLAP`` where two beads are closer than the tables begin;
        ``CROWD`` where a bead has more than ``ROOM`` neighbours within the range of the triplets.
    """
    edges, rows, tables, scratch = field
    neighbours, lengths, _ = rows
    work, _, near = scratch
    listed = neighbours.shape[0] > 0
    square = tables.triplet_cutoff**2
    total = 0.0
    for i in range(begin, end):
        count = lengths[i, 0] if listed else position.shape[1]
        reach = lengths[i, 1] if listed else count
        selves = lengths[i, 2] if listed else 1
        fx, fy, fz, itself, packed = 0.0, 0.0, 0.0, 0, 0
        for first in range(0, count, ROOM):
            here = min(ROOM, count - first)
            _vectors(i, position, edges, neighbours, first, here, work)
            px, py, pz, close = _pairs(here, tables, work)
            fx, fy, fz, itself = fx + px, fy + py, fz + pz, itself + close
            if with_energy:
                total += _pair_energy(here, tables, work)
            stretch = first, min(here, reach - first)
            packed = _pack(i, neighbours, stretch, square, packed, scratch)
        if itself != selves:
            return total, OVERLAP
        if packed >= ROOM:
            return total, CROWD
        if packed > 1:
            padded = -(-packed // LANES) * LANES
            _radial_functions(packed, padded, tables, work)
            _low_powers(padded, tables, work)
            for j in range(packed):
                energy, along, tx, ty, tz = _high_powers(j, padded, tables, work)
                energy += work[ENERGY + j]
                along += work[ALONG + j]
                tx += work[TX + j]
                ty += work[TY + j]
                tz += work[TZ + j]
                inverse = work[INVERSE + j]
                gx = along * work[UX + j] + inverse * tx
                gy = along * work[UY + j] + inverse * ty
                gz = along * work[UZ + j] + inverse * tz
                force[0, near[j]] -= gx
                force[1, near[j]] -= gy
                force[2, near[j]] -= gz
                fx += gx
                fy += gy
                fz += gz
                total += 0.5 * energy
        force[0, i] += fx
        force[1, i] += fy
        force[2, i] += fz
    return total, FINE
