"""Errors of a configuration in words: the dotted key, the value found, what is allowed."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from thermalcg.storage.messages import allowed, problem, quotes_hint


class ConfigError(ValueError):
    """A configuration that cannot be run."""


def subsection(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a key that holds further keys."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def readable(error: ValidationError, root: type[BaseModel]) -> list[str]:
    """One line for each key that pydantic rejects."""
    lines: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        # a key that may hold one of several types is reported once for each: the first line says it all
        key, line = _explain(detail["loc"], detail["type"], detail["input"], root)
        lines.setdefault(key, line)
    return list(lines.values())


def _explain(
    location: tuple[int | str, ...], kind: str, value: Any, root: type[BaseModel]
) -> tuple[str, str]:
    """The dotted key and its line."""
    section, path = root, []
    for part in location:
        field = section.model_fields.get(str(part))
        path.append(str(part))
        if field is None:
            key = ".".join(path)
            return key, _unknown_key(key, str(part), section, root)
        if nested := subsection(field):
            section = nested
            continue
        key = ".".join(path) + "".join(f"[{i}]" for i in location[len(path) :] if isinstance(i, int))
        text = allowed(section.model_json_schema()["properties"][path[-1]])
        return key, problem(key, value, text + quotes_hint(value, kind))
    key = ".".join(path) or "the configuration"
    return key, problem(key, value, "a section with the keys " + ", ".join(section.model_fields))


def _unknown_key(key: str, name: str, section: type[BaseModel], root: type[BaseModel]) -> str:
    prefix = key[: len(key) - len(name)]
    elsewhere = [
        f"{top}.{name}"
        for top, field in root.model_fields.items()
        if (nested := subsection(field)) and name in nested.model_fields
    ]
    close = [prefix + match for match in difflib.get_close_matches(name, section.model_fields, n=1)]
    guess = close or elsewhere
    meant = f"did you mean {' or '.join(guess)}? " if guess else ""
    return f"{key} is not a key of the configuration; {meant}allowed: {', '.join(section.model_fields)}"
