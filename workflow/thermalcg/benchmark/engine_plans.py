"""How long the checks of the CG engine run: sizes that rules, estimates of cost and the library share.

The numbers are those of the published tables and need no configuration; only the study's own keys (step,
friction, runs, production) enter beside them.  The module imports nothing heavy, because every start of
Snakemake reads it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class TimeStepScan:
    """Runs with several time steps.

    Attributes:
        tested_fs: steps that are compared with half of each, fs; up to the longest that ``cg_md.timestep_fs``
            may be.
        runs, run_ps: independent runs of each step and their length, ps.  Sixteen of 480 ps are 8 times
            the four of 240 ps of the default study, so that the errors are a third of the study's.
        equilibration_ps: discarded start, ps.
        frame_interval_ps: ps, a whole number of every step that is run.
    """

    tested_fs: tuple[float, ...] = (4.0, 8.0, 10.0, 12.0)
    runs: int = 16
    run_ps: float = 480.0
    equilibration_ps: float = 24.0
    frame_interval_ps: float = 0.24

    def tested_with(self, study_fs: float) -> list[float]:
        """The tested steps, that of the study among them, fs."""
        return sorted({*self.tested_fs, study_fs})

    def steps_fs(self, study_fs: float) -> list[float]:
        """All steps that are run: the tested ones and half of each, fs."""
        tested = self.tested_with(study_fs)
        return sorted({*tested, *(step / 2 for step in tested)})


@dataclass(frozen=True)
class LongRuns:
    """Runs of which none may explode or drift.

    Attributes:
        near_K: the temperatures of the study nearest to these are simulated, K: a cold and a hot one.
        runs, run_ps: independent runs and their length, ps: together 100 ns, a hundred times the default
            study's runs of one model at one temperature.
        equilibration_ps: discarded start, ps.
        frame_interval_ps: from one recorded energy to the next, ps.
        checkpoint_ps: from one checkpoint to the next, ps.
    """

    near_K: tuple[float, ...] = (300.0, 700.0)
    runs: int = 10
    run_ps: float = 10_000.0
    equilibration_ps: float = 50.0
    frame_interval_ps: float = 0.4
    checkpoint_ps: float = 500.0


@dataclass(frozen=True)
class LargeBox:
    """All-atom and CG runs in a box of several copies of the study's.

    Attributes:
        copies: of the box along each edge.
        near_K: the temperature of the study nearest to this one is simulated beside T0, K.
        equilibration_ps: discarded start of an all-atom run, ps: the copies of a frame have to forget one
            another, which takes a few lifetimes of a hydrogen bond.
        all_atom_ps, all_atom_interval_ps: length of the all-atom run and time between its frames, ps.
        blocks: of the all-atom run, which stand for independent runs; 25 ps each.
        runs, cg_ps, cg_equilibration_ps, cg_interval_ps: the same of the CG runs, each of them independent.
        shells: squares of the whole numbers n of the wave vectors k = 2 pi n / edge; the smallest ones.
        record_fs: between records of all-atom stretches, fs: displacements need them no closer.
    """

    copies: int = 2
    near_K: float = 300.0
    equilibration_ps: float = 40.0
    all_atom_ps: float = 200.0
    all_atom_interval_ps: float = 0.4
    blocks: int = 8
    runs: int = 8
    cg_ps: float = 400.0
    cg_equilibration_ps: float = 50.0
    cg_interval_ps: float = 1.0
    shells: tuple[int, ...] = (1, 2, 3, 4)
    record_fs: float = 40.0

    def runs_in(self, copies: int) -> int:
        """CG runs whose motion is recorded in so many copies of the box: as many beads in each size."""
        return self.runs * (self.copies // copies) ** 3


TIME_STEP_SCAN, LONG_RUNS, LARGE_BOX = TimeStepScan(), LongRuns(), LargeBox()


def nearest(temperatures_K: Iterable[float], wanted_K: float) -> float:
    """The temperature of a study that is nearest to the wanted one, the lower of two."""
    return min(sorted(temperatures_K), key=lambda T: abs(T - wanted_K))


def long_run_temperatures(temperatures_K: Iterable[float], plan: LongRuns = LONG_RUNS) -> list[float]:
    """Temperatures of the long runs, of those at which a study tests its models, K."""
    known = list(temperatures_K)
    return sorted({nearest(known, wanted) for wanted in plan.near_K})


def large_box_temperatures(
    reference_K: float, held_out_K: Iterable[float], plan: LargeBox = LARGE_BOX
) -> list[float]:
    """T0 and the temperature that a large box is simulated at beside it, if there is one, K."""
    held_out = list(held_out_K)
    beside = [nearest(held_out, plan.near_K)] if held_out else []
    return sorted({reference_K, *beside})
