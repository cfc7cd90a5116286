"""A free bead in an environment that hops between two states: its kernel is known at every temperature."""

from dataclasses import replace

import numpy as np

from support.oscillator import T as SCALE
from support.oscillator import exact_correlations
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.units import KB

#: Temperature at which the motion is known, K.
T0 = 395.0

#: Barrier seen from the lower state, and energy of the upper state, kJ/mol.
BARRIER, UPPER = 13.7, 2.0

#: Attempt frequency, 1/ps: the environment forgets its state in about 0.2 ps at T0.
ATTEMPTS = 250.0

#: Difference of the forces on the bead in the two states, kJ/mol/nm.
JUMP = 230.0

#: Collisions with the cage, which do not depend on temperature: strength, rate and frequency.
COLLISION = (6000.0, 50.0, 80.0)


def hopping(temperature):
    """K(t) = collisions + JUMP^2 p (1 - p) exp(-(k_up + k_down) t) / kB T, p the share of the upper state."""
    beta = 1 / (KB * temperature)
    up, down = (ATTEMPTS * np.exp(-beta * barrier) for barrier in (BARRIER, BARRIER - UPPER))
    share = up / (up + down)
    strength = JUMP**2 * share * (1 - share) * beta
    return Embedding(*np.transpose([COLLISION, (strength, up + down, 0.0)]))


def bath(temperature):
    """Two relaxations with Arrhenius rates of different barriers, and collisions."""
    x = 1 / temperature - 1 / T0
    slow = [(1200.0, 12 * np.exp(-1000 * x), 0.0), (600.0, 3 * np.exp(-1900 * x), 0.0)]
    return Embedding(*np.transpose([COLLISION, *slow]))


def free_correlations(memory, temperature, interval, lags):
    """Of a free bead with a memory kernel; all of them are proportional to kB T."""
    c, _ = exact_correlations(memory, interval, lags, 1e-6)
    factor = temperature / SCALE
    return replace(c, vv=factor * c.vv, residual_v=factor * c.residual_v, residual_f=factor * c.residual_f)
