"""Limits of threads reach the libraries through the environment."""

import os

from thermalcg.runtime.threads import THREAD_LIMITS, limit_threads


def test_every_library_is_held_to_the_number(monkeypatch):
    for name in THREAD_LIMITS:
        monkeypatch.setenv(name, "7")
    limit_threads(3)
    assert {os.environ[name] for name in THREAD_LIMITS} == {"3"}


def test_openmm_and_the_linear_algebra_are_among_them():
    assert {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENMM_CPU_THREADS"} <= set(THREAD_LIMITS)
