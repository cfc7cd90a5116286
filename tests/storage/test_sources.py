"""What a rule depends on is found from the import statements."""

from pathlib import Path

import pytest

from thermalcg.storage import sources

FILES = {
    "__init__.py": "",
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
def package(tmp_path, monkeypatch):
    folder = tmp_path / "toy"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    sources._graph.cache_clear()
    yield folder
    sources._graph.cache_clear()


def found(package, *names):
    files = sources.sources_of_modules([f"toy.{name}" for name in names], "toy")
    return [str(Path(path).relative_to(package)) for path in files if Path(path).name != "__init__.py"] + [
        str(Path(path).relative_to(package)) for path in files if Path(path).name == "__init__.py"
    ]


def test_imports_are_followed_to_the_end(package):
    everything = ["base.py", "low.py", "middle.py", "pack/beside.py", "pack/inner.py", "top.py"]
    assert found(package, "top") == [*everything, "__init__.py", "pack/__init__.py"]
    assert found(package, "base") == ["base.py", "__init__.py"]


def test_several_names_give_the_union_once(package):
    files = found(package, "pack.inner", "base")
    assert files == ["base.py", "pack/beside.py", "pack/inner.py", "__init__.py", "pack/__init__.py"]


def test_a_package_name_means_its_init(package):
    assert "pack/__init__.py" in found(package, "pack")


def test_modules_imported_from_a_sub_package_by_name_are_found(package):
    (package / "top.py").write_text("from .pack import other\n")
    assert "pack/other.py" in found(package, "top")


@pytest.mark.parametrize("name", ["absent", "pack.absent", "numpy"])
def test_a_module_that_does_not_exist_is_refused_by_name(package, name):
    with pytest.raises(ValueError, match=f"toy has no module 'toy.{name}'"):
        sources.sources_of_modules(["toy.top", f"toy.{name}"], "toy")


def test_a_script_depends_on_what_it_imports(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import numpy\nfrom thermalcg.figures import style\nfrom thermalcg.units import KB\n")
    names = [Path(path).name for path in sources.sources_of_script(script)]
    assert {"style.py", "units.py", "files.py"} <= set(names)
    assert "nvt.py" not in names


def test_the_potential_depends_on_the_kernels_of_its_architectures():
    library = Path(sources.__file__).parents[1]
    files = {
        str(Path(path).relative_to(library))
        for path in sources.sources_of_modules(["thermalcg.models.potential"])
    }
    assert {"models/spline/kernels.py", "models/prior.py", "storage/files.py", "units.py"} <= files
    assert "conditional/sampler.py" not in files
