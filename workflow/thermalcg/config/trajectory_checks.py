"""Checks of the configuration of a study of the user's own trajectories (``system.kind: trajectory``)."""

from __future__ import annotations

from collections.abc import Iterator

from thermalcg.models.names import ModelName

from .checks import distinct
from .messages import problem
from .study import Config

#: Modes that need fixed-site runs, which only the water of the workflow has, are named by this source.
FIXED_SITES = "labels"


def trajectory_checks(config: Config) -> Iterator[str]:
    """What a study of given trajectories cannot do, one line each."""
    runs, temperatures = config.system.runs, config.temperatures.all_K
    yield from distinct("system.runs", runs)
    if len(runs) != len(temperatures):
        yield problem(
            "system.runs",
            runs,
            f"one run file for each temperature of the study, {temperatures}, which are those of "
            "temperatures.reference_K, held_out_K and multi_K",
        )
    for name in config.architectures:
        modes = getattr(config.models, name)
        if fixed := [mode for mode in modes if ModelName(mode).response_source == FIXED_SITES]:
            yield problem(
                f"models.{name}", modes, f"modes without {', '.join(fixed)}, which need runs at fixed sites"
            )
    if config.dynamics.architectures:
        yield problem(
            "dynamics.architectures",
            config.dynamics.architectures,
            "[], since memory kernels need runs of their own",
        )
