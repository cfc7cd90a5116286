"""Which files of the library a module depends on, found from its import statements."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path


def modules_of_script(package: Path, script: Path) -> list[str]:
    """Library files that a script imports, directly or through others.

    Args:
        package: folder of the library.
        script: a Python file with imports like ``from thermalcg.all_atom import ...``.

    Raises:
        ValueError: the script names a module that the library does not have.
    """
    names = []
    for node in ast.walk(ast.parse(script.read_text())):
        if (
            isinstance(node, ast.ImportFrom)
            and not node.level
            and (node.module or "").split(".")[0] == package.name
        ):
            inner = node.module.partition(".")[2]
            names += [inner] if inner else [alias.name for alias in node.names]
    return modules_of(package, names)


def modules_of(package: Path, names: Iterable[str]) -> list[str]:
    """Files of the named modules and, transitively, of the library modules they import.

    Args:
        package: folder of the library.
        names: dotted names inside the package (``all_atom``, ``figures.style``).

    Raises:
        ValueError: a name that is no module of the library.
    """
    found: set[Path] = set()
    waiting = [path for name in names for path in _named(package, name)]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = path.parent
                for _ in range(node.level - 1):
                    base = base.parent
                targets = [node.module] if node.module else [alias.name for alias in node.names]
                if node.module and (base / node.module.replace(".", "/")).is_dir():
                    # names imported from a sub-package may be modules of it
                    targets += [f"{node.module}.{alias.name}" for alias in node.names]
                for target in targets:
                    waiting += _files(base, target)
    return sorted(str(path) for path in found)


def _files(base: Path, name: str) -> list[Path]:
    """The file of a module and the ``__init__.py`` of the packages that Python runs on the way to it."""
    parts = name.split(".")
    stem = base.joinpath(*parts)
    own = [path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()]
    above = [base.joinpath(*parts[:k], "__init__.py") for k in range(1, len(parts))]
    return own + [path for path in above if own and path.is_file()]


def _named(package: Path, name: str) -> list[Path]:
    files = _files(package, name)
    if not files:
        raise ValueError(f"the library has no module {name!r}")
    return files
