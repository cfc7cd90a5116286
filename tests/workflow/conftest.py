"""The smoke preset, run from start to report once for all tests of this folder."""

from __future__ import annotations

import fcntl

import pytest

from support.workplace import Workplace


@pytest.fixture(scope="session")
def smoke(tmp_path_factory, worker_id) -> Workplace:
    """The smoke preset, run once for all tests; where they run side by side each process has a copy of it."""
    own = tmp_path_factory.mktemp("smoke") / "repository"
    if worker_id == "master":
        workplace = Workplace(own)
        workplace.run()
        return workplace
    shared = tmp_path_factory.getbasetemp().parent
    finished = shared / "smoke.finished"
    with open(shared / "smoke.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one process runs it, and the others wait
        if not finished.exists():
            Workplace(shared / "smoke").run()
            finished.touch()
    return Workplace.at(shared / "smoke").copied(own)


@pytest.fixture
def copy(smoke, tmp_path) -> Workplace:
    """A copy of the finished smoke run, to be disturbed; file times are kept."""
    return smoke.copied(tmp_path / "repository")
