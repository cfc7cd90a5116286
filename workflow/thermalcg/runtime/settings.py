"""Settings of a run from a section of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

Settings = TypeVar("Settings")


def from_section(kind: type[Settings], section: Mapping[str, Any], **changes: object) -> Settings:
    """The dataclass ``kind`` from the keys of a section that bear its fields' names, some of them changed.

    Raises:
        KeyError: a field without a default that neither the section nor ``changes`` gives.
        TypeError: a change of a field that there is not.
    """
    unchanged = {field.name: field.default for field in fields(kind) if field.name not in changes}
    known = [name for name, default in unchanged.items() if name in section or default is MISSING]
    return kind(**{name: section[name] for name in known}, **changes)
