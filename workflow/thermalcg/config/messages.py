"""Errors of a configuration in words: the dotted key, the value found, what is allowed."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo


class ConfigError(ValueError):
    """A configuration that cannot be run."""


def problem(key: str, value: Any, allowed_text: str) -> str:
    """One line about one key."""
    return f"{key} is {value!r}; allowed: {allowed_text}"


def allowed(schema: dict[str, Any]) -> str:
    """What the JSON schema of a key allows, in words."""
    if "anyOf" in schema:
        return " or ".join(allowed(option) for option in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema["type"] == "array":
        return f"a list of at least {schema.get('minItems', 0)}, each {allowed(schema['items'])}"
    if schema["type"] == "string":
        return f"text that matches {schema['pattern']}" if "pattern" in schema else "text"
    bounds = {"exclusiveMinimum": ">", "minimum": ">=", "exclusiveMaximum": "<", "maximum": "<="}
    limits = " and ".join(f"{sign} {_plain(schema[name])}" for name, sign in bounds.items() if name in schema)
    kind = "a whole number" if schema["type"] == "integer" else "a number"
    decimals = f" with at most {schema['decimals']} decimals" if "decimals" in schema else ""
    return f"{kind} {limits}".strip() + decimals


def _plain(bound: float) -> str:
    """1000000 rather than 1000000.0."""
    return str(int(bound) if float(bound).is_integer() else bound)


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
        return key, problem(key, value, text + _hint(value, kind))
    key = ".".join(path) or "the configuration"
    return key, problem(key, value, "a section with the keys " + ", ".join(section.model_fields))


def _hint(value: Any, kind: str) -> str:
    """A number in quotes is text, which is easily missed."""
    if not (isinstance(value, str) and kind in ("float_type", "int_type")):
        return ""
    try:
        float(value)
    except ValueError:
        return ""
    return " (this is text: leave out the quotes)"


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
