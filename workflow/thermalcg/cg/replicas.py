"""Independent CG runs that share one OpenMM system: their force, the system, and what disqualifies a run.

The runs are replicas that do not see one another, so that the cost of a step outside the force is paid once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import openmm as mm
import xarray as xr

from thermalcg.conditional.frames import evenly_spaced
from thermalcg.geometry.inputs import InputError, checked_box, checked_cube, checked_positions
from thermalcg.geometry.periodic import minimum_image
from thermalcg.models.architecture import ForceField
from thermalcg.models.potential import ThermalPotential
from thermalcg.runtime import openmm_arrays

#: Forces above this (kJ/mol/nm) count as an explosion; the largest mapped forces of water are near 5000.
LARGEST_FORCE = 1e6

#: Start of a run (ps) in which a force that explodes or a temperature that runs away is put down to the time
#: step: too long a step shows within a few vibrations, of which a picosecond holds tens.
EARLY_PS = 1.0

#: Kinetic temperature over that of the thermostat that counts as running away, if it is also this many
#: standard deviations of a single frame above it.  Relaxation from sites of the all-atom run stays far below.
RUNAWAY, RUNAWAY_DEVIATIONS = 3.0, 8.0

#: Frames in which overlaps are looked for, at most.
OVERLAP_FRAMES = 200


@dataclass(frozen=True)
class Beads:
    """Beads of several independent runs.

    Attributes:
        start: positions at the start of each run, nm, shape (run, N, 3).
        box: edge of the cubic box, the same for all runs, nm.
        mass: of a bead, amu.
    """

    start: np.ndarray
    box: float
    mass: float

    def __post_init__(self) -> None:
        """Refuse positions of another shape, a box that is no cube, or no mass (``InputError``)."""
        if checked_positions(self.start).single:
            raise InputError(f"start has shape {np.shape(self.start)}; allowed: (run, N, 3)")
        object.__setattr__(self, "box", checked_cube(self.box))
        if not self.mass > 0:
            raise InputError(f"mass is {self.mass!r} amu; allowed: a number > 0")

    @classmethod
    def of_run(cls, run: xr.Dataset, n_runs: int) -> Beads:
        """Evenly spaced configurations of a run, the dataset ``mapped/{T}.nc``, to start from."""
        chosen = run["position"].values[evenly_spaced(n_runs, run.sizes["time"])].astype(float)
        return cls(chosen, float(run.attrs["box_nm"]), float(run.attrs["bead_mass_amu"]))

    @property
    def n_runs(self) -> int:
        return self.start.shape[0]

    @property
    def n_beads(self) -> int:
        """Beads of each run."""
        return self.start.shape[1]


def members_of_runs(n_runs: int, n_members: int) -> np.ndarray:
    """The ensemble member that moves each run, in order, shape (run,): shared as equally as possible."""
    return np.sort(np.arange(n_runs) % n_members)


def groups_of_members(
    ensemble: Sequence[ThermalPotential], members: np.ndarray, box: float, temperature: float
) -> list[tuple[ForceField, np.ndarray]]:
    """Force fields at a temperature (K), each with the runs that it moves: the groups of ``Replicas``.

    Args:
        ensemble: the members.
        members: of ``members_of_runs``.
        box: edge of the cubic box, nm.
    """
    return [
        (ensemble[m].force_field(box, temperature), np.flatnonzero(members == m)) for m in np.unique(members)
    ]


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

    def judge_start(
        self, kinetic: np.ndarray, temperature: float, timestep_fs: float, key: str = "cg_md.timestep_fs"
    ) -> None:
        """Switch off the replicas that show in their first picosecond that the time step is too long.

        Args:
            kinetic: kinetic temperature of each replica in one frame, K, shape (replica,).
            temperature: of the thermostat, K.
            key: what the configuration calls the time step.
        """
        deviation = np.sqrt(2 / (3 * self.shape[1]))
        limit = temperature * max(RUNAWAY, 1 + RUNAWAY_DEVIATIONS * deviation)
        advice = (
            f" in the first picosecond: try {key} of {timestep_fs / 2:g} or less "
            f"(it is {timestep_fs:g}), or another force field"
        )
        for r, text in enumerate(self.failure):
            if not text and kinetic[r] > limit:
                text = f"kinetic temperature of {kinetic[r]:.3g} K at {temperature:g} K"
            if text and advice not in text:
                self.failure[r] = text + advice


def make_cg_system(replicas: Replicas, mass: float, box: float) -> mm.System:
    """An OpenMM system of beads (amu) in a cubic box (edge in nm) with the replicas' forces."""
    system = mm.System()
    system.setDefaultPeriodicBoxVectors((box, 0, 0), (0, box, 0), (0, 0, box))
    for _ in range(replicas.shape[0] * replicas.shape[1]):
        system.addParticle(mass)
    # positions reach the force unwrapped and without a box, so that replicas may share it
    force = mm.PythonForce(replicas)
    force.setUsesPeriodicBoundaryConditions(False)
    system.addForce(force)
    return system


def closest_approach(position: np.ndarray, box: float) -> float:
    """The smallest distance of two beads in any frame of a run, nm.

    Args:
        position: nm, shape (time, N, 3); of a long run about ``OVERLAP_FRAMES`` frames are looked at.

    Raises:
        InputError: positions of another shape, or a box that is none.
    """
    if np.ndim(position) != 3 or np.shape(position)[-1] != 3:
        raise InputError(f"positions have shape {np.shape(position)}; allowed: (time, N, 3)")
    edges, closest = checked_box(box), np.inf
    # those of a run that failed need not be finite
    for frame in position[:: max(1, len(position) // OVERLAP_FRAMES)].astype(float):
        r2 = (minimum_image(frame[:, None] - frame[None], edges) ** 2).sum(axis=-1)
        np.fill_diagonal(r2, np.inf)
        closest = min(closest, float(np.sqrt(r2.min())))
    return closest
