"""Unit costs of a round size, and columns of the estimate that they give."""

from __future__ import annotations

from typing import Any

import pandas as pd

from thermalcg.config.files import load_config
from thermalcg.planning.estimate import estimate
from thermalcg.planning.work import UnitCosts

UNITS = UnitCosts(
    {
        "start": 0.0,
        "start_network": 0.0,
        "all_atom_ps": 0.1,
        "response_frame": 1e-3,
        "conditional_ps": 0.1,
        "sample hipnn_ts": 5e-3,
        # the time steps of the default configuration are 8 fs, and 4 fs with a memory kernel
        "step spline": 4e-4,
        "step hipnn_ts": 4e-3,
        "kernel_step spline": 4e-4,
        "kernel_step hipnn_ts": 4e-3,
    }
)


def units(**changes: float) -> UnitCosts:
    """``UNITS`` with some changed; ``gpus`` is what runs on a GPU."""
    gpus = changes.pop("gpus", ())
    return UnitCosts({**UNITS.seconds, **changes}, gpus)


def cost(column: str = "core_h", units: UnitCosts = UNITS, **changes: Any) -> pd.Series:
    """A column of the estimate by rule, with some ``section__key`` of the default configuration changed."""
    return estimate(load_config(nested(changes)), units).groupby("rule", sort=False)[column].sum()


def nested(changes: dict[str, Any]) -> dict[str, Any]:
    """The configuration of some ``section__key``."""
    raw: dict[str, Any] = {}
    for name, value in changes.items():
        section, key = name.split("__")
        raw.setdefault(section, {})[key] = value
    return raw
