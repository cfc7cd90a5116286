"""Cores of this process, and limits of the numerical libraries' threads."""

from __future__ import annotations

import os

#: Read once, when a library is first imported.  Without the last, OpenMM's PME takes one thread for each
#: core, and their number changes its sums.
THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OPENMM_CPU_THREADS",
)


def limit_threads(n: int) -> None:
    """Hold the numerical libraries of this process to ``n`` threads; call it before they are imported."""
    for name in THREAD_LIMITS:
        os.environ[name] = str(n)


def available_cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
