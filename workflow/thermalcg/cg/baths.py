"""What takes energy from the beads and gives it back as noise, as the factors of one time step.

A step of every integrator is that of the middle scheme (Zhang et al., J. Phys. Chem. A 123, 6056 (2019)): the
force kicks the velocity, the beads drift for half the step, the bath acts on the velocity, and the beads
drift for the other half.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from thermalcg.geometry.inputs import InputError, checked_temperature
from thermalcg.units import KB


class Bath(NamedTuple):
    """Factors of one step for the velocity v and the auxiliary variables of every component.

    With friction alone v becomes ``keep`` v + ``kick`` times noise.  With memory, one combination of the
    auxiliary variables s_i and the velocity turn into one another; then every s_i decays and receives
    noise, and turns into its partner q_i where the term oscillates.

    Attributes:
        mass: of a bead, amu, or of each, shape (N,); then ``kick`` is so too, and OpenMM moves the beads.
        temperature: K.
        step: ps.
        friction: of Langevin dynamics, 1/ps; 0 with memory or without any bath.
        keep, kick: 1 and nm/ps.
        cosine, sine: of the angle between velocity and auxiliary variables; 1 and 0 without memory.
        share: the combination, a unit vector, shape (term,).
        along, across: decay times cosine and sine of the angle between s_i and q_i, shape (term,).
        noise: (kJ/mol)^(1/2), shape (term,).
        partner: index of q_i among the auxiliary variables, which are all s_i, then all q_i; -1 where there
            is none, shape (term,).
    """

    mass: float | np.ndarray
    temperature: float
    step: float
    friction: float
    keep: float
    kick: float | np.ndarray
    cosine: float
    sine: float
    share: np.ndarray
    along: np.ndarray
    across: np.ndarray
    noise: np.ndarray
    partner: np.ndarray

    @property
    def n_auxiliary(self) -> int:
        """Auxiliary variables of one component."""
        return len(self.share) + int((self.partner >= 0).sum())


def friction_bath(friction: float, mass: float | np.ndarray, temperature: float, step: float) -> Bath:
    """Langevin dynamics; with zero friction there is no bath, and the energy is conserved.

    Args:
        friction: 1/ps.
        mass: amu, a number or one for each bead.
        temperature: K.
        step: ps.

    Raises:
        InputError: a temperature that is not positive, or a negative friction.
    """
    temperature = checked_temperature(temperature)
    if not 0 <= friction < np.inf:
        raise InputError(f"friction is {friction!r} 1/ps; allowed: a number >= 0")
    kick = np.sqrt(-np.expm1(-2 * friction * step) * KB * temperature / mass)
    none = np.zeros(0)
    return Bath(
        mass, temperature, step, friction, float(np.exp(-friction * step)),
        kick if np.ndim(mass) else float(kick), 1.0, 0.0,
        none, none, none, none, none.astype(np.int64),
    )  # fmt: skip
