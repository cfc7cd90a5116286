"""Checks that compare keys of the sections estimators and dynamics with one another and with the rest."""

from __future__ import annotations

import math
from collections.abc import Iterator

from thermalcg.atomistic.water import load_water_model
from thermalcg.models.names import STUDY_RESPONSE
from thermalcg.units import FS_PER_PS

from .checks import STEP_TOLERANCE, distinct, frames_that_fit, get, increasing
from .messages import problem
from .study import Config


def stage_checks(config: Config) -> Iterator[str]:
    """Problems that lie between keys, one line each."""
    yield from _estimators(config)
    yield from _dynamics(config)


def _estimators(config: Config) -> Iterator[str]:
    own = config.estimators
    for key in ("estimators.radii_nm", "estimators.molecules", "estimators.budgets"):
        yield from increasing(key, get(config, key))
    try:
        water = load_water_model(config.water.model)
    except ValueError:
        return  # said already

    def half_box(molecules: int) -> tuple[float, str]:
        half = water.box_length(molecules, config.water.density_g_cm3) / 2
        return half, f"{math.floor(half * 1e4) / 1e4} nm, half the box of {molecules} molecules"

    half, smallest = half_box(min(own.molecules))
    # radii are scanned in the study's own box, too
    reach, farthest = half_box(min(*own.molecules, config.water.molecules))
    if config.water.cutoff_nm > half:
        yield problem(
            "estimators.molecules",
            own.molecules,
            f"boxes of at least twice water.cutoff_nm ({config.water.cutoff_nm} nm); here it is {smallest}",
        )
    elif max(own.radii_nm) > reach:
        yield problem("estimators.radii_nm", own.radii_nm, f"at most {farthest}")
    if config.frozen_K not in config.temperatures.all_K:
        yield problem(
            "estimators.frozen_K",
            own.frozen_K,
            f"coldest, or a temperature of the study {config.temperatures.all_K}",
        )
    share = own.budgets[0]
    smallest = math.floor(own.trajectory_ps / config.all_atom.frame_interval_ps * share)
    if smallest < config.response.blocks:
        needed = config.response.blocks * config.all_atom.frame_interval_ps / share
        yield problem(
            "estimators.trajectory_ps",
            own.trajectory_ps,
            f"at least {round(needed, 6)} ps, so that its smallest part holds response.blocks "
            f"({config.response.blocks}) frames",
        )
    for count, length in (("frames", "trajectory_ps"), ("size_frames", "size_trajectory_ps")):
        wanted, run = getattr(own, count), getattr(own, length)
        if wanted > (fit := frames_that_fit(config, run)):
            yield problem(
                f"estimators.{count}",
                wanted,
                f"at most {fit}, which fit in estimators.{length} ({run} ps) "
                f"at frames.spacing_ps ({config.frames.spacing_ps} ps)",
            )


def _dynamics(config: Config) -> Iterator[str]:
    own, study = config.dynamics, config.temperatures
    yield from distinct("dynamics.architectures", own.architectures)
    if own.architectures and config.mapping != "com":
        yield problem("dynamics.architectures", own.architectures, "[] where mapping is not com")
    for name in own.architectures:
        if missing := [m for m in ("baseline", STUDY_RESPONSE) if m not in getattr(config.models, name)]:
            yield problem(
                "dynamics.architectures",
                own.architectures,
                f"architectures with {missing} in models.{name}, or []",
            )
    if own.architectures:  # without any no dynamics is run, and nobody has to name its temperatures
        yield from _dynamics_temperatures(config)
    steps = own.record_fs / own.timestep_fs
    if abs(steps - max(1, round(steps))) > STEP_TOLERANCE:
        text = f"a multiple of dynamics.timestep_fs ({own.timestep_fs} fs)"
        yield problem("dynamics.record_fs", own.record_fs, text)
    frames = config.recorded_frames(config.all_atom.production_ps)
    for name in ("stretches", "runs"):
        if getattr(own, name) > frames:
            text = f"at most {frames}, the frames of an all-atom run, from which they start"
            yield problem(f"dynamics.{name}", getattr(own, name), text)
    start, end = own.msd_window_ps
    if not start < end:
        yield problem("dynamics.msd_window_ps", own.msd_window_ps, "two increasing times")
    elif end - start < 10 * own.record_fs / FS_PER_PS * (1 - STEP_TOLERANCE):
        text = f"two times at least ten times dynamics.record_fs ({own.record_fs} fs) apart"
        yield problem("dynamics.msd_window_ps", own.msd_window_ps, text)
    if end > 0.7 * own.stretch_ps:
        text = f"an end of at most {0.7 * own.stretch_ps:g} ps, 0.7 times dynamics.stretch_ps"
        yield problem("dynamics.msd_window_ps", own.msd_window_ps, text)
    for length in ("stretch_ps", "production_ps"):
        if max(own.memory_ps, end) > getattr(own, length):
            text = f"at least dynamics.memory_ps ({own.memory_ps} ps) and the end of dynamics.msd_window_ps"
            yield problem(f"dynamics.{length}", getattr(own, length), text)
    if own.memory_ps * FS_PER_PS < 10 * own.record_fs:
        text = f"at least ten times dynamics.record_fs ({own.record_fs} fs)"
        yield problem("dynamics.memory_ps", own.memory_ps, text)
    lowest, highest = study.reference_K - own.response_K, study.reference_K + own.response_K
    if not 100 <= lowest < highest <= 1000:
        yield problem("dynamics.response_K", own.response_K, "a step that stays between 100 and 1000 K")


def _dynamics_temperatures(config: Config) -> Iterator[str]:
    own, study = config.dynamics, config.temperatures
    yield from increasing("dynamics.temperatures_K", own.temperatures_K)
    yield from increasing("dynamics.scaling_K", config.scaling_K)
    if unknown := [T for T in own.temperatures_K if T not in study.all_K]:
        text = f"temperatures of the study {study.all_K}; not there: {unknown}"
        yield problem("dynamics.temperatures_K", own.temperatures_K, text)
    if study.reference_K not in own.temperatures_K:
        text = f"a list with temperatures.reference_K ({study.reference_K} K)"
        yield problem("dynamics.temperatures_K", own.temperatures_K, text)
    if unknown := [T for T in config.scaling_K if T not in own.temperatures_K]:
        text = f"some of dynamics.temperatures_K {own.temperatures_K}; not there: {unknown}"
        yield problem("dynamics.scaling_K", own.scaling_K, text)
    for T in own.temperatures_K:
        others = [s for s in config.scaling_K if s != T]
        if study.reference_K != T and len(others) < 2:
            text = f"at least two temperatures other than {T} K, which they predict"
            yield problem("dynamics.scaling_K", own.scaling_K, text)
            break
