"""The beginning of every script of a rule: its log, its threads, its settings."""

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

# the library of this clone, whatever version is installed
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from thermalcg.runtime.compiled_code import keep_apart
from thermalcg.runtime.threads import limit_threads

_failed = False
_lock = None


def begin(snakemake) -> SimpleNamespace:
    """Send output to the rule's log and limit the process to the rule's threads.

    Returns:
        ``settings`` (the sections named by the rule), ``provenance`` and ``threads``.
    """
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    _hold(log)
    sys.stdout = sys.stderr = log.open("w", buffering=1)
    sys.excepthook = _say_why
    limit_threads(snakemake.threads)
    keep_apart()
    warnings.simplefilter("ignore", FutureWarning)
    _tell_code(snakemake)  # not before the limits: it imports numerical libraries

    from thermalcg.runtime.platforms import pin_to_one_core
    from thermalcg.storage.provenance import Provenance

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


def _tell_code(snakemake) -> None:
    """Name the code and the packages, so that checkpoints of others are ignored."""
    from thermalcg.storage import checkpoints
    from thermalcg.storage.files import digest
    from thermalcg.storage.provenance import versions

    code = digest(*getattr(snakemake.input, "library", []))
    checkpoints.work_with(f"{code} {sorted(versions().items())}")


def _hold(log: Path) -> None:
    """Lock a file next to the job's log while the job lives, so that no second process writes the same files.

    A killed Snakemake leaves its jobs running, on a cluster above all.  Started again, it knows nothing of
    them and would take their output for its own.  The second job therefore waits for the first one and then
    makes the files again, with the present configuration.  (The log itself cannot be the lock: Snakemake
    removes it before each job.)
    """
    global _lock
    _lock = log.with_name(f".{log.stem}.lock").open("w")
    try:
        fcntl.flock(_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(
            f"{log}: a job of an earlier run is still at work on the same files; waiting until it ends "
            "(scancel or kill it to save the time)",
            file=sys.stderr,
            flush=True,
        )
        fcntl.flock(_lock, fcntl.LOCK_EX)
    except OSError:  # a file system without locks
        pass


def _keep_fresh(log: Path) -> None:
    """Touch the log while the job lives: an old log without an end belongs to a job that was killed."""
    from thermalcg.planning.status import HEARTBEAT_S

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
    """Write the reason of a failure to the log and, in one line, to the terminal."""
    global _failed
    _failed = True
    # the terminal first: the log may lie on the disk that is full
    print(f"{kind.__name__}: {error}", file=sys.__stderr__, flush=True)
    with suppress(OSError):
        traceback.print_exception(kind, error, trace)
