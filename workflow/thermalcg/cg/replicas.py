"""Independent CG runs: their beads, what an engine that moves them gives, and what disqualifies a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import xarray as xr

from thermalcg.atomistic.mapping import bead_masses
from thermalcg.conditional.frames import evenly_spaced
from thermalcg.geometry.inputs import InputError, checked_box, checked_positions
from thermalcg.geometry.neighbours import closest_pair
from thermalcg.models.species import Species
from thermalcg.runtime.schedule import Schedule
from thermalcg.storage.checkpoints import Arrays
from thermalcg.storage.datasets import box_of
from thermalcg.units import FS_PER_PS, KB

from .baths import Bath

#: Forces above this (kJ/mol/nm) count as an explosion; the largest mapped forces of water are near 5000.
LARGEST_FORCE = 1e6

#: Positions that an engine computes between two looks at its runs: steps times beads.
BEAD_STEPS_AT_ONCE = 100_000

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
        box: edge of the cubic box, or the three edges of an orthorhombic one, the same for all runs, nm.
        mass: of a bead, amu, or of each bead where there are several species, shape (N,).
        species: of the beads, where there are several; recorded with the runs.
    """

    start: np.ndarray
    box: float | np.ndarray
    mass: float | np.ndarray
    species: Species | None = None

    def __post_init__(self) -> None:
        """Refuse positions of another shape, a tilted box, or other masses (``InputError``)."""
        if checked_positions(self.start).single:
            raise InputError(f"start has shape {np.shape(self.start)}; allowed: (run, N, 3)")
        edges = checked_box(self.box)
        object.__setattr__(self, "box", float(edges[0]) if (edges == edges[0]).all() else edges)
        masses = np.asarray(self.mass, float)
        if not (masses > 0).all() or masses.shape not in ((), (self.n_beads,)):
            raise InputError(f"mass is {self.mass!r} amu; allowed: a number > 0, or one for each bead")
        if self.species is not None:
            self.species.check(self.start)

    @classmethod
    def of_run(cls, run: xr.Dataset, n_runs: int) -> Beads:
        """Evenly spaced configurations of a run, the dataset ``mapped/{T}.nc``, to start from."""
        chosen = run["position"].values[evenly_spaced(n_runs, run.sizes["time"])].astype(float)
        return cls(chosen, box_of(run), bead_masses(run), Species.of(run))

    @property
    def n_runs(self) -> int:
        return self.start.shape[0]

    @property
    def n_beads(self) -> int:
        """Beads of each run."""
        return self.start.shape[1]


def members_of_runs(n_runs: int, n_members: int, *, bootstrapped: bool = False) -> np.ndarray:
    """The ensemble member that moves each run, in order, shape (run,).

    Args:
        n_runs: independent runs: of equal members, shared as equally as possible; of a bootstrapped ensemble
            all of member 0, the fit to all data.
        n_members: of the ensemble.
        bootstrapped: whether member 0 is the fit to all data (``models.names``).
    """
    return np.sort(np.arange(n_runs) % (1 if bootstrapped else n_members))


class Frames(NamedTuple):
    """What several runs recorded.

    Attributes:
        position: not wrapped into the box, nm, shape (frame, run, N, 3).
        velocity: nm/ps, shape (frame, run, N, 3).
        energy: potential energy, kJ/mol, shape (frame, run).
    """

    position: np.ndarray
    velocity: np.ndarray
    energy: np.ndarray

    def kinetic_temperature(self, mass: float | np.ndarray) -> np.ndarray:
        """Kinetic temperature, K, shape (frame, run), for beads of a mass in amu, or of one for each."""
        if np.ndim(mass):
            return (mass * (self.velocity**2).mean(axis=3)).mean(axis=2) / KB
        return mass * (self.velocity**2).mean(axis=(2, 3)) / KB


class Engine(Protocol):
    """Moves the beads of several runs.

    A run whose forces explode stops, and says why in ``failure``, which is empty text for all others; their
    motion is that of runs of their own.
    """

    failure: list[str]

    def advance(self, frames: int, per_frame: int, *, with_energy: bool = True) -> Frames:
        """Make ``per_frame`` steps for every frame, and record each frame after its steps.

        Without energy, which is zero in the record then, a frame of a single step costs less.
        """

    def state(self) -> Arrays:
        """What to go on from: ``position`` and ``velocity`` (run * N, 3), and with memory ``auxiliary``
        (variable, run * N, 3)."""


#: Makes an engine for beads in a bath that go on from a state, with a seed for the noise.
Engines = Callable[[Beads, Bath, Arrays, int], Engine]


def judge_start(failure: list[str], frames: Frames, bath: Bath, *, key: str = "cg_md.timestep_fs") -> None:
    """Give up the runs that show in their first picosecond that the time step is too long.

    Args:
        failure: of an engine; reasons are added.
        frames: that it has recorded in the first picosecond.
        key: what the configuration calls the time step.
    """
    kinetic = frames.kinetic_temperature(bath.mass).max(axis=0)
    deviation = np.sqrt(2 / (3 * frames.position.shape[2]))
    limit = bath.temperature * max(RUNAWAY, 1 + RUNAWAY_DEVIATIONS * deviation)
    timestep_fs = bath.step * FS_PER_PS
    advice = (
        f" in the first picosecond: try {key} of {timestep_fs / 2:g} or less "
        f"(it is {timestep_fs:g}), or another force field"
    )
    for r, text in enumerate(failure):
        if not text and kinetic[r] > limit:
            text = f"kinetic temperature of {kinetic[r]:.3g} K at {bath.temperature:g} K"
        if text and advice not in text:
            failure[r] = text + advice


def stretches(frames: range, schedule: Schedule, n_beads: int) -> Iterator[range]:
    """Frames that an engine makes between two looks at its runs: at the start of a run one at a time, later a
    fraction of a second, and a few MB of records."""
    length = max(1, BEAD_STEPS_AT_ONCE // (n_beads * schedule.per_frame))
    first = frames.start
    while first < frames.stop:
        early = is_start(range(first, first + 1), schedule)
        yield range(first, min(first + (1 if early else length), frames.stop))
        first += 1 if early else length


def is_start(frames: range, schedule: Schedule) -> bool:
    """Whether these frames are in the first picosecond of a run; its first frame always is."""
    return frames.start == 0 or frames.stop * schedule.frame_ps <= EARLY_PS


def closest_approach(position: np.ndarray, box: float | np.ndarray) -> float:
    """The smallest distance of two beads in any frame of a run, nm.

    Args:
        position: nm, shape (time, N, 3); of a long run about ``OVERLAP_FRAMES`` frames are looked at.

    Raises:
        InputError: positions of another shape, or a box that is none.
    """
    if np.ndim(position) != 3 or np.shape(position)[-1] != 3:
        raise InputError(f"positions have shape {np.shape(position)}; allowed: (time, N, 3)")
    edges = checked_box(box)
    looked_at = position[:: max(1, len(position) // OVERLAP_FRAMES)].astype(float)
    return min((closest_pair(frame, edges)[2] for frame in looked_at), default=np.inf)
