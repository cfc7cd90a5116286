"""Model files that several tests of exports read, and what is checked of them."""

import pytest

from support.exported import network_member, save_model, spline_member
from thermalcg.export.check_file import checks
from thermalcg.export.source import Source


@pytest.fixture(scope="session")
def spline_file(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("models") / "trf1.safetensors", [spline_member()])


@pytest.fixture(scope="session")
def network_file(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("models") / "network.safetensors", [network_member()])


@pytest.fixture(scope="session")
def source(spline_file):
    """A spline of two components at two temperatures."""
    return Source.read(spline_file, [300, 600])


@pytest.fixture(scope="session")
def made(source):
    return checks(source)
