"""How far a study is, from the files in its folder alone.

Nothing is locked, started or asked, so that it works while a run goes on, here or on a cluster, and after
one was killed.  A job's log says it all: its first line names the rule, progress lines say how far and how
fast it is, the last line says that it finished; and a job that lives touches its log every ``HEARTBEAT_S``.

    python -m thermalcg.planning.status results/default --config config.yaml
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from thermalcg.runtime.progress import ProgressLine, last_progress

#: A running job touches its log this often, s.
HEARTBEAT_S = 30.0

#: A log without an end that was not touched for so long is that of a job that was killed, s.
SILENT_S = 6 * HEARTBEAT_S

STATES = ("finished", "running", "failed", "stopped")

#: Enough for the first line, and for a traceback or the last progress lines, bytes.
_HEAD, _TAIL = 500, 8000
_FIRST = re.compile(r"(\w+): \d{4}-\d\d-\d\d ")
_END = re.compile(r"^finished: [\d-]+ [\d:]+, ([\d.]+) s$", re.MULTILINE)


@dataclass(frozen=True)
class Job:
    """One job as its log shows it.

    Attributes:
        name: path of the log below ``logs/``, without its ending.
        state: one of ``STATES``.
        seconds: wall time, of a finished job only.
        silent_s: since the log was last touched; never negative, whatever the clocks say.
        message: last line of the log, for a job that failed.
    """

    rule: str
    name: str
    state: str
    seconds: float | None
    silent_s: float
    progress: ProgressLine | None
    message: str = ""


def read_job(log: Path, logs: Path, now: float) -> Job:
    """One job from its log.

    Args:
        logs: the folder ``logs/`` of the study.
        now: seconds since the epoch.
    """
    with log.open("rb") as handle:
        head = handle.read(_HEAD).decode(errors="replace")
        handle.seek(max(0, log.stat().st_size - _TAIL))
        tail = handle.read().decode(errors="replace").strip()
    name = log.relative_to(logs).with_suffix("").as_posix()
    first, end = _FIRST.match(head), _END.search(tail)
    silent = max(0.0, now - log.stat().st_mtime)
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
    """All jobs of a study that have a log.

    Args:
        study: the folder ``results/<study>``.
        now: seconds since the epoch; the present if None.
    """
    logs, now = Path(study) / "logs", time.time() if now is None else now
    jobs = []
    for path in sorted(logs.rglob("*.log")):
        try:
            jobs.append(read_job(path, logs, now))
        except FileNotFoundError:  # a run that goes on may take it away
            continue
    return jobs


@dataclass(frozen=True)
class Left:
    """What is left to do.

    Attributes:
        seconds: until the end, if as many jobs run at a time as now.
        unknown: rules of which no job has finished yet: what they take is not in ``seconds``.
    """

    seconds: float
    unknown: list[str]


def time_left(jobs: list[Job], expected: dict[str, int]) -> Left:
    """Seconds to the end, from the progress of running jobs and the mean time of finished ones.

    Args:
        expected: jobs of each rule in a whole study.
    """
    means = mean_seconds(jobs)
    running = [job for job in jobs if job.state == "running"]
    own = [job.progress.left_s if job.progress else means.get(job.rule, 0.0) for job in running]
    begun = Counter(job.rule for job in jobs if job.state in ("finished", "running"))
    waiting = {rule: n - begun[rule] for rule, n in expected.items() if n > begun[rule]}
    total = sum(own) + sum(n * means.get(rule, 0.0) for rule, n in waiting.items())
    blind = {job.rule for job in running if not job.progress} | set(waiting)
    seconds = max([total / max(1, len(running)), *own])
    return Left(seconds, [rule for rule in expected if rule in blind and rule not in means])


def mean_seconds(jobs: Iterable[Job]) -> dict[str, float]:
    """Mean wall time of the finished jobs of each rule, s."""
    times: dict[str, list[float]] = {}
    for job in jobs:
        if job.seconds is not None:
            times.setdefault(job.rule, []).append(job.seconds)
    return {rule: sum(values) / len(values) for rule, values in times.items()}


def report(study: str | Path, expected: dict[str, int] | None = None, now: float | None = None) -> str:
    """The status of a study as text.

    Args:
        study: the folder ``results/<study>``.
        expected: jobs of each rule in a whole study; without it no end is predicted.
        now: seconds since the epoch; the present if None.
    """
    study, now = Path(study), time.time() if now is None else now
    jobs = read_jobs(study, now)
    if not jobs:
        return f"{study}: no job has begun"
    lines = [f"{study}, {_clock(now)}", "", *_table(jobs, expected or {})]
    for state, title in (
        ("running", "running"),
        ("failed", "failed"),
        (
            "stopped",
            f"stopped: not heard of for {_duration(SILENT_S)}; the next run goes on from checkpoints",
        ),
    ):
        own = [job for job in jobs if job.state == state]
        if own:
            lines += ["", title, *(f"  {job.name}: {_how_far(job)}" for job in own)]
    lines.append("")
    if expected:
        lines.append(_end(jobs, expected, now))
    lines.append(f"on disk: {_size(study)}, of which checkpoints {_size(study / 'checkpoints')}")
    return "\n".join(lines)


def _table(jobs: list[Job], expected: dict[str, int]) -> list[str]:
    count = Counter((job.rule, job.state) for job in jobs)
    means = mean_seconds(jobs)
    begun = dict.fromkeys(job.rule for job in jobs)
    lines = [f"{'rule':22}" + "".join(f"{state:>10}" for state in STATES) + f"{'of':>6}{'mean time':>14}"]
    for rule in [*expected, *(rule for rule in begun if rule not in expected)]:
        mean = _duration(means[rule]) if rule in means else ""
        numbers = "".join(f"{count[rule, state] or '':>10}" for state in STATES)
        lines.append(f"{rule:22}{numbers}{expected.get(rule, ''):>6}{mean:>14}")
    return lines


def _how_far(job: Job) -> str:
    if job.state == "failed":
        return job.message
    heard = f"heard of {_duration(job.silent_s)} ago"
    p = job.progress
    if p is None:
        return heard
    left = f"{_duration(p.left_s)} left, " if job.state == "running" else ""
    return (
        f"{p.done:.6g}/{p.total:.6g} {p.unit} ({p.done / max(p.total, 1e-12):.0%}), {p.rate}, {left}{heard}"
    )


def _end(jobs: list[Job], expected: dict[str, int], now: float) -> str:
    done = Counter(job.rule for job in jobs if job.state == "finished")
    finished, total = sum(min(done[rule], n) for rule, n in expected.items()), sum(expected.values())
    text = f"{finished} of {total} jobs"
    running = sum(job.state == "running" for job in jobs)
    if finished == total:
        return text
    if not running:
        return f"{text}; none is running"
    left = time_left(jobs, expected)
    least = "at least " if left.unknown else ""
    text += f"; expected end {_clock(now + left.seconds)}, in {least}{_duration(left.seconds)}"
    text += f" with {running} at a time"
    return text + (f" (not known yet: {', '.join(left.unknown)})" if left.unknown else "")


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def _size(folder: Path) -> str:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return f"{total / 1e6:.1f} MB" if total < 1e9 else f"{total / 1e9:.2f} GB"


def main() -> None:
    """Print how far a study is."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("study", type=Path, help="its folder, results/<study>")
    parser.add_argument("--config", type=Path, nargs="+", metavar="FILE", help="as for Snakemake")
    parser.add_argument("--target", help="count what this target of make adds to the study; default: none")
    arguments = parser.parse_args()
    expected = None
    if arguments.config:
        from thermalcg.config.files import read_config

        from .stages import expected_jobs
        from .targets import TARGETS, with_targets

        if arguments.target not in (None, *TARGETS):
            parser.error(f"--target is {arguments.target!r}; allowed: {', '.join(TARGETS)}")
        stages = with_targets(*([arguments.target] if arguments.target else []))
        expected = expected_jobs(read_config(arguments.config), stages)
    print(report(arguments.study, expected))


if __name__ == "__main__":
    main()
