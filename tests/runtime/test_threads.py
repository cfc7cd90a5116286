"""Limits of threads reach the libraries through the environment; cores are those of this process."""

import os

import pytest

from thermalcg.runtime.threads import THREAD_LIMITS, available_cores, limit_threads


def test_every_library_is_held_to_the_number(monkeypatch):
    for name in THREAD_LIMITS:
        monkeypatch.setenv(name, "7")
    limit_threads(3)
    assert {os.environ[name] for name in THREAD_LIMITS} == {"3"}


def test_openmm_and_the_linear_algebra_are_among_them():
    assert {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENMM_CPU_THREADS"} <= set(THREAD_LIMITS)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux holds a process to some cores")
def test_cores_are_those_that_the_process_may_use_and_not_those_of_the_machine():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert available_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert available_cores() == len(before)
