"""Configuration files: read, merged as Snakemake merges them, validated and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from thermalcg.storage.yaml_files import YamlError, parse_yaml, read_yaml

from .checks import cross_checks
from .messages import ConfigError, readable
from .stage_checks import stage_checks
from .study import Config
from .trajectory_checks import trajectory_checks


def load_config(raw: dict[str, Any]) -> Config:
    """Check a configuration as read from YAML; keys left out take their defaults.

    Raises:
        ConfigError: one line for each problem, with the key, its value and what is allowed.
    """
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        raise ConfigError("\n".join(readable(error, Config))) from None
    own = stage_checks(config) if config.simulates_water else trajectory_checks(config)
    if problems := [*cross_checks(config), *own]:
        raise ConfigError("\n".join(problems))
    return config


def read_file(path: str | Path) -> dict[str, Any]:
    """The keys of one configuration file, unchecked.

    Raises:
        ConfigError: a file that cannot be read, is not valid YAML, holds no keys, or gives a key twice.
    """
    try:
        raw = read_yaml(path)
    except YamlError as error:
        raise ConfigError(str(error)) from None
    if not isinstance(raw, dict | None):
        raise ConfigError(f"{path}: holds {raw!r:.40}; allowed: keys with their values")
    return raw or {}


def read_config(paths: Iterable[str | Path], command_line: Mapping[str, Any] | None = None) -> Config:
    """The configuration of several YAML files; later ones override earlier ones, key by key.

    Args:
        command_line: what Snakemake was given with ``--config``; it overrides the files.

    Raises:
        ConfigError: one line for each problem.
    """
    raw: dict[str, Any] = {}
    for path in paths:
        _merge(raw, read_file(path))
    _merge(raw, {key: _numbers(value) for key, value in (command_line or {}).items()})
    return load_config(raw)


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _numbers(value: Any) -> Any:
    """The values below the top of ``--config key={...}``, which Snakemake leaves as text, read as YAML."""
    if isinstance(value, Mapping):
        return {key: _inner(item) for key, item in value.items()}
    return [_inner(item) for item in value] if isinstance(value, list) else value


def _inner(value: Any) -> Any:
    return parse_yaml(value) if isinstance(value, str) else _numbers(value)
