"""The generalised Langevin equation in OpenMM, in the form of a Markovian embedding."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import openmm as mm

from thermalcg.geometry.inputs import checked_temperature
from thermalcg.units import FS_PER_PS, KB

from .damped_cosines import Embedding, KernelError


def generalized_langevin_integrator(
    embedding: Embedding, mass: float, temperature: float, step: float, seed: int
) -> mm.CustomIntegrator:
    """An OpenMM integrator of the velocity and the auxiliary variables of every particle.

    A step kicks the velocity by the conservative force, drifts for half its length, turns velocity and
    auxiliary variables into one another, drifts for the other half, and lets the auxiliary variables decay
    and receive their noise.  Turn and decay are exact and keep the canonical distribution at any step;
    positions are sampled as in the middle scheme of Langevin dynamics (Zhang et al., J. Phys. Chem. A 123,
    6056 (2019)).  Time correlations depend on the step to second order.

    Args:
        embedding: the memory kernel.
        mass: of every particle, amu.
        temperature: K; at zero there is no noise.
        step: ps.
        seed: of the noise.

    Raises:
        KernelError: a step that is too long for the fastest mode of the kernel.
    """
    longest = embedding.longest_step(mass)
    if step > longest:
        raise KernelError(
            f"the time step of {FS_PER_PS * step:g} fs is too long for the fastest mode of the memory "
            f"kernel; allowed: at most {FS_PER_PS * longest:.3g} fs"
        )
    integrator = mm.CustomIntegrator(step)
    integrator.setRandomNumberSeed(seed)
    terms = range(len(embedding.strength))
    for name in ("pull", "change", *(f"s{i}" for i in terms)):
        integrator.addPerDofVariable(name, 0.0)
    for i in np.flatnonzero(embedding.frequency > 0):
        integrator.addPerDofVariable(f"q{i}", 0.0)
        integrator.addPerDofVariable(f"old{i}", 0.0)
    # v couples to one combination of the auxiliary variables only, and the coupling turns this pair
    whole = np.sqrt(embedding.strength.sum())
    share = np.sqrt(embedding.strength) / max(whole, 1e-300)
    angle = whole / np.sqrt(mass) * step
    cosine, sine, root = np.cos(angle), np.sin(angle), np.sqrt(mass)

    integrator.addUpdateContextState()
    integrator.addComputePerDof("v", "v + dt*f/m")
    integrator.addComputePerDof("x", "x + 0.5*dt*v")
    integrator.addComputePerDof("pull", _sum((share[i], f"s{i}") for i in terms))
    integrator.addComputePerDof("change", _sum([(cosine - 1, "pull"), (-sine * root, "v")]))
    integrator.addComputePerDof("v", _sum([(cosine, "v"), (sine / root, "pull")]))
    for i in terms:
        decay, turn = np.exp(-embedding.rate[i] * step), embedding.frequency[i] * step
        kick = np.sqrt(KB * temperature * -np.expm1(-2 * embedding.rate[i] * step))
        if not turn:
            terms_of_s = [(decay, f"s{i}"), (decay * share[i], "change"), (kick, "gaussian")]
            integrator.addComputePerDof(f"s{i}", _sum(terms_of_s))
            continue
        integrator.addComputePerDof(f"old{i}", _sum([(1.0, f"s{i}"), (share[i], "change")]))
        for name, along, across in (
            (f"s{i}", decay * np.cos(turn), -decay * np.sin(turn)),
            (f"q{i}", decay * np.sin(turn), decay * np.cos(turn)),
        ):
            integrator.addComputePerDof(
                name, _sum([(along, f"old{i}"), (across, f"q{i}"), (kick, "gaussian")])
            )
    integrator.addComputePerDof("x", "x + 0.5*dt*v")
    return integrator


def _sum(terms: Iterable[tuple[float, str]]) -> str:
    """The expression of a weighted sum of variables, for OpenMM."""
    return " + ".join(f"({factor:.17g})*{name}" for factor, name in terms)


def draw_auxiliary(
    embedding: Embedding, n_particles: int, temperature: float, rng: np.random.Generator
) -> np.ndarray:
    """Equilibrium values of the auxiliary variables, (kJ/mol)^(1/2), shape (variable, particle, 3).

    A run that starts from them has no transient.

    Args:
        temperature: K.

    Raises:
        InputError: a temperature that is not positive.
    """
    temperature = checked_temperature(temperature)
    n_variables = len(embedding.strength) + np.count_nonzero(embedding.frequency)
    return rng.normal(size=(n_variables, n_particles, 3)) * np.sqrt(KB * temperature)


def set_auxiliary(integrator: mm.CustomIntegrator, values: np.ndarray) -> None:
    """Set the auxiliary variables of all particles, given as ``get_auxiliary`` returns them."""
    for index, one in zip(_auxiliary(integrator), values, strict=True):
        integrator.setPerDofVariable(index, [mm.Vec3(*row) for row in one.tolist()])


def get_auxiliary(integrator: mm.CustomIntegrator) -> np.ndarray:
    """The auxiliary variables of all particles, (kJ/mol)^(1/2), shape (variable, particle, 3).

    They are part of a run's state.
    """
    return np.array([[tuple(row) for row in integrator.getPerDofVariable(i)] for i in _auxiliary(integrator)])


def _auxiliary(integrator: mm.CustomIntegrator) -> list[int]:
    """Indices of the auxiliary variables among the integrator's variables."""
    names = map(integrator.getPerDofVariableName, range(integrator.getNumPerDofVariables()))
    return [index for index, name in enumerate(names) if name[0] in "sq"]
