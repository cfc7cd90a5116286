"""Configurations for tests: the default with some keys changed."""

from pathlib import Path
from typing import Any

import pytest

from thermalcg.config.files import load_config
from thermalcg.config.messages import ConfigError
from thermalcg.config.study import Config

ROOT = Path(__file__).resolve().parents[2]


def default() -> dict[str, Any]:
    """Every key with its default."""
    return Config().model_dump()


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """The default with some dotted keys set."""
    raw = default()
    for key, value in changes.items():
        *sections, name = key.split(".")
        target = raw
        for section in sections:
            target = target[section]
        target[name] = value
    return raw


def message(raw: Any) -> str:
    """What is said about a configuration that is refused."""
    with pytest.raises(ConfigError) as caught:
        load_config(raw)
    return str(caught.value)
