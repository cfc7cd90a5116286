"""The plan of the library: which modules lie where, where they are tested, and how long a file may be."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "workflow" / "thermalcg"
FILES = sorted(LIBRARY.rglob("*.py"))
SCRIPTS = sorted((ROOT / "workflow" / "scripts").glob("*.py"))

#: What may lie outside the folders.
TOP = {"__init__", "__main__", "statistics", "units"}

#: Lines of a file and of a function.
MOST_LINES, MOST_LINES_OF_FUNCTION = 400, 80

#: Compiled kernels may be longer: numba does not see through what would shorten them.
KERNELS = {"thermalcg/models/spline/kernels.py:energy_force"}

TESTS = ROOT / "tests"

#: Modules without a test file at the mirrored place, and why; in every folder also ``__init__``.
ELSEWHERE = {
    "__main__.py": "one call, run by cli/test_main.py",
    "config/sections/dynamics.py": "declarations of keys, held by config/test_render.py",
    "config/sections/models.py": "declarations of keys, held by config/test_render.py",
    "config/sections/results.py": "declarations of keys, held by config/test_render.py",
    "config/sections/simulation.py": "declarations of keys, held by config/test_render.py",
    "storage/declared/benchmark.py": "declarations of files, held by storage/test_declared.py",
    "storage/declared/datasets.py": "declarations of files, held by storage/test_declared.py",
    "storage/declared/dynamics.py": "declarations of files, held by storage/test_declared.py",
    "storage/declared/economics.py": "declarations of files, held by storage/test_declared.py",
    "storage/declared/engine.py": "declarations of files, held by storage/test_declared.py",
    "storage/declared/other_files.py": "declarations of files, held by storage/test_declared.py",
    "storage/declared/tables.py": "declarations of files, held by storage/test_declared.py",
    "storage/declared/thermodynamics.py": "declarations of files, held by storage/test_declared.py",
}

#: Test files, in folders that mirror the library, of something else than one module.
SEVERAL = {
    "export/test_engines_howto.py": "commands of a page, typed as a reader types them",
    "export/test_engine_dynamics.py": "runs in every engine, from the files of several exports",
    "config/test_settings_of_runs.py": "sections and the settings of runs made from them",
    "config/test_water_models.py": "files of water models, refused by the configuration that names them",
    "figures/test_layout.py": "looks that all figures share",
    "storage/test_damaged_files.py": "damage to files of every kind",
    "storage/test_declared.py": "the declarations as a whole",
    "trajectories/test_import_cost.py": "seconds and memory of an import, from the files to the dataset",
    "trajectories/test_engines.py": "runs of GROMACS and LAMMPS, where they are installed",
    "training/test_recovery.py": "data, their training set, and the forces of models trained on it",
}


def mirrored(module):
    """Where a module is tested, relative to the folder of tests."""
    return module.with_name(f"test_{module.name}")


def name(path):
    return str(path.relative_to(ROOT / "workflow"))


def functions(path):
    """Name and number of lines of every function of a file, decorators left out."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.end_lineno - node.lineno + 1


def is_compiled(path, function):
    """Whether numba compiles a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return any("njit" in ast.dump(decorator) for decorator in node.decorator_list)
    return False


def test_only_constants_and_statistics_lie_outside_the_folders():
    assert {path.stem for path in LIBRARY.glob("*.py")} == TOP


def test_every_module_has_its_tests_at_the_mirrored_place():
    modules = {path.relative_to(LIBRARY) for path in FILES if path.name != "__init__.py"}
    alone = {str(module) for module in modules if not (TESTS / mirrored(module)).is_file()}
    assert alone == set(ELSEWHERE)


def test_a_test_file_beside_those_of_modules_is_named_with_its_reason():
    folders = {path.parent.relative_to(LIBRARY) for path in FILES}
    present = {path.relative_to(TESTS) for folder in folders for path in (TESTS / folder).glob("test_*.py")}
    known = {mirrored(path.relative_to(LIBRARY)) for path in FILES}
    assert {str(path) for path in present - known} == set(SEVERAL)


def test_no_module_of_the_library_is_called_like_a_test():
    assert not [name(path) for path in FILES if path.stem.startswith("test_")]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_file_is_long(path):
    assert len(path.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", [*FILES, *SCRIPTS], ids=name)
def test_no_function_is_long(path):
    long = {
        f"{name(path)}:{function}": lines
        for function, lines in functions(path)
        if lines > MOST_LINES_OF_FUNCTION and f"{name(path)}:{function}" not in KERNELS
    }
    assert not long


def test_an_exception_is_a_compiled_kernel_that_is_long():
    for kernel in KERNELS:
        file, _, function = kernel.partition(":")
        assert dict(functions(ROOT / "workflow" / file))[function] > MOST_LINES_OF_FUNCTION, kernel
        assert is_compiled(ROOT / "workflow" / file, function), kernel


def test_what_is_too_long_is_found(tmp_path):
    path = tmp_path / "long.py"
    body = "\n".join("    x = 1" for _ in range(MOST_LINES_OF_FUNCTION))
    path.write_text(f"import numba\n\n\n@numba.njit\ndef kernel():\n{body}\n")
    assert dict(functions(path)) == {"kernel": MOST_LINES_OF_FUNCTION + 1}
    assert is_compiled(path, "kernel")


def calls(path, function):
    """Number of arguments of every call of a function in a file; 0 where its name stands without a call."""
    tree = ast.parse(path.read_text())
    called = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    own = [node for node in called if getattr(node.func, "id", None) == function]
    uses = sum(isinstance(node, ast.Name) and node.id == function for node in ast.walk(tree))
    return [len(node.args) + len(node.keywords) for node in own] + [0] * (uses - len(own))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_says_what_it_reads(path):
    """A file without what a job needs is named by ``storage``, not by a KeyError far from it."""
    assert all(n >= 2 for n in calls(path, "read_dataset")), "read_dataset without names; see read_declared"
    assert all(n >= 2 for n in calls(path, "read_declared"))


@pytest.mark.parametrize(
    "path", [p for p in SCRIPTS if "run_all_atom(" in p.read_text()], ids=lambda p: p.stem
)
def test_checkpoints_of_water_have_the_numbers_of_its_model_in_their_key(path):
    assert '"box": box.numbers' in path.read_text()


def test_a_name_of_the_rules_stands_in_one_file():
    """All rules share one namespace: a second file would change the name for the functions of the first."""
    found = {}
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for name_of_rules in re.findall(r"^([A-Za-z_]\w*) = ", path.read_text(), re.MULTILINE):
            found.setdefault(name_of_rules, set()).add(path.stem)
    assert not {key: files for key, files in found.items() if len(files) > 1}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_checked_temperature_is_the_one_that_is_used(path):
    """The raw one may be text or a whole number, which name other random draws."""
    statements = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Expr)]
    thrown_away = [
        node.lineno
        for node in statements
        if getattr(getattr(node, "func", None), "id", "") == "checked_temperature"
    ]
    assert not thrown_away
