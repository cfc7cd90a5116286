"""What a configuration may hold, in words: range errors, checks across keys, hardware.

Every message is one line: the dotted key, the value found, what is allowed.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from .platforms import choose_device, choose_platform
from .water import load_water_model

if TYPE_CHECKING:
    from .config import Config

#: Without these three modes the claims have nothing to compare.
CLAIMED_MODES = ("baseline", "trf1", "at_temperature")

WITHIN_HALF_BOX = (
    "water.cutoff_nm",
    "spline.pair_cutoff_nm",
    "spline.triplet_cutoff_nm",
    "hipnn_ts.cutoff_nm",
    "observables.rdf_max_nm",
    "observables.shell_nm",
)  # response.radius_nm may be "box" and is checked on its own

SMALLER_THAN = (
    ("spline.pair_min_nm", "spline.pair_cutoff_nm"),
    ("spline.pair_min_nm", "spline.triplet_cutoff_nm"),
    ("hipnn_ts.soft_min_nm", "hipnn_ts.soft_max_nm"),
    ("hipnn_ts.soft_max_nm", "hipnn_ts.cutoff_nm"),
    ("observables.rdf_min_nm", "observables.rdf_max_nm"),
)

#: Smallest share of a trajectory that the benchmark of estimators evaluates.
SMALLEST_BUDGET = 1 / 16

#: How far an interval may be from a whole number of steps, in steps.
STEP_TOLERANCE = 1e-6


class ConfigError(ValueError):
    """A configuration that cannot be run."""


def problem(key: str, value: Any, allowed_text: str) -> str:
    """One line about one key."""
    return f"{key} is {value!r}; allowed: {allowed_text}"


def allowed(schema: dict[str, Any]) -> str:
    """What the JSON schema of a key allows, in words."""
    if "anyOf" in schema:
        return " or ".join(allowed(option) for option in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema["type"] == "array":
        return f"a list of at least {schema.get('minItems', 0)}, each {allowed(schema['items'])}"
    if schema["type"] == "string":
        return f"text that matches {schema['pattern']}" if "pattern" in schema else "text"
    bounds = {"exclusiveMinimum": ">", "minimum": ">=", "exclusiveMaximum": "<", "maximum": "<="}
    limits = " and ".join(f"{sign} {schema[name]}" for name, sign in bounds.items() if name in schema)
    kind = "a whole number" if schema["type"] == "integer" else "a number"
    return f"{kind} {limits}".strip()


def subsection(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a key that holds further keys."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def readable(error: ValidationError, root: type[BaseModel]) -> list[str]:
    """One line for each key that pydantic rejects."""
    lines: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        # a key that may hold one of several types is reported once for each: the first line says it all
        key, line = _explain(detail["loc"], detail["type"], detail["input"], root)
        lines.setdefault(key, line)
    return list(lines.values())


def _explain(
    location: tuple[int | str, ...], kind: str, value: Any, root: type[BaseModel]
) -> tuple[str, str]:
    """The dotted key and its line."""
    section, path = root, []
    for part in location:
        field = section.model_fields.get(str(part))
        path.append(str(part))
        if field is None:
            key = ".".join(path)
            return key, _unknown_key(key, str(part), section, root)
        if nested := subsection(field):
            section = nested
            continue
        key = ".".join(path) + "".join(f"[{i}]" for i in location[len(path) :] if isinstance(i, int))
        text = allowed(section.model_json_schema()["properties"][path[-1]])
        return key, problem(key, value, text + _hint(value, kind))
    key = ".".join(path) or "the configuration"
    return key, problem(key, value, "a section with the keys " + ", ".join(section.model_fields))


def _hint(value: Any, kind: str) -> str:
    """YAML 1.1 reads 1e-3 as text, which is easily missed."""
    if not (isinstance(value, str) and kind in ("float_type", "int_type")):
        return ""
    try:
        float(value)
    except ValueError:
        return ""
    return " (this is text: leave out quotes, and write 1.0e-3 for 1e-3)"


def _unknown_key(key: str, name: str, section: type[BaseModel], root: type[BaseModel]) -> str:
    prefix = key[: len(key) - len(name)]
    elsewhere = [
        f"{top}.{name}"
        for top, field in root.model_fields.items()
        if (nested := subsection(field)) and name in nested.model_fields
    ]
    close = [prefix + match for match in difflib.get_close_matches(name, section.model_fields, n=1)]
    guess = close or elsewhere
    meant = f"did you mean {' or '.join(guess)}? " if guess else ""
    return f"{key} is not a key of the configuration; {meant}allowed: {', '.join(section.model_fields)}"


def cross_checks(config: Config) -> Iterator[str]:
    """Problems that lie between keys."""
    yield from _water_and_lengths(config)
    yield from _temperatures(config)
    yield from _times(config)
    yield from _models(config)
    yield from _estimators(config)
    yield from _dynamics(config)


def _water_and_lengths(config: Config) -> Iterator[str]:
    try:
        load_water_model(config.water.model)
    except (ValueError, yaml.YAMLError) as error:
        yield f"water.model is {config.water.model!r}; " + " ".join(str(error).split())
    else:
        half = config.box_nm / 2
        box = f"half the box of {config.water.molecules} molecules at {config.water.density_g_cm3} g/cm3"
        for key in WITHIN_HALF_BOX:
            if (length := _get(config, key)) > half:
                # rounded down, so that the number shown is itself allowed
                yield problem(key, length, f"at most {math.floor(half * 1e4) / 1e4} nm, {box}")
        radius = config.response.radius_nm
        if radius != "box" and radius > half:
            yield problem(
                "response.radius_nm", radius, f"box, or at most {math.floor(half * 1e4) / 1e4} nm, {box}"
            )
    for small, large in SMALLER_THAN:
        if _get(config, small) >= (limit := _get(config, large)):
            yield problem(small, _get(config, small), f"less than {large} ({limit} nm)")


def _temperatures(config: Config) -> Iterator[str]:
    temperatures, ladder = config.temperatures, config.conditional.ladder_K
    yield from _increasing("conditional.ladder_K", ladder)
    for key in ("temperatures.held_out_K", "temperatures.multi_K"):
        yield from _distinct(key, _get(config, key))
    if temperatures.reference_K in temperatures.held_out_K:
        yield problem(
            "temperatures.held_out_K",
            temperatures.held_out_K,
            f"temperatures other than temperatures.reference_K ({temperatures.reference_K} K)",
        )
    for key in ("temperatures.reference_K", "temperatures.held_out_K", "temperatures.multi_K"):
        value = _get(config, key)
        missing = [T for T in (value if isinstance(value, list) else [value]) if T not in ladder]
        if missing:
            yield problem(key, value, f"rungs of conditional.ladder_K {ladder}; missing there: {missing}")


def _times(config: Config) -> Iterator[str]:
    for section, interval in (
        ("all_atom", "frame_interval_ps"),
        ("conditional", "sample_interval_ps"),
        ("cg_md", "frame_interval_ps"),
    ):
        key = f"{section}.{interval}"
        value, step = _get(config, key), _get(config, f"{section}.timestep_fs")
        steps = 1000 * value / step
        nearest = max(1, round(steps))
        if abs(steps - nearest) > STEP_TOLERANCE:
            yield problem(
                key,
                value,
                f"a multiple of {section}.timestep_fs ({step} fs), "
                f"such as {round(nearest * step / 1000, 9)} ps",
            )
        lengths = ("response_ps", "mean_force_ps") if section == "conditional" else ("production_ps",)
        for length in lengths:
            if value > (limit := _get(config, f"{section}.{length}")):
                yield problem(key, value, f"at most {section}.{length} ({limit} ps)")
    frames, run = config.frames, config.all_atom
    if frames.spacing_ps < run.frame_interval_ps:
        yield problem(
            "frames.spacing_ps",
            frames.spacing_ps,
            f"at least all_atom.frame_interval_ps ({run.frame_interval_ps} ps)",
        )
    # the frames of T0, which has the most of them
    wanted = config.training_frames(config.temperatures.reference_K) + frames.test
    if wanted * frames.spacing_ps > run.production_ps * (1 + STEP_TOLERANCE):
        fit = math.floor(run.production_ps / frames.spacing_ps * (1 + STEP_TOLERANCE))
        yield problem(
            "frames.train + frames.test",
            wanted,
            f"at most {fit}, which fit in all_atom.production_ps ({run.production_ps} ps) "
            f"at frames.spacing_ps ({frames.spacing_ps} ps)",
        )


def _models(config: Config) -> Iterator[str]:
    if not config.architectures:
        yield problem("models", {"spline": [], "hipnn_ts": []}, "at least one architecture with modes")
    for name in config.architectures:
        key, modes = f"models.{name}", getattr(config.models, name)
        yield from _distinct(key, modes)
        if missing := [mode for mode in CLAIMED_MODES if mode not in modes]:
            yield problem(
                key,
                modes,
                f"none, or a list with {', '.join(CLAIMED_MODES)}, because the claims compare trf1 with "
                f"the baseline and with the model trained at the test temperature; missing: {missing}",
            )
        held_out = config.held_out(name)
        yield from _distinct(f"{name}.held_out_K", held_out)
        if unknown := [T for T in held_out if T not in config.temperatures.held_out_K]:
            yield problem(
                f"{name}.held_out_K",
                held_out,
                f"all, or some of temperatures.held_out_K {config.temperatures.held_out_K}; "
                f"not there: {unknown}",
            )
    yield from _increasing("learning_curve_fractions", config.learning_curve_fractions)
    response = config.response
    if response.folds > response.blocks:
        yield problem("response.folds", response.folds, f"at most response.blocks ({response.blocks})")
    run, frames = config.all_atom, config.frames
    training = math.floor(
        (run.production_ps - frames.test * frames.spacing_ps) / run.frame_interval_ps + 1e-6
    )
    if response.blocks > training:
        end = f"{frames.test * frames.spacing_ps:g} ps (frames.test x frames.spacing_ps)"
        yield problem(
            "response.blocks",
            response.blocks,
            f"at most {max(training, 0)}, the frames of all_atom.production_ps ({run.production_ps} ps) "
            f"before its end of {end}, which is kept for tests",
        )
    yield from _distinct("cg_md.modes", config.cg_md.modes)


def _estimators(config: Config) -> Iterator[str]:
    own = config.estimators
    for key in ("estimators.radii_nm", "estimators.molecules"):
        yield from _increasing(key, _get(config, key))
    try:
        water = load_water_model(config.water.model)
    except (ValueError, yaml.YAMLError):
        return  # said already
    half = water.box_length(min(own.molecules), config.water.density_g_cm3) / 2
    smallest = f"{math.floor(half * 1e4) / 1e4} nm, half the box of {min(own.molecules)} molecules"
    if config.water.cutoff_nm > half:
        yield problem(
            "estimators.molecules",
            own.molecules,
            f"boxes that hold water.cutoff_nm ({config.water.cutoff_nm} nm) in {smallest}",
        )
    elif max(own.radii_nm) > half:
        yield problem("estimators.radii_nm", own.radii_nm, f"at most {smallest}")
    if own.frozen_K not in config.temperatures.all_K:
        yield problem(
            "estimators.frozen_K", own.frozen_K, f"a temperature of the study {config.temperatures.all_K}"
        )
    smallest = math.floor(own.trajectory_ps / config.all_atom.frame_interval_ps * SMALLEST_BUDGET)
    if smallest < config.response.blocks:
        needed = config.response.blocks * config.all_atom.frame_interval_ps / SMALLEST_BUDGET
        yield problem(
            "estimators.trajectory_ps",
            own.trajectory_ps,
            f"at least {round(needed, 6)} ps, so that its smallest part holds response.blocks "
            f"({config.response.blocks}) frames",
        )
    for count, length in (("frames", "trajectory_ps"), ("size_frames", "size_trajectory_ps")):
        wanted, run = getattr(own, count), getattr(own, length)
        fit = math.floor(run / config.frames.spacing_ps * (1 + STEP_TOLERANCE))
        if wanted > fit:
            yield problem(
                f"estimators.{count}",
                wanted,
                f"at most {fit}, which fit in estimators.{length} ({run} ps) "
                f"at frames.spacing_ps ({config.frames.spacing_ps} ps)",
            )


def _dynamics(config: Config) -> Iterator[str]:
    own, study = config.dynamics, config.temperatures
    yield from _distinct("dynamics.architectures", own.architectures)
    if own.architectures and config.mapping != "com":
        yield problem("dynamics.architectures", own.architectures, "[] where mapping is not com")
    for name in own.architectures:
        if missing := [m for m in ("baseline", "trf1") if m not in getattr(config.models, name)]:
            yield problem(
                "dynamics.architectures", own.architectures, f"those with models {missing} in models.{name}"
            )
    yield from _increasing("dynamics.temperatures_K", own.temperatures_K)
    yield from _increasing("dynamics.scaling_K", own.scaling_K)
    if unknown := [T for T in own.temperatures_K if T not in study.all_K]:
        text = f"temperatures of the study {study.all_K}; not there: {unknown}"
        yield problem("dynamics.temperatures_K", own.temperatures_K, text)
    if study.reference_K not in own.temperatures_K:
        text = f"a list with temperatures.reference_K ({study.reference_K} K)"
        yield problem("dynamics.temperatures_K", own.temperatures_K, text)
    if unknown := [T for T in own.scaling_K if T not in own.temperatures_K]:
        text = f"some of dynamics.temperatures_K {own.temperatures_K}; not there: {unknown}"
        yield problem("dynamics.scaling_K", own.scaling_K, text)
    for T in own.temperatures_K:
        others = [s for s in own.scaling_K if s != T]
        if study.reference_K != T and len(others) < 2:
            text = f"at least two temperatures other than {T} K, which they predict"
            yield problem("dynamics.scaling_K", own.scaling_K, text)
            break
    steps = own.record_fs / own.timestep_fs
    if abs(steps - max(1, round(steps))) > STEP_TOLERANCE:
        text = f"a multiple of dynamics.timestep_fs ({own.timestep_fs} fs)"
        yield problem("dynamics.record_fs", own.record_fs, text)
    start, end = own.msd_window_ps
    if not start < end:
        yield problem("dynamics.msd_window_ps", own.msd_window_ps, "two increasing times")
    if end > 0.7 * own.stretch_ps:
        text = f"an end of at most {0.7 * own.stretch_ps:g} ps, 0.7 times dynamics.stretch_ps"
        yield problem("dynamics.msd_window_ps", own.msd_window_ps, text)
    for length in ("stretch_ps", "production_ps"):
        if max(own.memory_ps, end) > getattr(own, length):
            text = f"at least dynamics.memory_ps ({own.memory_ps} ps) and the end of dynamics.msd_window_ps"
            yield problem(f"dynamics.{length}", getattr(own, length), text)
    if own.memory_ps * 1000 < 10 * own.record_fs:
        text = f"at least ten times dynamics.record_fs ({own.record_fs} fs)"
        yield problem("dynamics.memory_ps", own.memory_ps, text)
    lowest, highest = study.reference_K - own.response_K, study.reference_K + own.response_K
    if not 100 <= lowest < highest <= 1000:
        yield problem("dynamics.response_K", own.response_K, "a step that stays between 100 and 1000 K")


def _distinct(key: str, values: list[Any]) -> Iterator[str]:
    if len(set(values)) < len(values):
        yield problem(key, values, "each value once")


def _increasing(key: str, values: list[Any]) -> Iterator[str]:
    if values != sorted(set(values)):
        yield problem(key, values, "increasing values, each once")


def _get(config: Config, key: str) -> Any:
    section, name = key.split(".")
    return getattr(getattr(config, section), name)


def check_hardware(config: Config) -> None:
    """Make sure that a GPU that is asked for by name is there.

    Raises:
        ConfigError: naming compute.platform or compute.device, and what this machine offers.
    """
    asked = ((config.compute.platform, choose_platform), (config.compute.device, choose_device))
    problems = []
    for name, choose in asked:
        try:
            # auto always finds something: no need to import torch for it
            if name != "auto":
                choose(name)
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError("\n".join(problems))
