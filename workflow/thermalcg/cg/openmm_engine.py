"""CG runs in OpenMM, with any potential, through ``PythonForce``.

The runs are replicas in one system that do not see one another, so that the cost of a step outside the force
is paid once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import openmm as mm

from thermalcg.models.architecture import ForceField
from thermalcg.runtime import openmm_arrays
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, make_context
from thermalcg.storage.checkpoints import Arrays

from .baths import Bath
from .replicas import LARGEST_FORCE, Beads, Engines, Frames

#: Makes force fields, each with the runs that it moves.
MakeGroups = Callable[[], list[tuple[ForceField, np.ndarray]]]


def openmm_engines(make_groups: MakeGroups) -> Engines:
    """Engines that run in OpenMM.

    Args:
        make_groups: called for every engine, so that no neighbour list outlives a segment and a resumed run
            is the undisturbed one.
    """
    return lambda beads, bath, state, seed: OpenMMEngine(make_groups(), beads, bath, state, seed)


class OpenMMEngine:
    """An ``Engine``; arguments as those of ``Engines``, and force fields with the runs that each moves."""

    def __init__(
        self, groups: list[tuple[ForceField, np.ndarray]], beads: Beads, bath: Bath, state: Arrays, seed: int
    ) -> None:
        self._replicas = Replicas(groups, beads.n_runs, beads.n_beads)
        self._integrator = integrator_of(bath, seed)
        # the force is computed in Python; the platform only moves the beads
        system = make_cg_system(self._replicas, beads.mass)
        self._context = make_context(system, self._integrator, REFERENCE_PLATFORM)
        self._context.setPositions(state["position"])
        self._context.setVelocities(state["velocity"])
        self._with_memory = len(bath.share) > 0
        if self._with_memory:
            set_auxiliary(self._integrator, state["auxiliary"])

    @property
    def failure(self) -> list[str]:
        """Why each run stopped; empty text where it did not."""
        return self._replicas.failure

    @failure.setter
    def failure(self, reasons: list[str]) -> None:
        self._replicas.failure = reasons

    def advance(self, frames: int, per_frame: int, *, with_energy: bool = True) -> Frames:
        """See ``Engine``."""
        shape = (frames, *self._replicas.shape)
        record = Frames(np.empty(shape), np.empty(shape), np.zeros(shape[:2]))
        for frame in range(frames):
            self._integrator.step(per_frame)
            state = self._context.getState(positions=True, velocities=True, energy=with_energy)
            record.position[frame] = openmm_arrays.positions(state).reshape(shape[1:])
            record.velocity[frame] = openmm_arrays.velocities(state).reshape(shape[1:])
            if with_energy:
                record.energy[frame] = self._replicas.energy
        return record

    def state(self) -> Arrays:
        """See ``Engine``."""
        state = openmm_arrays.phase_space(self._context)
        return state | {"auxiliary": get_auxiliary(self._integrator)} if self._with_memory else state


class Replicas:
    """The force on all replicas as one function of an OpenMM state.

    A replica whose force is not finite or absurdly large is switched off (zero force) and
    remembered with the reason, so that the others go on.

    Args:
        groups: force fields, each with the replicas that it moves (evaluated in one call).
    """

    def __init__(self, groups: list[tuple[ForceField, np.ndarray]], n_replicas: int, n_beads: int) -> None:
        self.groups, self.shape = groups, (n_replicas, n_beads, 3)
        self.failure = [""] * n_replicas
        self.energy = np.zeros(n_replicas)

    def __call__(self, state: mm.State) -> tuple[float, np.ndarray]:
        """Energy of all replicas, kJ/mol, and forces, kJ/mol/nm, shape (replicas * N, 3)."""
        position = openmm_arrays.positions(state).reshape(self.shape)
        force = np.empty(self.shape)
        for force_field, runs in self.groups:
            self.energy[runs], force[runs] = force_field(position[runs])
        largest = np.abs(force).max(axis=(1, 2))
        for r in np.flatnonzero(~(largest < LARGEST_FORCE) | ~np.isfinite(self.energy)):
            self.failure[r] = self.failure[r] or (
                f"force of {largest[r]:.3g} kJ/mol/nm, energy of {self.energy[r]:.3g} kJ/mol"
            )
        for r, text in enumerate(self.failure):
            if text:
                force[r], self.energy[r] = 0.0, 0.0
        return float(self.energy.sum()), force.reshape(-1, 3)


def make_cg_system(replicas: Replicas, mass: float | np.ndarray) -> mm.System:
    """An OpenMM system of beads of a mass, amu, or of one for each, with the replicas' forces, which know the
    box."""
    system = mm.System()
    for one in np.broadcast_to(mass, replicas.shape[:2]).ravel().tolist():
        system.addParticle(one)
    # so positions reach the force unwrapped
    force = mm.PythonForce(replicas)
    force.setUsesPeriodicBoundaryConditions(False)
    system.addForce(force)
    return system


def integrator_of(bath: Bath, seed: int) -> mm.Integrator:
    """The integrator of a bath: OpenMM's own for Langevin dynamics, with memory one in its language."""
    if not len(bath.share):
        integrator = mm.LangevinMiddleIntegrator(bath.temperature, bath.friction, bath.step)
        integrator.setRandomNumberSeed(seed)
        return integrator
    integrator = mm.CustomIntegrator(bath.step)
    integrator.setRandomNumberSeed(seed)
    terms, root = range(len(bath.share)), np.sqrt(bath.mass)
    for name in ("pull", "change", *(f"s{i}" for i in terms)):
        integrator.addPerDofVariable(name, 0.0)
    for i in np.flatnonzero(bath.partner >= 0):
        integrator.addPerDofVariable(f"q{i}", 0.0)
        integrator.addPerDofVariable(f"old{i}", 0.0)
    integrator.addUpdateContextState()
    integrator.addComputePerDof("v", "v + dt*f/m")
    integrator.addComputePerDof("x", "x + 0.5*dt*v")
    integrator.addComputePerDof("pull", _sum((bath.share[i], f"s{i}") for i in terms))
    integrator.addComputePerDof("change", _sum([(bath.cosine - 1, "pull"), (-bath.sine * root, "v")]))
    integrator.addComputePerDof("v", _sum([(bath.cosine, "v"), (bath.sine / root, "pull")]))
    for i in terms:
        along, across, kick = bath.along[i], bath.across[i], bath.noise[i]
        if bath.partner[i] < 0:
            terms_of_s = [(along, f"s{i}"), (along * bath.share[i], "change"), (kick, "gaussian")]
            integrator.addComputePerDof(f"s{i}", _sum(terms_of_s))
            continue
        integrator.addComputePerDof(f"old{i}", _sum([(1.0, f"s{i}"), (bath.share[i], "change")]))
        old, partner, noise = f"old{i}", f"q{i}", (kick, "gaussian")
        integrator.addComputePerDof(f"s{i}", _sum([(along, old), (-across, partner), noise]))
        integrator.addComputePerDof(partner, _sum([(across, old), (along, partner), noise]))
    integrator.addComputePerDof("x", "x + 0.5*dt*v")
    return integrator


