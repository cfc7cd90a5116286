"""The environment files agree with each other, with the imports and with what is installed."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import thermalcg
from thermalcg.storage.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
ENVS = ROOT / "envs"

#: conda's name of a package, where it is not pip's
CONDA_NAMES = {
    "matplotlib-base": "matplotlib",
    "pymbar-core": "pymbar",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
}
#: what only a conda environment has to name
CONDA_ONLY = {"python", "pip", "cuda-version"}


def normal(name):
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def release(text):
    """A version without what tells builds of one source apart: ``+cpu``, ``.post2``."""
    return re.sub(r"(\.post\d+)?(\+.*)?$", "", text)


def pin(line):
    match = re.fullmatch(r"([\w.-]+)==([\w.]+)", line)
    assert match, f"{line!r} is not an exact pin 'name==version'"
    return normal(match[1]), match[2]


def pip_pins(name):
    """The pins of a requirements file and of those that it includes."""
    pins = {}
    for raw in (ENVS / name).read_text().splitlines():
        line = raw.split("#")[0].strip()
        if line.startswith("-r "):
            pins |= pip_pins(line.removeprefix("-r ").strip())
        elif line:
            package, pinned = pin(line)
            assert package not in pins, f"{package} is pinned twice in {name}"
            pins[package] = pinned
    return pins


def conda_pins(name):
    """The pins of a conda environment under pip's names, its ``pip:`` section included."""
    dependencies = read_yaml(ENVS / name)["dependencies"]
    lines = [line for line in dependencies if isinstance(line, str)]
    lines = [line for line in lines if re.split("[=<> ]", line)[0] not in CONDA_ONLY]
    lines += [line for section in dependencies if isinstance(section, dict) for line in section["pip"]]
    pins = [pin(line) for line in lines]
    assert len(dict(pins)) == len(pins), f"a package is pinned twice in {name}"
    return {CONDA_NAMES.get(package, package): pinned for package, pinned in pins}


def imported(path):
    """Top-level names of the absolute imports of a file, wherever in the file they stand."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("name", ["workflow.yaml", "workflow-gpu.yaml"])
def test_conda_pins_are_the_pip_pins(name):
    def releases(pins):
        return {package: release(pinned) for package, pinned in pins.items()}

    assert releases(conda_pins(name)) == releases(pip_pins("requirements.txt"))


def test_openmm_and_its_cuda_platform_are_one_version():
    pins = pip_pins("requirements-gpu.txt")
    assert pins["openmm-cuda-13"] == pins["openmm"]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "workflow").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_imports_are_pinned(path):
    pins = pip_pins("requirements.txt")
    own = {"thermalcg", *(script.stem for script in (ROOT / "workflow" / "scripts").glob("*.py"))}
    distributions = packages_distributions()
    unpinned = {
        module
        for module in set(imported(path)) - sys.stdlib_module_names - own
        if not any(normal(name) in pins for name in distributions.get(module, [module]))
    }
    assert not unpinned, f"pin in envs/ what provides {sorted(unpinned)}"


@pytest.mark.parametrize(("package", "pinned"), sorted(pip_pins("requirements-dev.txt").items()))
def test_installed_version_is_the_pin(package, pinned):
    assert release(version(package)) == release(pinned)


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DEPENDENCIES = {normal(need.name): need for need in map(Requirement, PROJECT["project"]["dependencies"])}


@pytest.mark.parametrize("name", DEPENDENCIES)
def test_a_dependency_of_the_package_is_pinned_within_its_range(name):
    assert DEPENDENCIES[name].specifier.contains(pip_pins("requirements.txt")[name])


#: Packages that the library needs and no file of it imports: xarray reads NetCDF with both.
NOT_IMPORTED = {"h5netcdf", "h5py"}


def test_the_package_depends_on_what_the_library_imports():
    """What is imported under a condition is not asked for: the workflow's own tools."""
    library = sorted((ROOT / "workflow" / "thermalcg").rglob("*.py"))
    modules = {module for path in library for module in imported(path)} - sys.stdlib_module_names
    distributions = packages_distributions()
    needed = {normal(distributions[module][0]) for module in modules - {"thermalcg"}}
    assert needed | NOT_IMPORTED == set(DEPENDENCIES)


def test_the_version_stands_in_the_library_and_the_citation_agrees():
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "workflow/thermalcg/__init__.py"
    assert read_yaml(ROOT / "CITATION.cff")["version"] == thermalcg.__version__
