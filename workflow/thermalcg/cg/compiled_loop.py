"""The compiled loop of a run: neighbours, forces, steps, records, and the check for an explosion."""

from __future__ import annotations

import numpy as np
from numba import njit

from thermalcg.geometry.neighbour_rows import outdated, renewed
from thermalcg.models.spline.fast_forces import FINE, add_forces

from .replicas import LARGEST_FORCE

#: A force that is too large or no number; the other statuses are those of ``add_forces``.
EXPLODED = 3


@njit(cache=True, nogil=True)
def advance(motion, bath, forces, rng, per_frame, with_energy, record):
    """Make steps, and record after every frame.

    Args:
        motion: position and velocity (3, N), and auxiliary variables (3, N, variable), which move on.
        bath: ``baths.Bath``.
        forces: edges of the box, nm, (3,); reach of the rows; rows, which may be empty; tables of the
            potential; working memory.
        rng: numpy's generator.
        per_frame: steps from one record to the next.
        with_energy: whether energies are recorded.
        record: position and velocity (frame, 3, N) and energy (frame,), kJ/mol, written here.

    Returns:
        ``FINE``, or why the run has failed, and the steps made until then.
    """
    position, velocity, auxiliary = motion
    edges, reach, rows, tables, scratch = forces
    positions, velocities, energies = record
    force, steps = np.empty_like(position), 0
    for frame in range(len(energies)):
        for step in range(per_frame + 1):
            # the forces after a frame's last step give its energy, and serve the next frame's first step
            last = step == per_frame
            if step or not frame:
                if outdated(position, rows, reach):
                    rows = renewed(position, edges, reach, rows)
                force[:] = 0.0
                field = edges, rows, tables, scratch
                wanted = last and with_energy
                energy, status = add_forces(0, position.shape[1], position, field, wanted, force)
                if status == FINE and not bounded(force):
                    status = EXPLODED
                if status != FINE:
                    return status, steps
            if last:
                positions[frame], velocities[frame] = position, velocity
                if with_energy:
                    energies[frame] = energy
            else:
                move(position, velocity, auxiliary, force, bath, rng)
                steps += 1
    return FINE, steps


@njit(cache=True, nogil=True)
def bounded(force):
    """Whether all forces are numbers below ``LARGEST_FORCE``.  Fast mathematics would not see NaN."""
    for a in range(3):
        for i in range(force.shape[1]):
            if not abs(force[a, i]) < LARGEST_FORCE:
                return False
    return True


@njit(cache=True, fastmath=True, nogil=True, forceinline=True)
def move(position, velocity, auxiliary, force, bath, rng):
    """One step of all beads: kick, drift, bath, drift; arguments as for ``advance``."""
    kick, half = bath.step / bath.mass, 0.5 * bath.step
    n, root_mass = position.shape[1], np.sqrt(bath.mass)
    for a in range(3):
        for i in range(n):
            velocity[a, i] += kick * force[a, i]
            position[a, i] += half * velocity[a, i]
        if bath.kick > 0.0:
            for i in range(n):
                velocity[a, i] = bath.keep * velocity[a, i] + bath.kick * rng.standard_normal()
        if len(bath.share):
            for i in range(n):
                velocity[a, i] = _remember(velocity[a, i] * root_mass, auxiliary[a, i], bath, rng) / root_mass
        for i in range(n):
            position[a, i] += half * velocity[a, i]


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _remember(momentum, s, bath, rng):
    """Momentum over the root of the mass after the memory has acted; auxiliary variables are updated."""
    pull = 0.0
    for t in range(len(bath.share)):
        pull += bath.share[t] * s[t]
    change = (bath.cosine - 1.0) * pull - bath.sine * momentum
    for t in range(len(bath.share)):
        old = s[t] + bath.share[t] * change
        s[t] = bath.along[t] * old + bath.noise[t] * rng.standard_normal()
        q = bath.partner[t]
        if q >= 0:
            s[t] -= bath.across[t] * s[q]
            s[q] = bath.across[t] * old + bath.along[t] * s[q] + bath.noise[t] * rng.standard_normal()
    return bath.cosine * momentum + bath.sine * pull
