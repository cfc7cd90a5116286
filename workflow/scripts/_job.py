"""What every script of a rule begins with: its log, its threads, its settings."""

from __future__ import annotations

import os
import sys
import time
import traceback
import warnings
from pathlib import Path
from types import SimpleNamespace

# the library lies beside the scripts and is not installed
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def begin(snakemake) -> SimpleNamespace:
    """Send output to the rule's log and hold the process to the rule's threads.

    Returns:
        ``settings`` (the sections named by the rule), ``provenance`` and ``threads``.
    """
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout = sys.stderr = log.open("w", buffering=1)
    sys.excepthook = _say_why
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(snakemake.threads)
    warnings.simplefilter("ignore", FutureWarning)

    from thermalcg.datasets import Provenance
    from thermalcg.platforms import pin_to_one_core

    core = pin_to_one_core() if snakemake.threads == 1 else None
    where = "not pinned" if core is None else f"core {core}"
    print(f"{snakemake.rule}: {time.strftime('%Y-%m-%d %H:%M:%S')}, {snakemake.threads} thread(s), {where}")
    return SimpleNamespace(
        settings=dict(snakemake.params.settings),
        provenance=Provenance(
            snakemake.params.hash, snakemake.params.settings["seed"], f"rule {snakemake.rule}"
        ),
        threads=snakemake.threads,
    )


def _say_why(kind, error, trace) -> None:
    """The reason goes to the log and, in one line, to the terminal."""
    traceback.print_exception(kind, error, trace)
    print(f"{kind.__name__}: {error}", file=sys.__stderr__)
