"""Checks of the configuration of a study of the user's own liquid (``system.kind`` trajectory or openmm)."""

from __future__ import annotations

from collections.abc import Iterator

from thermalcg.models.names import response_source

from .checks import distinct, length_of_run
from .messages import problem
from .study import Config

#: Source of the response that only the water of the workflow has.
FIXED_SITES = "labels"


def trajectory_checks(config: Config) -> Iterator[str]:
    """What a study of an own liquid cannot do, one line each."""
    runs, temperatures = config.system.runs, config.temperatures.all_K
    yield from distinct("system.runs", runs)
    if config.simulates:
        yield from _own_system(config)
    elif len(runs) != len(temperatures):
        yield problem(
            "system.runs",
            runs,
            f"one run file for each temperature of the study, {temperatures}, which are those of "
            "temperatures.reference_K, held_out_K and multi_K",
        )
    for name in config.architectures:
        modes = getattr(config.models, name)
        if fixed := [mode for mode in modes if response_source(mode) == FIXED_SITES]:
            yield problem(
                f"models.{name}", modes, f"modes without {', '.join(fixed)}, which need runs at fixed sites"
            )
    if config.dynamics.architectures:
        yield problem(
            "dynamics.architectures",
            config.dynamics.architectures,
            "[], since memory kernels need runs of their own",
        )


def _own_system(config: Config) -> Iterator[str]:
    """Files that are not named, and times that do not fit."""
    for key, what in (
        ("force_field", "the path of the XML file of a System or of a ForceField of OpenMM"),
        ("coordinates", "the path of a PDB file, or of the XML file of a State"),
        ("mapping", "the path of a mapping file"),
    ):
        if getattr(config.system, key) in ("none", ""):
            yield problem(f"system.{key}", getattr(config.system, key), f"{what}, for system.kind openmm")
    if config.system.runs:
        yield problem("system.runs", config.system.runs, "[] for system.kind openmm, which runs them itself")
    yield from length_of_run(config)
