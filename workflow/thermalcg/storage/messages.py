"""Keys of a YAML file in words: the key, the value found, what is allowed."""

from __future__ import annotations

from typing import Any

#: Types of a JSON schema that say all by themselves.
_WORDS = {"boolean": "true or false", "null": "null", "object": "a section of keys"}


def problem(key: str, value: Any, allowed_text: str) -> str:
    """One line about one key."""
    return f"{key} is {value!r}; allowed: {allowed_text}"


def allowed(schema: dict[str, Any]) -> str:
    """What the JSON schema of a key allows, in words."""
    if "anyOf" in schema:
        return " or ".join(allowed(option) for option in schema["anyOf"])
    if "$ref" in schema:
        return "a section of keys"
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema["type"] in _WORDS:
        return _WORDS[schema["type"]]
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


def quotes_hint(value: Any, kind: str) -> str:
    """What to say of a number in quotes: it is text, which is easily missed.

    Args:
        kind: of pydantic's error.
    """
    if not (isinstance(value, str) and kind in ("float_type", "int_type")):
        return ""
    try:
        float(value)
    except ValueError:
        return ""
    return " (this is text: leave out the quotes)"
