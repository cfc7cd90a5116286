"""The generalised Langevin equation in the form of a Markovian embedding, in steps of finite length.

A step kicks the velocity by the conservative force, drifts for half its length, turns velocity and auxiliary
variables into one another, lets the auxiliary variables decay and receive their noise, and drifts for the
other half.  Turn and decay are exact and keep the canonical distribution at any step; positions are sampled
as in the middle scheme of Langevin dynamics (Zhang et al., J. Phys. Chem. A 123, 6056 (2019)).  Time
correlations depend on the step to second order.
"""

from __future__ import annotations

import numpy as np

from thermalcg.cg.baths import Bath
from thermalcg.geometry.inputs import checked_temperature
from thermalcg.units import FS_PER_PS, KB

from .damped_cosines import Embedding, KernelError


def memory_bath(embedding: Embedding, mass: float, temperature: float, step: float) -> Bath:
    """The factors of one step with a memory kernel.

    Args:
        embedding: the memory kernel.
        mass: of every bead, amu.
        temperature: K; at zero there is no noise.
        step: ps.

    Raises:
        KernelError: a step that is too long for the fastest mode of the kernel.
    """
    longest = embedding.longest_step(mass)
    if step > longest:
        raise KernelError(
            f"the time step of {FS_PER_PS * step:g} fs is too long for the fastest mode of the memory "
            f"kernel; allowed: at most {FS_PER_PS * longest:.3g} fs"
        )
    # v couples to one combination of the auxiliary variables only, and the coupling turns this pair
    whole = np.sqrt(embedding.strength.sum())
    angle = whole / np.sqrt(mass) * step
    decay, turn = np.exp(-embedding.rate * step), embedding.frequency * step
    oscillates = embedding.frequency > 0
    partner = np.where(oscillates, len(oscillates) + np.cumsum(oscillates) - 1, -1)
    return Bath(
        mass,
        temperature,
        step,
        friction=0.0,
        keep=1.0,
        kick=0.0,
        cosine=float(np.cos(angle)),
        sine=float(np.sin(angle)),
        share=np.sqrt(embedding.strength) / max(whole, 1e-300),
        along=decay * np.cos(turn),
        across=decay * np.sin(turn),
        noise=np.sqrt(KB * temperature * -np.expm1(-2 * embedding.rate * step)),
        partner=partner.astype(np.int64),
    )


def draw_auxiliary(bath: Bath, n_particles: int, rng: np.random.Generator) -> np.ndarray:
    """Equilibrium values of the auxiliary variables, (kJ/mol)^(1/2), shape (variable, particle, 3).

    A run that starts from them has no transient.

    Raises:
        InputError: a temperature that is not positive.
    """
    temperature = checked_temperature(bath.temperature)
    return rng.normal(size=(bath.n_auxiliary, n_particles, 3)) * np.sqrt(KB * temperature)
