"""What every script of a rule begins with: its log, its threads, its settings."""

from __future__ import annotations

import atexit
import fcntl
import os
import sys
import threading
import time
import traceback
import warnings
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

# the library lies beside the scripts and is not installed
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

#: Without the last, OpenMM's PME takes a thread a core of the machine, and their number shows in its sums.
THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OPENMM_CPU_THREADS",
)

_failed = False
_lock = None


def begin(snakemake) -> SimpleNamespace:
    """Send output to the rule's log and hold the process to the rule's threads.

    Returns:
        ``settings`` (the sections named by the rule), ``provenance`` and ``threads``.
    """
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    _hold(log)
    sys.stdout = sys.stderr = log.open("w", buffering=1)
    sys.excepthook = _say_why
    for name in THREAD_LIMITS:
        os.environ[name] = str(snakemake.threads)
    warnings.simplefilter("ignore", FutureWarning)

    from thermalcg.datasets import Provenance
    from thermalcg.platforms import pin_to_one_core

    core = pin_to_one_core() if snakemake.threads == 1 else None
    where = "not pinned" if core is None else f"core {core}"
    _keep_fresh(log)
    atexit.register(_say_finished, time.monotonic())
    print(f"{snakemake.rule}: {time.strftime('%Y-%m-%d %H:%M:%S')}, {snakemake.threads} thread(s), {where}")
    return SimpleNamespace(
        settings=dict(snakemake.params.settings),
        provenance=Provenance(
            snakemake.params.hash, snakemake.params.settings["seed"], f"rule {snakemake.rule}"
        ),
        threads=snakemake.threads,
    )


def _hold(log: Path) -> None:
    """A lock beside the job's log while the job lives, so that no second process writes the same files.

    A Snakemake that was killed leaves its jobs running, on a cluster above all; started again, it knows
    nothing of them.  (The log itself is no good: Snakemake removes it before each job.)
    """
    global _lock
    _lock = log.with_name(f".{log.stem}.lock").open("w")
    try:
        fcntl.flock(_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(
            f"{log}: a job of an earlier run is still at work on the same files; "
            "wait until it ends or stop it (scancel, kill), then run again"
        )
    except OSError:  # a file system without locks
        pass


def _keep_fresh(log: Path) -> None:
    """Touch the log while the job lives: an old log without an end is that of a job that was killed."""
    from thermalcg.status import HEARTBEAT_S

    def beat() -> None:
        while True:
            time.sleep(HEARTBEAT_S)
            with suppress(OSError):
                os.utime(log)

    threading.Thread(target=beat, daemon=True).start()


def _say_finished(started: float) -> None:
    if not _failed:
        print(f"finished: {time.strftime('%Y-%m-%d %H:%M:%S')}, {time.monotonic() - started:.1f} s")


def _say_why(kind, error, trace) -> None:
    """The reason goes to the log and, in one line, to the terminal."""
    global _failed
    _failed = True
    traceback.print_exception(kind, error, trace)
    print(f"{kind.__name__}: {error}", file=sys.__stderr__)
