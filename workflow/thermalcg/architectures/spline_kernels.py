"""Compiled kernels of the two- plus three-body spline potential.

Pair basis: cubic B-splines on uniform knots between ``r_min`` and ``r_cut``, those
that do not vanish at the cutoff left out, so that every function is twice
continuously differentiable there; below ``r_min`` the energy goes on linearly.
Triplet basis: g_n(r_ij) g_m(r_ik) cos^l(theta_jik) with n <= m, symmetrised, g_n from
the same construction.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, fastmath=True, inline="always")
def _cubic(t):
    """The four cubic B-splines on a knot interval at 0 <= t < 1, and derivatives by t."""
    u = 1.0 - t
    return (
        (u * u * u / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (-3 * t * t * t + 3 * t * t + 3 * t + 1) / 6, t * t * t / 6),
        (-u * u / 2, (3 * t * t - 4 * t) / 2, (-3 * t * t + 2 * t + 1) / 2, t * t / 2),
    )


@njit(cache=True, fastmath=True)
def radial_basis(r, r_min, r_cut, n, value, slope):
    """Write the n functions and their derivatives at r into ``value`` and ``slope``."""
    value[:n] = 0.0
    slope[:n] = 0.0
    if r >= r_cut:
        return
    width = (r_cut - r_min) / n
    x = max(r - r_min, 0.0) / width
    k = min(int(x), n - 1)
    b, db = _cubic(x - k)
    for s in range(4):
        if k + s < n:
            value[k + s] = b[s]
            slope[k + s] = db[s] / width
    if r < r_min:
        for s in range(3):
            value[s] += slope[s] * (r - r_min)


@njit(cache=True, fastmath=True)
def design_matrix(position, box, r_min, r_cut2, n2, r_cut3, n3, n_l):
    """Energies and forces of every basis function for one configuration.

    Args:
        position: nm, shape (N, 3).
        n_l: number of powers of cos(theta), l = 0 ... n_l - 1.

    Returns:
        energy (F,) and force (N, 3, F); F = n2 + n_l n3 (n3 + 1) / 2.
    """
    n = position.shape[0]
    n_pairs3 = n3 * (n3 + 1) // 2
    size = n2 + n_l * n_pairs3
    energy = np.zeros(size)
    force = np.zeros((n, 3, size))
    value, slope = np.empty(n2), np.empty(n2)
    near = np.empty((n, n), np.int64)
    count = np.zeros(n, np.int64)
    unit = np.empty((n, n, 3))
    dist = np.empty((n, n))
    g = np.empty((n, n, n3))
    dg = np.empty((n, n, n3))
    d = np.empty(3)
    for i in range(n):
        for j in range(n):
            if i == j:
                continue
            r2 = 0.0
            for a in range(3):
                d[a] = position[j, a] - position[i, a]
                d[a] -= box * np.rint(d[a] / box)
                r2 += d[a] * d[a]
            r = np.sqrt(r2)
            if i < j and r < r_cut2:
                radial_basis(r, r_min, r_cut2, n2, value, slope)
                for f in range(n2):
                    energy[f] += value[f]
                    for a in range(3):
                        x = slope[f] * d[a] / r
                        force[i, a, f] += x
                        force[j, a, f] -= x
            if r < r_cut3:
                c = count[i]
                near[i, c] = j
                dist[i, c] = r
                for a in range(3):
                    unit[i, c, a] = d[a] / r
                radial_basis(r, r_min, r_cut3, n3, g[i, c], dg[i, c])
                count[i] += 1
    for i in range(n):
        for p in range(count[i]):
            for q in range(p + 1, count[i]):
                j, k = near[i, p], near[i, q]
                cosine = 0.0
                for a in range(3):
                    cosine += unit[i, p, a] * unit[i, q, a]
                f = n2
                for m in range(n3):
                    for o in range(m, n3):
                        both = g[i, p, m] * g[i, q, o]
                        by_p = dg[i, p, m] * g[i, q, o]
                        by_q = g[i, p, m] * dg[i, q, o]
                        if m != o:
                            both += g[i, p, o] * g[i, q, m]
                            by_p += dg[i, p, o] * g[i, q, m]
                            by_q += g[i, p, o] * dg[i, q, m]
                        power, dpower = 1.0, 0.0
                        for l in range(n_l):  # noqa: E741
                            energy[f] += both * power
                            for a in range(3):
                                ep, eq = unit[i, p, a], unit[i, q, a]
                                on_j = by_p * power * ep + both * dpower * (eq - cosine * ep) / dist[i, p]
                                on_k = by_q * power * eq + both * dpower * (ep - cosine * eq) / dist[i, q]
                                force[j, a, f] -= on_j
                                force[k, a, f] -= on_k
                                force[i, a, f] += on_j + on_k
                            dpower = (l + 1) * power
                            power *= cosine
                            f += 1
    return energy, force


#: The angular powers are padded to this many, so that the inner loops vectorise.
PAD = 8


@njit(cache=True, fastmath=True)
def energy_force(position, box, pair, first, second, c2, c3, r_min, r_cut2, r_cut3, force):
    """Energy of one configuration; its forces are written into ``force`` (N, 3).

    Args:
        pair: whether ``first`` and ``second`` (candidate pairs) are used, or all pairs.
        c2: pair coefficients, shape (n2,).
        c3: triplet coefficients, symmetric in the first two, shape (n3, n3, PAD).
    """
    n = position.shape[0]
    n2, n3 = c2.shape[0], c3.shape[0]
    force[:] = 0.0
    energy = 0.0
    width = (r_cut2 - r_min) / n2
    count = np.zeros(n, np.int64)
    most = min(n, 64)
    near = np.empty((n, most), np.int64)
    unit = np.empty((n, most, 3))
    dist = np.empty((n, most))
    g = np.empty((n, most, n3))
    dg = np.empty((n, most, n3))
    gv, gs = np.empty(n3), np.empty(n3)
    n_candidates = len(first) if pair else n * (n - 1) // 2
    i, j = 0, 0
    for candidate in range(n_candidates):
        if pair:
            i, j = first[candidate], second[candidate]
        else:
            j += 1
            if j == n:
                i += 1
                j = i + 1
        dx = position[j, 0] - position[i, 0]
        dy = position[j, 1] - position[i, 1]
        dz = position[j, 2] - position[i, 2]
        dx -= box * np.rint(dx / box)
        dy -= box * np.rint(dy / box)
        dz -= box * np.rint(dz / box)
        r2 = dx * dx + dy * dy + dz * dz
        if r2 >= r_cut2 * r_cut2:
            continue
        r = np.sqrt(r2)
        inv = 1.0 / r
        x = max(r - r_min, 0.0) / width
        k = min(int(x), n2 - 1)
        b, db = _cubic(x - k)
        v, s = 0.0, 0.0
        for t in range(4):
            if k + t < n2:
                v += c2[k + t] * b[t]
                s += c2[k + t] * db[t]
        s /= width
        if r < r_min:
            v += s * (r - r_min)
        energy += v
        s *= inv
        force[i, 0] += s * dx
        force[i, 1] += s * dy
        force[i, 2] += s * dz
        force[j, 0] -= s * dx
        force[j, 1] -= s * dy
        force[j, 2] -= s * dz
        if r < r_cut3:
            radial_basis(r, r_min, r_cut3, n3, gv, gs)
            ci, cj = count[i], count[j]
            if ci == most or cj == most:
                return np.nan  # far denser than any liquid: the run has failed
            near[i, ci], near[j, cj] = j, i
            dist[i, ci] = dist[j, cj] = inv
            unit[i, ci, 0], unit[i, ci, 1], unit[i, ci, 2] = dx * inv, dy * inv, dz * inv
            unit[j, cj, 0], unit[j, cj, 1], unit[j, cj, 2] = -dx * inv, -dy * inv, -dz * inv
            for m in range(n3):
                g[i, ci, m] = g[j, cj, m] = gv[m]
                dg[i, ci, m] = dg[j, cj, m] = gs[m]
            count[i] = ci + 1
            count[j] = cj + 1
    h = np.empty((n3, PAD))
    dh = np.empty((n3, PAD))
    sv, sp, sq = np.empty(PAD), np.empty(PAD), np.empty(PAD)
    power, dpower = np.zeros(PAD), np.zeros(PAD)
    power[0] = 1.0
    for i in range(n):
        for p in range(count[i] - 1):
            # contract the coefficients with neighbour p once, for all its partners
            for o in range(n3):
                for l in range(PAD):  # noqa: E741
                    h[o, l] = 0.0
                    dh[o, l] = 0.0
                for m in range(n3):
                    for l in range(PAD):  # noqa: E741
                        h[o, l] += c3[m, o, l] * g[i, p, m]
                        dh[o, l] += c3[m, o, l] * dg[i, p, m]
            px, py, pz = unit[i, p, 0], unit[i, p, 1], unit[i, p, 2]
            fx, fy, fz = 0.0, 0.0, 0.0
            for q in range(p + 1, count[i]):
                qx, qy, qz = unit[i, q, 0], unit[i, q, 1], unit[i, q, 2]
                cosine = px * qx + py * qy + pz * qz
                for l in range(1, PAD):  # noqa: E741
                    power[l] = power[l - 1] * cosine
                    dpower[l] = l * power[l - 1]
                for l in range(PAD):  # noqa: E741
                    sv[l] = 0.0
                    sp[l] = 0.0
                    sq[l] = 0.0
                for o in range(n3):
                    for l in range(PAD):  # noqa: E741
                        sv[l] += h[o, l] * g[i, q, o]
                        sp[l] += dh[o, l] * g[i, q, o]
                        sq[l] += h[o, l] * dg[i, q, o]
                v, vp, vq, vc = 0.0, 0.0, 0.0, 0.0
                for l in range(PAD):  # noqa: E741
                    v += sv[l] * power[l]
                    vp += sp[l] * power[l]
                    vq += sq[l] * power[l]
                    vc += sv[l] * dpower[l]
                energy += v
                ap = vc * dist[i, p]
                aq = vc * dist[i, q]
                jx = vp * px + ap * (qx - cosine * px)
                jy = vp * py + ap * (qy - cosine * py)
                jz = vp * pz + ap * (qz - cosine * pz)
                kx = vq * qx + aq * (px - cosine * qx)
                ky = vq * qy + aq * (py - cosine * qy)
                kz = vq * qz + aq * (pz - cosine * qz)
                k = near[i, q]
                force[k, 0] -= kx
                force[k, 1] -= ky
                force[k, 2] -= kz
                fx += jx
                fy += jy
                fz += jz
                force[i, 0] += jx + kx
                force[i, 1] += jy + ky
                force[i, 2] += jz + kz
            j = near[i, p]
            force[j, 0] -= fx
            force[j, 1] -= fy
            force[j, 2] -= fz
    return energy
