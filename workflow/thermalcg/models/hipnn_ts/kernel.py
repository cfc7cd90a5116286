"""Compiled energy and forces of a network with one interaction layer, of tensor order 1 or 2.

After the sums over neighbours (``rows``) comes a small network of the bead alone.  One pass over the beads
gives energy and forces: the sums, the network forwards and backwards, and the derivatives of the sums.
Everything is in double precision.  ``network.EnergyNetwork`` in torch is the reference.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .elementary import COMPILED, softplus
from .rows import (
    BLOCK,
    add_forces,
    along_and_across,
    directions,
    environment,
    make_rows,
    sensitivities,
    vectors,
)


@njit(**COMPILED, forceinline=True)
def _magnitudes(weights, z, value, by):
    """Input of the first layer from the features z of all tensor components.

    The derivatives of the magnitudes of vectors and quadrupoles are prepared, in ``by``, for ``_fields``.
    """
    for f in range(z.shape[0]):
        scale, own = weights.scales[0, f], weights.own[f]
        for i in range(BLOCK):
            square = z[f, 1, i] * z[f, 1, i] + z[f, 2, i] * z[f, 2, i] + z[f, 3, i] * z[f, 3, i]
            size = np.sqrt(square + weights.cusp)
            value[f, i] = z[f, 0, i] + own + scale * size
            by[0, f, i] = scale / size
        if z.shape[1] == 9:
            scale = weights.scales[1, f]
            for i in range(BLOCK):
                square = z[f, 4, i] * z[f, 7, i]
                for c in range(4, 9):
                    square += z[f, c, i] * z[f, c, i]
                size = np.sqrt(2.0 * square + weights.cusp)
                value[f, i] += scale * size
                by[1, f, i] = scale / size


@njit(**COMPILED, forceinline=True)
def _layers(weights, n_beads, layers, product):
    """Energy of a block of beads from the inputs of the first layer.

    Args:
        layers: (3, L, F, BLOCK): inputs, then activations; their derivatives; derivatives of the energy by
            the inputs.  Those of the first layer are handed in and out.
        product: room for one product of matrices, (F, BLOCK).
    """
    value, gate, gradient = layers[0], layers[1], layers[2]
    n_l, n_f = weights.bias.shape
    energy = n_beads * weights.constant
    for k in range(n_l):
        if k:
            for f in range(n_f):
                value[k, f] = weights.bias[k, f]
            for m in range(k):
                np.dot(weights.links[k, m], value[m], product)
                value[k] += product
        for f in range(n_f):
            for i in range(BLOCK):
                value[k, f, i], gate[k, f, i] = softplus(value[k, f, i])
            for i in range(n_beads):
                energy += weights.readout[k, f] * value[k, f, i]
    for k in range(n_l - 1, -1, -1):
        for f in range(n_f):
            gradient[k, f] = weights.readout[k, f]
        for m in range(k + 1, n_l):
            np.dot(weights.links_back[m, k], gradient[m], product)
            gradient[k] += product
        gradient[k] *= gate[k]
    return energy


@njit(**COMPILED, forceinline=True)
def _fields(z, by, gradient):
    """Turn the features z of all tensor components into the derivatives of the energy by them."""
    for f in range(z.shape[0]):
        if z.shape[1] == 9:
            for i in range(BLOCK):
                x, z4 = gradient[f, i] * by[1, f, i], z[f, 4, i]
                z[f, 4, i] = x * (2.0 * z4 + z[f, 7, i])
                z[f, 7, i] = x * (2.0 * z[f, 7, i] + z4)
                z[f, 5, i] *= 2.0 * x
                z[f, 6, i] *= 2.0 * x
                z[f, 8, i] *= 2.0 * x
        for i in range(BLOCK):
            x = gradient[f, i] * by[0, f, i]
            z[f, 0, i] = gradient[f, i]
            z[f, 1, i] *= x
            z[f, 2, i] *= x
            z[f, 3, i] *= x


@njit(**COMPILED)
def energy_force(position, edges, first, second, weights, force):
    """Energy of one configuration, kJ/mol; its forces, kJ/mol/nm, are written into ``force`` (N, 3).

    Both are NaN where two beads lie on one spot.

    Args:
        position: nm, shape (N, 3).
        edges: of the periodic box, nm, shape (3,).
        first, second: candidate pairs, or ``geometry.neighbours.ALL_PAIRS``.
        weights: ``weights.Weights``, of ``weights.kernel_weights``.
    """
    n, n_s, n_f = position.shape[0], len(weights.center), len(weights.own)
    n_c, n_l = 4 if weights.scales.shape[0] == 1 else 9, weights.bias.shape[0]
    rows = make_rows(position, edges, first, second, weights.cutoff)
    if rows.overlap:
        force[:] = np.nan
        return np.nan
    radial, y, turn = np.empty((3, rows.most)), np.empty((n_c, rows.most)), np.empty((n_c, rows.most))
    values = np.empty((2, n_s, rows.most))
    env, z, by = np.zeros((n_s, n_c, BLOCK)), np.empty((n_f, n_c, BLOCK)), np.empty((2, n_f, BLOCK))
    layers, product = np.empty((3, n_l, n_f, BLOCK)), np.empty((n_f, BLOCK))
    sums, features = env.reshape(n_s, n_c * BLOCK), z.reshape(n_f, n_c * BLOCK)
    force[:] = 0.0
    energy = 0.0
    for block in range(0, n, BLOCK):
        beads, begin = min(BLOCK, n - block), rows.start[block]
        size = rows.start[block + beads] - begin
        directions(rows.d, begin, size, weights.cutoff, radial, y)
        sensitivities(size, weights.center, weights.width, radial, values)
        for b in range(beads):
            row = rows.start[block + b] - begin, rows.start[block + b + 1] - begin
            environment(row[0], row[1], y, values, b, env)
        np.dot(weights.interaction, sums, features)
        _magnitudes(weights, z, layers[0, 0], by)
        energy += _layers(weights, beads, layers, product)
        _fields(z, by, layers[2, 0])
        np.dot(weights.interaction_back, features, sums)
        for b in range(beads):
            row = rows.start[block + b] - begin, rows.start[block + b + 1] - begin
            along_and_across(row[0], row[1], y, values, b, env, turn)
        vectors(size, radial, y, turn)
        add_forces(rows, block, beads, turn, force)
    return energy
