"""The keys of the configuration as text: the JSON schema for editors, and a complete file with comments.

On the command line::

    python -m thermalcg.config.render                               # every key with its comment
    python -m thermalcg.config.render --write-default all_keys.yaml
    python -m thermalcg.config.render --write-schema workflow/schemas/config.schema.json
"""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from .messages import allowed, subsection
from .study import Config


class _PlainSchema(GenerateJsonSchema):
    """Without the titles that only repeat the keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schema() -> str:
    """The JSON schema of the configuration."""
    schema = {"$schema": _PlainSchema.schema_dialect}
    schema |= Config.model_json_schema(schema_generator=_PlainSchema)
    for section in (schema, *schema["$defs"].values()):
        for field in section["properties"].values():
            if "provenance" in field:  # editors show the description alone
                unit = f" [{field['unit']}]" if field["unit"] else ""
                field["description"] = f"{field['description']}{unit}. {field['provenance']}."
    return json.dumps(schema, indent=2) + "\n"


def default_yaml() -> str:
    """Every key with its default as YAML, with a comment above each."""
    header = [
        "# Every key of the configuration with its default.",
        "# Above each key: what it is [unit], the reason for the default, and what is allowed.",
    ]
    return "\n".join([*header, *_yaml_lines(Config), ""])


def _yaml_lines(section: type[BaseModel], indent: str = "") -> Iterator[str]:
    ranges = section.model_json_schema()["properties"]
    for position, (name, field) in enumerate(section.model_fields.items()):
        if position or not indent:
            yield ""
        if nested := subsection(field):
            yield from _comment(nested.__doc__ or "", indent)
            yield f"{indent}{name}:"
            yield from _yaml_lines(nested, indent + "  ")
            continue
        extra: Any = field.json_schema_extra
        unit = f" [{extra['unit']}]" if extra["unit"] else ""
        yield from _comment(f"{field.description}{unit}.", indent)
        yield from _comment(f"{extra['provenance']}.", indent)
        yield from _comment(f"Allowed: {allowed(ranges[name])}.", indent)
        yield f"{indent}{name}: {_plain(field.default)}"


def _plain(value: Any) -> str:
    """A default as YAML: the words among the defaults need no quotes."""
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


def _comment(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()),
        width=110,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def main() -> None:
    """Print every key of the configuration with its default and its reason, or write files."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--write-default", type=Path, metavar="PATH", help="the same into a file")
    parser.add_argument("--write-schema", type=Path, metavar="PATH", help="the JSON schema")
    arguments = parser.parse_args()
    if not (arguments.write_default or arguments.write_schema):
        print(default_yaml(), end="")
    if arguments.write_default:
        arguments.write_default.write_text(default_yaml())
    if arguments.write_schema:
        arguments.write_schema.write_text(json_schema())


if __name__ == "__main__":
    main()
