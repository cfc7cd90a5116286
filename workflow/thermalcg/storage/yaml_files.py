"""YAML 1.2 (core schema): ``1e6`` is a number, ``no`` and ``2026-01-01`` are text, ``010`` is ten."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError


class YamlError(ValueError):
    """A text that is not valid YAML, or one that gives a key twice."""


class _Constructor(SafeConstructor):
    """A key that is given twice is an error, where others silently drop the first value; dates stay text."""

    def check_mapping_key(self, node: Any, key_node: Any, mapping: Any, key: Any, value: Any) -> bool:
        if isinstance(key, tuple | list | dict):
            raise MarkedYAMLError(
                problem="a key is a list or a mapping; allowed: a word", problem_mark=key_node.start_mark
            )
        if key in mapping:
            raise MarkedYAMLError(problem=f"the key {key!r} is given twice", problem_mark=key_node.start_mark)
        return True


for _tag in ("timestamp", "value"):  # types of YAML 1.1 that the core schema of 1.2 does not have
    _Constructor.add_constructor(f"tag:yaml.org,2002:{_tag}", SafeConstructor.construct_yaml_str)


def parse_yaml(text: str) -> Any:
    """The value of a YAML text.

    Raises:
        YamlError: the message says in one line what is wrong, and in which line of the text.
    """
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    reader.Constructor = _Constructor
    try:
        return reader.load(text)
    except MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise YamlError(f"{where}{error.problem or error.context}") from None
    except (YAMLError, ValueError) as error:
        raise YamlError(" ".join(str(error).split())) from None


def as_yaml(value: Any) -> str:
    """A value of plain types as YAML text, which ``parse_yaml`` reads back as the same value."""
    writer = YAML(typ="safe", pure=True)
    writer.version = (1, 2)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False
    text = io.StringIO()
    writer.dump(value, text)
    return text.getvalue().removeprefix("%YAML 1.2\n---\n")


def read_yaml(path: str | Path) -> Any:
    """The value of a YAML file.

    Raises:
        YamlError: a file that cannot be read or is not valid YAML; the message names the file.
    """
    try:
        text = Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise YamlError(f"{path}: not a readable file: {error}") from None
    try:
        return parse_yaml(text)
    except YamlError as error:
        raise YamlError(f"{path}: not valid YAML: {error}") from None
