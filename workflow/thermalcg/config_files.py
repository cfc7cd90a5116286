"""Configuration files as Snakemake reads them: later ones override earlier ones, key by key."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from .config import Config, load_config


def read_config(paths: Iterable[str | Path]) -> Config:
    """The configuration of several YAML files.

    Raises:
        ConfigError: one line for each problem.
    """
    raw: dict[str, Any] = {}
    for path in paths:
        _merge(raw, yaml.safe_load(Path(path).read_text()) or {})
    return load_config(raw)


def _merge(into: dict[str, Any], other: dict[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
