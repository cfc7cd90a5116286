"""Checks that compare keys of the configuration with one another.

Every message is one line: the dotted key, the value found, what is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from thermalcg.atomistic.water import load_water_model
from thermalcg.models.names import STUDY_RESPONSE
from thermalcg.units import FS_PER_PS

from .messages import problem
from .study import CLAIMED_MODES, Config

WITHIN_HALF_BOX = (
    "water.cutoff_nm",
    "spline.pair_cutoff_nm",
    "hipnn_ts.cutoff_nm",
    "observables.rdf_max_nm",
    "observables.shell_nm",
)  # response.radius_nm may be "box"; the triplets of a spline are limited by its pairs

SMALLER_THAN = (
    ("spline.pair_min_nm", "spline.pair_cutoff_nm"),
    ("spline.pair_min_nm", "spline.triplet_cutoff_nm"),
    ("hipnn_ts.soft_min_nm", "hipnn_ts.soft_max_nm"),
    ("hipnn_ts.soft_max_nm", "hipnn_ts.cutoff_nm"),
)

#: Keys that hold temperatures; all others have to be among these.
TEMPERATURES = (
    "temperatures.reference_K",
    "temperatures.held_out_K",
    "temperatures.multi_K",
    "conditional.ladder_K",
)

#: Names whose folders under results/ hold published results.
RESERVED_STUDIES = ("reference", "estimators")

#: Fewest samples in the length of a run, and what the time between them is.
FEWEST_SAMPLES = (
    ("all_atom.production_ps", "all_atom.frame_interval_ps", 8),  # blocks of the drift
    ("conditional.response_ps", "conditional.sample_interval_ps", 4),  # block errors and split R-hat
    ("conditional.mean_force_ps", "conditional.sample_interval_ps", 4),
    ("cg_md.production_ps", "cg_md.frame_interval_ps", 1),
    ("estimators.fixed_ps", "conditional.sample_interval_ps", 16),  # evaluated at a quarter of it, too
    ("estimators.rungs_ps", "conditional.sample_interval_ps", 4),
    ("estimators.frozen_ps", "conditional.sample_interval_ps", 4),
    ("estimators.size_trajectory_ps", "all_atom.frame_interval_ps", 20),  # blocks of the products
)

#: Most coefficients of one component of a spline model: 50 blocks of normal equations take a GB then.
MOST_FUNCTIONS = 1000

#: Published range of water; own liquids may have any temperature.
WATER_K = (250, 700)

#: How far an interval may be from a whole number of steps, in steps.
STEP_TOLERANCE = 1e-6


def cross_checks(config: Config) -> Iterator[str]:
    """Problems that lie between keys."""
    if config.study in RESERVED_STUDIES:
        yield problem(
            "study",
            config.study,
            f"a name other than {', '.join(RESERVED_STUDIES)}: published results lie there",
        )
    if config.simulates_water:
        yield from _water(config)
    yield from _lengths(config)
    yield from _temperatures(config)
    yield from _times(config)
    yield from _observables(config)
    yield from _models(config)


def _water(config: Config) -> Iterator[str]:
    yield from _water_temperatures(config)
    try:
        load_water_model(config.water.model)
    except ValueError as error:
        yield f"water.model is {config.water.model!r}; " + " ".join(str(error).split())
    else:
        half = config.box_nm / 2
        box = f"half the box of {config.water.molecules} molecules at {config.water.density_g_cm3} g/cm3"
        for key in WITHIN_HALF_BOX:
            if (length := get(config, key)) > half:
                # rounded down, so that the number shown is itself allowed
                yield problem(key, length, f"at most {math.floor(half * 1e4) / 1e4} nm, {box}")
        radius = config.response.radius_nm
        if radius != "box" and radius > half:
            yield problem(
                "response.radius_nm", radius, f"box, or at most {math.floor(half * 1e4) / 1e4} nm, {box}"
            )


def _water_temperatures(config: Config) -> Iterator[str]:
    low, high = WATER_K
    for key in TEMPERATURES:
        value = get(config, key)
        listed = {f"{key}[{i}]": T for i, T in enumerate(value)} if isinstance(value, list) else {key: value}
        for name, T in listed.items():
            if not low <= T <= high:
                yield problem(name, T, f"a number >= {low} and <= {high} for water")


def _lengths(config: Config) -> Iterator[str]:
    for small, large in SMALLER_THAN:
        if get(config, small) >= (limit := get(config, large)):
            yield problem(small, get(config, small), f"less than {large} ({limit} nm)")
    spline = config.spline
    # the kernel takes triplets from the neighbours within the range of the pair term
    if spline.triplet_cutoff_nm > spline.pair_cutoff_nm:
        yield problem(
            "spline.triplet_cutoff_nm",
            spline.triplet_cutoff_nm,
            f"at most spline.pair_cutoff_nm ({spline.pair_cutoff_nm} nm)",
        )
    # their normal equations are kept for every block of the data
    if spline.functions > MOST_FUNCTIONS:
        yield problem(
            "spline.pair_functions, triplet_radial and triplet_angular",
            spline.functions,
            f"at most {MOST_FUNCTIONS} coefficients in all",
        )


def _temperatures(config: Config) -> Iterator[str]:
    temperatures, ladder = config.temperatures, config.conditional.ladder_K
    yield from increasing("conditional.ladder_K", ladder)
    for key in ("temperatures.held_out_K", "temperatures.multi_K"):
        yield from distinct(key, get(config, key))
    if config.simulates_water and not temperatures.held_out_K:
        yield problem("temperatures.held_out_K", [], "at least one, where the claims are tested")
    if temperatures.reference_K in temperatures.held_out_K:
        yield problem(
            "temperatures.held_out_K",
            temperatures.held_out_K,
            f"temperatures other than temperatures.reference_K ({temperatures.reference_K} K)",
        )
    ladder_keys = ("temperatures.reference_K", "temperatures.held_out_K", "temperatures.multi_K")
    for key in ladder_keys if config.simulates_water else ():
        value = get(config, key)
        low, high = WATER_K  # others have been named
        given = [T for T in (value if isinstance(value, list) else [value]) if low <= T <= high]
        missing = [T for T in given if T not in ladder]
        if missing:
            yield problem(key, value, f"rungs of conditional.ladder_K {ladder}; missing there: {missing}")


def _times(config: Config) -> Iterator[str]:
    for section, interval in (
        ("all_atom", "frame_interval_ps"),
        ("conditional", "sample_interval_ps"),
        ("cg_md", "frame_interval_ps"),
    ):
        key = f"{section}.{interval}"
        value, step = get(config, key), get(config, f"{section}.timestep_fs")
        steps = FS_PER_PS * value / step
        nearest = max(1, round(steps))
        if abs(steps - nearest) > STEP_TOLERANCE:
            yield problem(
                key,
                value,
                f"a multiple of {section}.timestep_fs ({step} fs), "
                f"such as {round(nearest * step / FS_PER_PS, 9)} ps",
            )
    if config.simulates_water:
        yield from _response_interval(config)
        yield from _lengths_of_runs(config)


def _response_interval(config: Config) -> Iterator[str]:
    run = config.all_atom
    steps, all_steps = (
        FS_PER_PS * x / run.timestep_fs for x in (run.response_interval_ps, run.frame_interval_ps)
    )
    whole = abs(steps - round(steps)) <= STEP_TOLERANCE and round(steps) >= 1
    if not whole or round(all_steps) % round(steps):
        yield problem(
            "all_atom.response_interval_ps",
            run.response_interval_ps,
            f"a whole part of all_atom.frame_interval_ps ({run.frame_interval_ps} ps), in whole "
            f"all_atom.timestep_fs ({run.timestep_fs} fs)",
        )


def length_of_run(config: Config) -> Iterator[str]:
    """An all-atom run that is too short for the errors of its drift."""
    yield from _fewest_samples(config, *FEWEST_SAMPLES[0])


def _fewest_samples(config: Config, key: str, interval: str, samples: int) -> Iterator[str]:
    length, step = get(config, key), get(config, interval)
    if length < samples * step * (1 - STEP_TOLERANCE):
        needed = round(samples * step, 9)
        yield problem(key, length, f"at least {needed:g} ps, {samples} x {interval} ({step} ps)")


def _lengths_of_runs(config: Config) -> Iterator[str]:
    for key, interval, samples in FEWEST_SAMPLES:
        yield from _fewest_samples(config, key, interval, samples)
    frames, run = config.frames, config.all_atom
    if frames.spacing_ps < run.frame_interval_ps:
        yield problem(
            "frames.spacing_ps",
            frames.spacing_ps,
            f"at least all_atom.frame_interval_ps ({run.frame_interval_ps} ps)",
        )
    # the frames of T0, which has the most of them
    wanted = config.training_frames(config.temperatures.reference_K) + frames.test
    if wanted > (fit := frames_that_fit(config, run.production_ps)):
        yield problem(
            "frames.train + frames.test",
            wanted,
            f"at most {fit}, which fit in all_atom.production_ps ({run.production_ps} ps) "
            f"at frames.spacing_ps ({frames.spacing_ps} ps), in whole all_atom.frame_interval_ps "
            f"({run.frame_interval_ps} ps)",
        )


def _observables(config: Config) -> Iterator[str]:
    own, run = config.observables, config.all_atom
    for key, low, high in (
        ("observables.rdf_bin_nm", own.rdf_min_nm, own.rdf_max_nm),
        ("observables.adf_bin_degree", 0, 180),
    ):
        width = get(config, key)
        bins = max(1, round((high - low) / width))
        if low < high and abs(bins * width - (high - low)) > 1e-6 * (high - low):
            nearest = round((high - low) / bins, 9)
            yield problem(key, width, f"a whole fraction of the range {low} to {high}, such as {nearest}")
    frames = config.recorded_frames(run.production_ps)
    if config.simulates and own.blocks > frames:
        yield problem(
            "observables.blocks",
            own.blocks,
            f"at most {frames}, the frames of all_atom.production_ps ({run.production_ps} ps)",
        )


def _models(config: Config) -> Iterator[str]:
    if not config.architectures:
        yield problem("models", {"spline": [], "hipnn_ts": []}, "at least one architecture with modes")
    for name in config.architectures:
        key, modes = f"models.{name}", getattr(config.models, name)
        yield from distinct(key, modes)
        missing = [mode for mode in CLAIMED_MODES if mode not in modes]
        if config.simulates_water and missing:
            yield problem(
                key,
                modes,
                f"none, or a list with {', '.join(CLAIMED_MODES)}, because the claims compare "
                f"{STUDY_RESPONSE} with the baseline and with the model trained at the test temperature; "
                f"missing: {missing}",
            )
        held_out = config.held_out(name)
        yield from distinct(f"{name}.held_out_K", held_out)
        if unknown := [T for T in held_out if T not in config.temperatures.held_out_K]:
            yield problem(
                f"{name}.held_out_K",
                held_out,
                f"all, or some of temperatures.held_out_K {config.temperatures.held_out_K}; "
                f"not there: {unknown}",
            )
    multi = config.temperatures.multi_K
    if len(multi) < 3 and any("multi_temperature" in getattr(config.models, a) for a in config.architectures):
        yield problem(
            "temperatures.multi_K",
            multi,
            "three or more for the mode multi_temperature, which fits three functions of temperature",
        )
    responding = any("multi_temperature_response" in getattr(config.models, a) for a in config.architectures)
    if len(multi) < 2 and responding:
        yield problem(
            "temperatures.multi_K",
            multi,
            "two or more for the mode multi_temperature_response, which takes forces and responses there",
        )
    yield from increasing("learning_curve_fractions", config.learning_curve_fractions)
    response = config.response
    curves = config.simulates_water and "spline" in config.architectures
    if curves and round(config.learning_curve_fractions[0] * response.blocks) < 3:
        yield problem(
            "learning_curve_fractions",
            config.learning_curve_fractions,
            f"shares of at least three of response.blocks ({response.blocks})",
        )
    if response.folds > response.blocks:
        yield problem("response.folds", response.folds, f"at most response.blocks ({response.blocks})")
    run, frames = config.all_atom, config.frames
    training = config.frames_before_tests
    if config.simulates and response.blocks > training:
        kept = frames.test * config.frame_stride * run.frame_interval_ps
        end = f"{kept:g} ps (frames.test x frames.spacing_ps, in whole all_atom.frame_interval_ps)"
        yield problem(
            "response.blocks",
            response.blocks,
            f"at most {training}, the frames of all_atom.production_ps ({run.production_ps} ps) "
            f"before its end of {end}, which is kept for tests",
        )
    yield from distinct("cg_md.modes", config.cg_md.modes)
    trained = {mode for name in config.architectures for mode in getattr(config.models, name)}
    if trained and not trained & set(config.cg_md.modes):
        yield problem(
            "cg_md.modes", config.cg_md.modes, f"at least one that is trained: {', '.join(sorted(trained))}"
        )


def frames_that_fit(config: Config, run_ps: float) -> int:
    """Frames of an all-atom run of this length, a whole number of recorded ones apart."""
    return config.recorded_frames(run_ps) // config.frame_stride


def distinct(key: str, values: list[Any]) -> Iterator[str]:
    if len(set(values)) < len(values):
        yield problem(key, values, "each value once")


def increasing(key: str, values: list[Any]) -> Iterator[str]:
    if values != sorted(set(values)):
        yield problem(key, values, "increasing values, each once")


def get(config: Config, key: str) -> Any:
    section, name = key.split(".")
    return getattr(getattr(config, section), name)
