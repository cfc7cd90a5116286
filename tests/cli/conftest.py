"""Commands are tried in the process of the tests, which keeps all its cores."""

import pytest

from thermalcg.runtime import platforms


@pytest.fixture(autouse=True)
def _keep_this_process(monkeypatch):
    monkeypatch.setattr(platforms, "pin_to_one_core", lambda: None)
