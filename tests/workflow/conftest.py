"""The smoke preset, run from start to report once for all tests of this folder."""

from __future__ import annotations

import pytest

from support.workplace import Workplace


@pytest.fixture(scope="session")
def smoke(tmp_path_factory) -> Workplace:
    """The smoke preset, run once for all tests."""
    workplace = Workplace(tmp_path_factory.mktemp("smoke") / "repository")
    workplace.run()
    return workplace


@pytest.fixture
def copy(smoke, tmp_path) -> Workplace:
    """A copy of the finished smoke run, to be disturbed; file times are kept."""
    return smoke.copied(tmp_path / "repository")
