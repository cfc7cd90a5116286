"""How far a study is, from the files in its folder alone.

Nothing is locked, started or asked, so that it works while a run goes on, here or on a cluster, and after
one was killed.  A job's log says it all: its first line names the rule, progress lines say how far and how
fast it is, the last line says that it finished; and a job that lives touches its log every ``HEARTBEAT_S``.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from thermalcg.runtime.progress import ProgressLine, last_progress

#: A running job touches its log this often, s; one whose log has no end and is six times as old was killed.
HEARTBEAT_S = 30.0
SILENT_S = 6 * HEARTBEAT_S

STATES = ("finished", "running", "failed", "stopped")

#: Enough for a traceback or the last progress lines, bytes.
_TAIL = 8000
_FIRST = re.compile(r"(\w+): \d{4}-\d\d-\d\d ")
_END = re.compile(r"^finished: [\d-]+ [\d:]+, ([\d.]+) s$", re.MULTILINE)


@dataclass(frozen=True)
class Job:
    """One job as its log shows it."""

    rule: str
    name: str  # path of the log below logs/, without its ending
    state: str  # one of STATES
    seconds: float | None  # wall time, of a finished job only
    silent_s: float  # since the log was last touched; never negative, whatever the clocks say
    progress: ProgressLine | None
    message: str  # last line of the log, for a job that failed


def read_job(log: Path, name: str, now: float) -> Job:
    """One job from its log; ``now`` in seconds since the epoch."""
    with log.open("rb") as handle:
        first = _FIRST.match(handle.readline().decode(errors="replace"))
        handle.seek(max(0, log.stat().st_size - _TAIL))
        tail = handle.read().decode(errors="replace").strip()
    end, silent = _END.search(tail), max(0.0, now - log.stat().st_mtime)
    message = ""
    if end:
        state = "finished"
    elif "Traceback (most recent call last)" in tail:
        state, message = "failed", tail.splitlines()[-1]
    else:
        state = "running" if silent < SILENT_S else "stopped"
    rule = first[1] if first else name.split("/")[0]
    seconds = float(end[1]) if end else None
    return Job(rule, name, state, seconds, silent, last_progress(tail), message)


def read_jobs(study: str | Path, now: float | None = None) -> list[Job]:
    """All jobs of a study, ``results/<study>``, that have a log."""
    logs, jobs = Path(study) / "logs", []
    now = time.time() if now is None else now
    for path in sorted(logs.rglob("*.log")):
        with suppress(FileNotFoundError):  # a run that goes on may take it away
            jobs.append(read_job(path, path.relative_to(logs).with_suffix("").as_posix(), now))
    return jobs


def mean_seconds(jobs: Iterable[Job]) -> dict[str, float]:
    """Mean wall time of the finished jobs of each rule, s."""
    times = defaultdict(list)
    for job in jobs:
        if job.seconds is not None:
            times[job.rule].append(job.seconds)
    return {rule: fmean(values) for rule, values in times.items()}


def time_left(jobs: list[Job], expected: dict[str, int]) -> tuple[float, list[str]]:
    """Seconds to the end, if as many jobs run at a time as now, and the rules that these do not count because
    no job of theirs has finished yet; from the progress of running jobs and the mean time of finished ones.
    """
    means, running = mean_seconds(jobs), [job for job in jobs if job.state == "running"]
    own = [job.progress.left_s if job.progress else means.get(job.rule, 0.0) for job in running]
    begun = Counter(job.rule for job in jobs if job.state in ("finished", "running"))
    waiting = {rule: n - begun[rule] for rule, n in expected.items() if n > begun[rule]}
    total = sum(own) + sum(n * means.get(rule, 0.0) for rule, n in waiting.items())
    blind = {job.rule for job in running if not job.progress} | set(waiting)
    seconds = max([total / max(1, len(running)), *own])
    return seconds, [rule for rule in expected if rule in blind and rule not in means]


def report(study: str | Path, expected: dict[str, int] | None = None, now: float | None = None) -> str:
    """The status of a study, ``results/<study>``, as text.

    Args:
        expected: jobs of each rule in a whole study; without it no end is predicted.
        now: seconds since the epoch; the present if None.
    """
    study, expected = Path(study), expected or {}
    now = time.time() if now is None else now
    jobs = read_jobs(study, now)
    if not jobs:
        return f"{study}: no job has begun"
    count, means = Counter((job.rule, job.state) for job in jobs), mean_seconds(jobs)
    lines = [f"{study}, {_clock(now)}", ""]
    lines.append(f"{'rule':22}" + "".join(f"{state:>10}" for state in STATES) + f"{'of':>6}{'mean time':>14}")
    for rule in dict.fromkeys([*expected, *(job.rule for job in jobs)]):
        numbers = "".join(f"{count[rule, state] or '':>10}" for state in STATES)
        mean = duration(means[rule]) if rule in means else ""
        lines.append(f"{rule:22}{numbers}{expected.get(rule, ''):>6}{mean:>14}")
    stopped = f"stopped: no sign of life for {duration(SILENT_S)}; the next run goes on from checkpoints"
    for state, title in {"running": "running", "failed": "failed", "stopped": stopped}.items():
        if own := [f"  {job.name}: {_how_far(job)}" for job in jobs if job.state == state]:
            lines += ["", title, *own]
    lines += ["", _end(jobs, expected, now)] if expected else [""]
    lines.append(f"on disk: {_size(study)}, of which checkpoints {_size(study / 'checkpoints')}")
    return "\n".join(lines)


def _how_far(job: Job) -> str:
    p, touched = job.progress, f"log touched {duration(job.silent_s)} ago"
    if job.state == "failed" or p is None:
        return job.message or touched
    left = f"{duration(p.left_s)} left, " if job.state == "running" else ""
    share = p.done / max(p.total, 1e-12)
    return f"{p.done:.6g}/{p.total:.6g} {p.unit} ({share:.0%}), {p.rate}, {left}{touched}"


def _end(jobs: list[Job], expected: dict[str, int], now: float) -> str:
    done = Counter(job.rule for job in jobs if job.state == "finished")
    finished = sum(min(done[rule], n) for rule, n in expected.items())
    total, running = sum(expected.values()), sum(job.state == "running" for job in jobs)
    text = f"{finished} of {total} jobs"
    if finished == total:
        return text
    if not running:
        return f"{text}; none is running"
    seconds, unknown = time_left(jobs, expected)
    least, names = ("at least ", f" (not known yet: {', '.join(unknown)})") if unknown else ("", "")
    when = f"{_clock(now + seconds)}, in {least}{duration(seconds)}"
    return f"{text}; expected end {when} with {running} at a time{names}"


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def duration(seconds: float) -> str:
    """A time for a reader, in seconds, minutes or hours."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _size(folder: Path) -> str:
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size if path.is_file() else 0
    return f"{total / 1e6:.1f} MB" if total < 1e9 else f"{total / 1e9:.2f} GB"