def _sum(terms: Iterable[tuple[float, str]]) -> str:
    """The expression of a weighted sum of variables, for OpenMM."""
    return " + ".join(f"({factor:.17g})*{name}" for factor, name in terms)


def set_auxiliary(integrator: mm.CustomIntegrator, values: np.ndarray) -> None:
    """Set the auxiliary variables of all particles, given as ``get_auxiliary`` returns them."""
    for index, one in zip(_auxiliary(integrator), values, strict=True):
        integrator.setPerDofVariable(index, [mm.Vec3(*row) for row in one.tolist()])


def get_auxiliary(integrator: mm.CustomIntegrator) -> np.ndarray:
    """The auxiliary variables of all particles, (kJ/mol)^(1/2), shape (variable, particle, 3)."""
    return np.array([[tuple(row) for row in integrator.getPerDofVariable(i)] for i in _auxiliary(integrator)])


def _auxiliary(integrator: mm.CustomIntegrator) -> list[int]:
    """Indices of the auxiliary variables among the integrator's variables: all s, then all q."""
    names = map(integrator.getPerDofVariableName, range(integrator.getNumPerDofVariables()))
    listed = [(name[0], index) for index, name in enumerate(names) if name[0] in "sq"]
    return [index for _, index in sorted(listed, key=lambda item: item[0] == "q")]
