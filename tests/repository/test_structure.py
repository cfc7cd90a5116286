"""The plan of the library: which modules lie where, and how long a file or a function may be."""

import ast
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
