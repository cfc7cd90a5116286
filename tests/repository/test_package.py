"""The installable package: what it is built from, and where the library finds its files."""

import importlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from thermalcg.atomistic import water

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]

LOOK = """
from thermalcg.atomistic import water
print(water.__file__)
print(*sorted(path.stem for path in water.MODEL_FOLDER.glob("*.yaml")))
print(water.load_water_model("tip3p").name)
"""


@pytest.fixture
def installed(tmp_path):
    """The files of the wheel, put where pip would put them: in a folder whose name needs quotes."""
    site = tmp_path / "a user's site-packages"
    for package in WHEEL["packages"]:
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, site / Path(package).name, ignore=ignore)
    for source, target in WHEEL["force-include"].items():
        shutil.copytree(ROOT / source, site / target)
    return site


def test_water_models_are_found_where_the_package_is_installed(installed, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    file, models, name = done.stdout.splitlines()
    assert Path(file).is_relative_to(installed)
    assert models.split() == sorted(path.stem for path in (ROOT / "resources/water_models").glob("*.yaml"))
    assert name == water.load_water_model("tip3p").name


def test_water_models_of_a_clone_are_those_that_the_rules_name():
    assert ROOT / "resources" / "water_models" == water.MODEL_FOLDER


def test_the_command_is_a_function_of_the_library():
    module, _, name = PROJECT["project"]["scripts"]["thermalcg"].partition(":")
    assert callable(getattr(importlib.import_module(module), name))
