"""Which files of the library a module depends on, found from its import statements."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path


def modules_of(package: Path, names: Iterable[str]) -> list[str]:
    """Files of the named modules and, transitively, of the library modules they import.

    Args:
        package: folder of the library.
        names: dotted names inside the package (``all_atom``, ``figures.style``).

    Raises:
        ValueError: a name that is no module of the library.
    """
    found: set[Path] = set()
    waiting = [_path(package, name) for name in names]
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
                waiting += [p for t in targets if (p := _file(base, t)) is not None]
    return sorted(str(path) for path in found)


def _file(base: Path, name: str) -> Path | None:
    stem = base / name.replace(".", "/")
    for path in (stem.with_suffix(".py"), stem / "__init__.py"):
        if path.is_file():
            return path
    return None


def _path(package: Path, name: str) -> Path:
    path = _file(package, name)
    if path is None:
        raise ValueError(f"the library has no module {name!r}")
    return path
