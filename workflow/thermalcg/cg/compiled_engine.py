"""CG runs in compiled loops: small runs each on a thread of its own, a large one on several threads.

The loops release the interpreter, so that threads do not wait for one another.  What a run computes depends
neither on their number nor on the runs beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from thermalcg.geometry.inputs import InputError
from thermalcg.geometry.neighbour_rows import (
    Reach,
    Rows,
    cells_of,
    empty_rows,
    fill_rows,
    no_rows,
    outdated,
    reach_of,
    usual_room,
)
from thermalcg.models.spline.fast_forces import CROWD, FINE, OVERLAP, ROOM, add_forces, scratch_for
from thermalcg.models.spline.tables import Tables
from thermalcg.storage.checkpoints import Arrays
from thermalcg.storage.seeds import derive_seed

from .baths import Bath
from .compiled_loop import EXPLODED, advance, bounded, move
from .replicas import LARGEST_FORCE, Beads, Engines, Frames


def compiled_engines(tables: Sequence[Tables], threads: int = 1) -> Engines:
    """Engines that run in compiled loops.

    Args:
        tables: the potential of each run.
        threads: most threads at a time.
    """
    return lambda beads, bath, state, seed: CompiledEngine(tables, beads, bath, state, seed, threads)


#: Beads whose forces are summed together before those of the next ones are added.  The sums, and so all
#: numbers of a run, do not depend on which thread has which block.
BLOCK = 2048

#: Position and velocity (frame, 3, N) and energy (frame,) of one run.
Record = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass
class _Run:
    """One run: its motion (3, N), its potential, and its random numbers."""

    position: np.ndarray
    velocity: np.ndarray
    auxiliary: np.ndarray
    tables: Tables
    edges: np.ndarray
    reach: Reach
    rng: np.random.Generator
    status: int = FINE


class CompiledEngine:
    """An ``Engine``; arguments as those of ``Engines`` and ``compiled_engines``."""

    def __init__(
        self, tables: Sequence[Tables], beads: Beads, bath: Bath, state: Arrays, seed: int, threads: int = 1
    ) -> None:
        if np.ndim(bath.mass):
            raise InputError(
                "beads have different masses; allowed in compiled loops: one mass (see cg_md.engine)"
            )
        self.bath = bath
        # a pool costs as much as some forces
        self._map = ThreadPoolExecutor(threads).map if threads > 1 else map
        # large runs go one after the other, each on all threads
        self._shared = beads.n_beads > BLOCK
        self.failure = [""] * beads.n_runs
        shape = (beads.n_runs, beads.n_beads, 3)
        position, velocity = (state[name].reshape(shape) for name in ("position", "velocity"))
        auxiliary = np.zeros((0, *shape))
        if bath.n_auxiliary:
            auxiliary = state["auxiliary"].reshape(-1, *shape)
        edges = np.broadcast_to(np.asarray(beads.box, float), 3).copy()
        self._runs = [
            _Run(
                np.array(position[r].T, order="C"),
                np.array(velocity[r].T, order="C"),
                np.array(auxiliary[:, r].transpose(2, 1, 0), order="C"),
                own,
                edges,
                reach_of(beads.n_beads, edges, own.triplet_cutoff, own.cutoff),
                np.random.default_rng(derive_seed(seed, r)),
            )
            for r, own in enumerate(tables)
        ]

    def advance(self, frames: int, per_frame: int, *, with_energy: bool = True) -> Frames:
        """See ``Engine``."""

        def one(r: int) -> Record:
            run = self._runs[r]
            record = _still(run, frames)
            if not self.failure[r]:
                move_it = self._advance_shared if self._shared else self._advance
                run.status, steps = move_it(run, per_frame, with_energy, record)
                if run.status != FINE:
                    self.failure[r] = _reason(run)
                    for values, last in zip(record, (run.position, run.velocity, 0.0), strict=True):
                        values[steps // per_frame :] = last
            return record

        runs = range(len(self._runs))
        records = list((map if self._shared else self._map)(one, runs))
        position, velocity, energy = (np.stack(part, axis=1) for part in zip(*records, strict=True))
        return Frames(np.swapaxes(position, 2, 3), np.swapaxes(velocity, 2, 3), energy)

    def state(self) -> Arrays:
        """See ``Engine``."""
        names = "position", "velocity"
        state = {name: np.concatenate([getattr(run, name).T for run in self._runs]) for name in names}
        if self.bath.n_auxiliary:
            turned = [run.auxiliary.transpose(2, 1, 0) for run in self._runs]
            state["auxiliary"] = np.concatenate(turned, axis=1)
        return state

    def _advance(self, run: _Run, per_frame: int, with_energy: bool, record: Record) -> tuple[int, int]:
        """Move one run on this thread; returns its status and the steps made."""
        forces = run.edges, run.reach, no_rows(), run.tables, scratch_for(run.tables)
        motion = run.position, run.velocity, run.auxiliary
        return advance(motion, self.bath, forces, run.rng, per_frame, with_energy, record)

    def _advance_shared(
        self, run: _Run, per_frame: int, with_energy: bool, record: Record
    ) -> tuple[int, int]:
        """As ``_advance``, and as ``compiled_loop.advance``, with blocks of beads on several threads."""
        forces, steps, energy = _SharedForces(self._map, run), 0, 0.0
        for frame in range(len(record[2])):
            for step in range(per_frame + 1):
                last = step == per_frame
                if step or not frame:
                    energy, status = forces(last and with_energy)
                    if status != FINE:
                        return status, steps
                if last:
                    now = run.position, run.velocity, energy if with_energy else 0.0
                    for values, value in zip(record, now, strict=True):
                        values[frame] = value
                else:
                    move(run.position, run.velocity, run.auxiliary, forces.force, self.bath, run.rng)
                    steps += 1
        return FINE, steps


class _SharedForces:
    """The forces of one run, its blocks of beads computed on several threads and added in order."""

    def __init__(self, side_by_side: Callable[..., Iterator], run: _Run) -> None:
        self.map, self.run, self.rows = side_by_side, run, no_rows()
        n = run.position.shape[1]
        self.blocks = [(begin, min(begin + BLOCK, n)) for begin in range(0, n, BLOCK)]
        self.parts = np.zeros((len(self.blocks), 3, n))
        self.scratch = [scratch_for(run.tables) for _ in self.blocks]
        self.force = np.zeros((3, n))

    def __call__(self, with_energy: bool) -> tuple[float, int]:
        """Energy and status; the forces are in ``force`` then."""
        if outdated(self.run.position, self.rows, self.run.reach):
            self.rows = self._renewed()
        found = list(self.map(lambda b: self._block(b, with_energy), range(len(self.blocks))))
        self.force[:] = 0.0
        for part in self.parts:
            self.force += part
        status = max(failed for _, failed in found)
        if status == FINE and not bounded(self.force):
            status = EXPLODED
        return sum(energy for energy, _ in found), status

    def _block(self, b: int, with_energy: bool) -> tuple[float, int]:
        run, part = self.run, self.parts[b]
        part[:] = 0.0
        field = run.edges, self.rows, run.tables, self.scratch[b]
        return add_forces(*self.blocks[b], run.position, field, with_energy, part)

    def _renewed(self) -> Rows:
        """Rows as those of ``neighbour_rows.renewed``."""
        run = self.run
        n = run.position.shape[1]
        rows = self.rows
        if not len(rows.beads):
            rows = empty_rows(n, usual_room(n, run.edges, run.reach))
        cells = cells_of(run.position, run.edges, run.reach)

        def fill(block: tuple[int, int]) -> int:
            return fill_rows(*block, run.position, run.edges, cells, run.reach, rows)

        longest = max(self.map(fill, self.blocks))
        if longest > rows.beads.shape[1]:
            rows = empty_rows(n, longest)
            list(self.map(fill, self.blocks))
        rows.listed_at[:] = run.position
        return rows


def _still(run: _Run, frames: int) -> Record:
    """A record of a run that stays where it is."""
    shape = (frames, *run.position.shape)
    position, velocity = (np.broadcast_to(now, shape).copy() for now in (run.position, run.velocity))
    return position, velocity, np.zeros(frames)


def _reason(run: _Run) -> str:
    """Why a run has failed, in words."""
    return {
        OVERLAP: f"two beads closer than {np.sqrt(run.tables.first):.3g} nm",
        CROWD: f"more than {ROOM - 1} beads within {run.tables.triplet_cutoff:g} nm of one",
        EXPLODED: f"a force of {LARGEST_FORCE:g} kJ/mol/nm or more",
    }[run.status]
