"""Progress of long work: a bar on a terminal, plain lines in a log file."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from types import TracebackType

from tqdm import tqdm

from thermalcg.units import NS_PER_PS, SECONDS_PER_DAY

_LINE = re.compile(
    r"^(?P<label>.+): (?P<done>\S+)/(?P<total>\S+) (?P<unit>.+?) \(-?\d+ %\), "
    r"(?P<rate>\S+ .+?), (?P<left>\d+) s left$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class ProgressLine:
    """Contents of a progress line in a log.

    Attributes:
        done, total: amounts of work, in ``unit``.
        rate: work per time, as text.
        left_s: seconds left.
    """

    label: str
    done: float
    total: float
    unit: str
    rate: str
    left_s: float


def last_progress(log: str) -> ProgressLine | None:
    """The last progress line in the text of a log; None if there is none."""
    lines = list(_LINE.finditer(log))
    if not lines:
        return None
    found = lines[-1]
    return ProgressLine(
        found["label"],
        float(found["done"]),
        float(found["total"]),
        found["unit"],
        found["rate"],
        float(found["left"]),
    )


class Progress:
    """Reports how much of a piece of work is done, its rate and the time that is left.

    On a terminal tqdm draws a bar.  Elsewhere (a log file, a cluster job) a plain
    line is written every ``interval`` seconds.

    Args:
        label: name of the work.
        total: amount of work, in ``unit``.
        rate: ``(name, factor)`` for the rate shown: work per second times the factor,
            for instance ``("ns/day", 86.4)`` for work in ps.
        done: work done before this call (a resumed run).
    """

    def __init__(
        self,
        label: str,
        total: float,
        unit: str,
        *,
        rate: tuple[str, float] | None = None,
        done: float = 0.0,
        interval: float = 10.0,
    ) -> None:
        self.label, self.total, self.unit = label, total, unit
        self.rate = rate or (f"{unit}/s", 1.0)
        self.done, self._start_done = done, done
        self._interval = interval
        self._started = self._last = time.monotonic()
        self._bar = None
        terminal = sys.__stderr__
        if terminal is not None and terminal.isatty():
            self._bar = tqdm(
                total=total,
                initial=done,
                desc=label,
                unit=unit,
                file=terminal,
                leave=False,
                dynamic_ncols=True,
            )

    @classmethod
    def of_simulation(cls, label: str, total_ps: float, done_ps: float = 0.0) -> Progress:
        """Progress of molecular dynamics: work in ps, its rate in ns/day."""
        return cls(label, total_ps, "ps", rate=("ns/day", SECONDS_PER_DAY * NS_PER_PS), done=done_ps)

    def update(self, amount: float) -> None:
        """Count ``amount`` as done now."""
        self.done += amount
        now = time.monotonic()
        if self._bar is not None:
            self._bar.set_postfix_str(self._rate_text(now), refresh=False)
            self._bar.update(amount)
        if now - self._last >= self._interval:
            self._last = now
            self._line(now)

    def skip(self, amount: float) -> None:
        """Count ``amount`` as done earlier; it does not enter the rate."""
        self.done += amount
        self._start_done += amount
        if self._bar is not None:
            self._bar.initial += amount
            self._bar.update(amount)

    @property
    def speed(self) -> float:
        """Work per second since the start of this process."""
        return self._per_second(time.monotonic())

    def _per_second(self, now: float) -> float:
        return (self.done - self._start_done) / max(now - self._started, 1e-9)

    def _rate_text(self, now: float) -> str:
        return f"{self._per_second(now) * self.rate[1]:.3g} {self.rate[0]}"

    def _line(self, now: float) -> None:
        left = (
            max(self.total - self.done, 0.0) / max(self._per_second(now), 1e-9)
            if self.done < self.total
            else 0.0
        )
        print(
            f"{self.label}: {self.done:.6g}/{self.total:.6g} {self.unit} "
            f"({100 * self.done / max(self.total, 1e-12):.0f} %), {self._rate_text(now)}, {left:.0f} s left",
            file=sys.stderr,
            flush=True,
        )

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line(time.monotonic())
        if self._bar is not None:
            self._bar.close()
