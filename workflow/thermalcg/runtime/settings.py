"""Settings of a run from a section of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

Settings = TypeVar("Settings")


def from_section(kind: type[Settings], section: Mapping[str, Any], **changes: object) -> Settings:
    """The dataclass ``kind`` from the keys of a section that bear its fields' names, some of them changed.

    Raises:
        TypeError: a field without a default that neither the section nor ``changes`` gives.
    """
    known = {field.name: section[field.name] for field in fields(kind) if field.name in section}
    return kind(**{**known, **changes})
