"""Model files that several tests of exports read, and what is checked of them."""

import pytest

from support.exported import MIXTURE, MIXTURE_AMU, mixture_member, network_member, save_model, spline_member
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


@pytest.fixture(scope="session")
def mixture(tmp_path_factory):
    """A file of splines of two species with the expansion of the study's response."""
    masses = [MIXTURE_AMU[code] for code in MIXTURE.codes]
    path = tmp_path_factory.mktemp("models") / "trf2.safetensors"
    return save_model(path, [mixture_member()], mode="trf2", bead_mass_amu=masses)


@pytest.fixture(scope="session")
def mixed(mixture):
    """The mixture at two temperatures."""
    return Source.read(mixture, [300, 600])


@pytest.fixture(scope="session")
def mixed_made(mixed):
    return checks(mixed)


@pytest.fixture(params=["one species", "two species"])
def case(request):
    """A source and its checks: of one species, and of two."""
    one = request.param == "one species"
    names = ("source", "made") if one else ("mixed", "mixed_made")
    return tuple(request.getfixturevalue(name) for name in names)
