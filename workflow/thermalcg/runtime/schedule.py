"""The schedule of a run: whole steps between frames, frames in all, frames between checkpoints."""

from __future__ import annotations

import math
from dataclasses import dataclass

from thermalcg.units import PS_PER_FS


def frames_apart(spacing_ps: float, interval_ps: float) -> int:
    """Recorded frames from one to the next that are at least ``spacing_ps`` apart.

    Args:
        interval_ps: between recorded frames.
    """
    return max(1, math.ceil(spacing_ps / interval_ps - 1e-6))


def frames_before_tests(recorded: int, n_test: int, apart: int) -> int:
    """Recorded frames before those that are kept for tests: the end of a run with ``n_test`` frames.

    Args:
        apart: of ``frames_apart``.
    """
    return max(0, recorded - n_test * apart)


@dataclass(frozen=True)
class Schedule:
    """When a run records and when it is kept on disk.

    A run is cut into segments of ``per_segment`` frames, each of which ends with a checkpoint.

    Attributes:
        timestep_ps: time step.
        per_frame: steps from one frame to the next.
        n_equilibration: frames that are not recorded, at the start.
        n_frames: frames in all, those of the equilibration included.
        per_segment: frames of a segment; the last one may be shorter.
    """

    timestep_ps: float
    per_frame: int
    n_equilibration: int
    n_frames: int
    per_segment: int

    @classmethod
    def of(
        cls,
        *,
        timestep_fs: float,
        equilibration_ps: float,
        production_ps: float,
        frame_interval_ps: float,
        checkpoint_ps: float,
    ) -> Schedule:
        """From lengths of time; each is rounded to a whole number of frames.

        Args:
            timestep_fs: time step, fs.
            equilibration_ps: not recorded, ps.
            production_ps: recorded, ps.
            frame_interval_ps: from one recorded frame to the next, ps; rounded to whole steps.
            checkpoint_ps: from one checkpoint to the next, ps; a frame or more.

        Raises:
            ValueError: a time that is negative or no number, or a step, a length or an interval of zero; a
                frame interval of less than half a step.
        """
        for key, value in (
            ("timestep_fs", timestep_fs),
            ("production_ps", production_ps),
            ("frame_interval_ps", frame_interval_ps),
            ("checkpoint_ps", checkpoint_ps),
        ):
            if not 0 < value < math.inf:
                raise ValueError(f"{key} is {value!r}; allowed: a number > 0")
        if not 0 <= equilibration_ps < math.inf:
            raise ValueError(f"equilibration_ps is {equilibration_ps!r}; allowed: a number >= 0")
        timestep = timestep_fs * PS_PER_FS
        if round(frame_interval_ps / timestep) < 1:
            raise ValueError(
                f"frame_interval_ps is {frame_interval_ps!r}; allowed: at least the step, {timestep_fs:g} fs"
            )
        per_frame = round(frame_interval_ps / timestep)
        frame = per_frame * timestep
        equilibration = round(equilibration_ps / frame)
        n_frames = equilibration + round(production_ps / frame)
        return cls(timestep, per_frame, equilibration, n_frames, max(1, round(checkpoint_ps / frame)))

    @property
    def frame_ps(self) -> float:
        """Time from one frame to the next, ps."""
        return self.per_frame * self.timestep_ps

    @property
    def total_ps(self) -> float:
        """Length of the run with its equilibration, ps."""
        return self.n_frames * self.frame_ps

    @property
    def n_segments(self) -> int:
        return -(-self.n_frames // self.per_segment)

    def segment(self, index: int) -> range:
        """The frames of one segment."""
        first = index * self.per_segment
        return range(first, min(first + self.per_segment, self.n_frames))

    def done_ps(self, segments: int) -> float:
        """Time simulated after so many segments, ps."""
        return min(segments * self.per_segment, self.n_frames) * self.frame_ps


@dataclass(frozen=True)
class RunSettings:
    """Step, friction and lengths of a run of Langevin dynamics; times in ps except the step, in fs."""

    timestep_fs: float
    friction_per_ps: float
    equilibration_ps: float
    production_ps: float
    frame_interval_ps: float
    checkpoint_ps: float

    @property
    def schedule(self) -> Schedule:
        """The run in whole steps and frames."""
        return Schedule.of(
            timestep_fs=self.timestep_fs,
            equilibration_ps=self.equilibration_ps,
            production_ps=self.production_ps,
            frame_interval_ps=self.frame_interval_ps,
            checkpoint_ps=self.checkpoint_ps,
        )
