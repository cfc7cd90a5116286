"""What a rule depends on is found from the import statements."""

from pathlib import Path

import pytest

from thermalcg.modules import modules_of

LIBRARY = Path(__file__).parents[2] / "workflow" / "thermalcg"

SOURCES = {
    "top.py": "import numpy\nfrom .middle import f\n",
    "middle.py": "def f():\n    from . import low\n    from .pack import THING\n",
    "low.py": "from .middle import f\n",  # a cycle
    "pack/__init__.py": "from .inner import THING\n",
    "pack/inner.py": "from ..base import X\nfrom . import beside\n",
    "pack/beside.py": "",
    "pack/other.py": "",
    "base.py": "X = 1\n",
    "unrelated.py": "from .top import f\n",
}


@pytest.fixture
def package(tmp_path):
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def found(package, *names):
    return [str(Path(path).relative_to(package)) for path in modules_of(package, names)]


def test_imports_are_followed_to_the_end(package):
    everything = [
        "base.py",
        "low.py",
        "middle.py",
        "pack/__init__.py",
        "pack/beside.py",
        "pack/inner.py",
        "top.py",
    ]
    assert found(package, "top") == everything
    assert found(package, "base") == ["base.py"]


def test_several_names_give_the_union_once(package):
    everything = ["base.py", "pack/__init__.py", "pack/beside.py", "pack/inner.py"]
    assert [name for name in found(package, "pack.inner", "base") if name in everything] == everything


def test_a_package_name_means_its_init(package):
    assert "pack/__init__.py" in found(package, "pack")


def test_modules_imported_from_a_sub_package_by_name_are_found(package):
    (package / "top.py").write_text("from .pack import other\n")
    assert "pack/other.py" in found(package, "top")


@pytest.mark.parametrize("name", ["absent", "pack.absent", "numpy"])
def test_a_module_that_does_not_exist_is_refused_by_name(package, name):
    with pytest.raises(ValueError, match=f"the library has no module '{name}'"):
        modules_of(package, ["top", name])


def test_the_potential_depends_on_the_kernels_of_its_architectures():
    files = found(LIBRARY, "potential")
    assert {"potential.py", "architectures/spline_kernels.py", "prior.py", "datasets.py", "units.py"} <= set(
        files
    )
    assert "conditional.py" not in files
