"""Configuration files as Snakemake reads them: later ones override earlier ones, key by key."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from .study import Config, ConfigError, load_config


class _Loader(yaml.SafeLoader):
    """YAML in which a key that comes twice is an error, not a silent loss of the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key that is no plain word", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{key.value}' comes twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_file(path: str | Path) -> dict[str, Any]:
    """The keys of one configuration file, unchecked.

    Raises:
        ConfigError: a file that cannot be read, is not YAML, has no keys at its top, or has one twice.
    """
    try:
        raw = _Loader(Path(path).read_text()).get_single_data()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a readable file: {error}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML as it should be: {error}") from None
    if not isinstance(raw, dict | None):
        raise ConfigError(f"{path}: holds {raw!r:.40}; allowed: keys with their values")
    return raw or {}


def read_config(paths: Iterable[str | Path]) -> Config:
    """The configuration of several YAML files.

    Raises:
        ConfigError: one line for each problem.
    """
    raw: dict[str, Any] = {}
    for path in paths:
        _merge(raw, read_file(path))
    return load_config(raw)


def _merge(into: dict[str, Any], other: dict[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
