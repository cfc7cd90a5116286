"""Which files of the library a script depends on, found from the import statements (grimp)."""

from __future__ import annotations

import ast
import importlib.util
from functools import cache
from pathlib import Path

import grimp

PACKAGE = __name__.partition(".")[0]


def sources_of_script(script: Path) -> list[str]:
    """Library files that a script imports, directly or through others.

    Args:
        script: a Python file with imports like ``from thermalcg.atomistic.nvt import ...``.

    Raises:
        ValueError: the script names a module that the library does not have.
    """
    names = []
    for node in ast.walk(ast.parse(script.read_text())):
        if not isinstance(node, ast.ImportFrom) or (node.module or "").partition(".")[0] != PACKAGE:
            continue
        # what is imported from a folder may be a module of its own
        below = [f"{node.module}.{alias.name}" for alias in node.names]
        names += [node.module, *(name for name in below if name in _graph(PACKAGE).modules)]
    return sources_of_modules(names)


def sources_of_modules(names: list[str], package: str = PACKAGE) -> list[str]:
    """Files of the named modules and of all that they import, sorted.

    Args:
        names: dotted names (``thermalcg.atomistic.nvt``).
        package: the package that they belong to; imports of others are not followed.

    Raises:
        ValueError: a name that is no module of the package.
    """
    graph = _graph(package)
    if absent := sorted(set(names) - graph.modules):
        raise ValueError(f"{package} has no module {absent[0]!r}")
    found = set(names).union(*(graph.find_upstream_modules(name) for name in names))
    # Python runs the __init__.py of every folder on the way
    found |= {name.rsplit(".", k)[0] for name in found for k in range(1, name.count(".") + 1)}
    return sorted(_file(name) for name in found)


@cache
def _graph(package: str) -> grimp.ImportGraph:
    return grimp.build_graph(package, cache_dir=None)


def _file(module: str) -> str:
    """The file of a module; nothing is imported for it."""
    package, *inner = module.split(".")
    stem = Path(importlib.util.find_spec(package).origin).parent.joinpath(*inner)
    return str(stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py"))
