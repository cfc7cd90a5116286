"""The configuration of a study.

The models here and in the ``config_..._sections`` are the single source;
``config.yaml`` and ``workflow/schemas/config.schema.json`` are rendered from them::

    python -m thermalcg.config.study --write-default config.yaml \
        --write-schema workflow/schemas/config.schema.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, Field, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from thermalcg.atomistic.water import load_water_model
from thermalcg.config.sections.base import Fraction, Section, key
from thermalcg.config.sections.dynamics import Dynamics
from thermalcg.config.sections.models import CGMD, HipnnTS, Mode, Models, Prior, Response, Spline
from thermalcg.config.sections.results import Claims, Estimators, Figures, Observables
from thermalcg.config.sections.simulation import AllAtom, Compute, Conditional, Frames, Temperatures, Water

from .checks import check_hardware, cross_checks
from .messages import ConfigError, allowed, readable, subsection
from .stage_checks import stage_checks

#: In the order of figures and tables.
ARCHITECTURES = ("spline", "hipnn_ts")

__all__ = [
    "ARCHITECTURES",
    "Config",
    "ConfigError",
    "check_hardware",
    "default_yaml",
    "json_schema",
    "load_config",
]


class Config(Section):
    """Configuration of a study."""

    study: str = key(
        "default",
        None,
        "Name of the study; results go to results/<study>/ (at most 64 letters, digits, _ and -)",
        "it becomes a folder",
        pattern="^[A-Za-z0-9_-]{1,64}$",
    )
    seed: int = key(
        2026, None, "Seed of every random number", "any; OpenMM takes 31 bits", ge=0, le=2**31 - 1
    )
    mapping: Literal["com", "oxygen"] = key(
        "com",
        None,
        "Mapped site of a molecule: centre of mass or oxygen",
        "the centre of mass is the usual choice",
    )
    water: Water = Field(default_factory=Water)
    temperatures: Temperatures = Field(default_factory=Temperatures)
    compute: Compute = Field(default_factory=Compute)
    all_atom: AllAtom = Field(default_factory=AllAtom)
    frames: Frames = Field(default_factory=Frames)
    conditional: Conditional = Field(default_factory=Conditional)
    prior: Prior = Field(default_factory=Prior)
    response: Response = Field(default_factory=Response)
    models: Models = Field(default_factory=Models)
    spline: Spline = Field(default_factory=Spline)
    hipnn_ts: HipnnTS = Field(default_factory=HipnnTS)
    estimators: Estimators = Field(default_factory=Estimators)
    cg_md: CGMD = Field(default_factory=CGMD)
    dynamics: Dynamics = Field(default_factory=Dynamics)
    observables: Observables = Field(default_factory=Observables)
    claims: Claims = Field(default_factory=Claims)
    learning_curve_fractions: list[Fraction] = key(
        [0.125, 0.25, 0.5, 1.0],
        None,
        "Shares of the training data in the learning curve, increasing",
        "factors of two",
        min_length=1,
    )
    figures: Figures = Field(default_factory=Figures)

    @property
    def box_nm(self) -> float:
        """Edge of the cubic box, nm."""
        return load_water_model(self.water.model).box_length(self.water.molecules, self.water.density_g_cm3)

    @property
    def frame_stride(self) -> int:
        """Recorded frames from one labelled frame to the next, as ``frames.select_frames`` takes them."""
        return max(1, math.ceil(self.frames.spacing_ps / self.all_atom.frame_interval_ps - 1e-6))

    def rungs(self, temperature_K: int) -> list[int]:
        """Ladder temperatures, K, that a frame of ``temperature_K`` climbs; the first is its own."""
        if temperature_K not in self.conditional.ladder_K:
            raise ValueError(f"{temperature_K} K is not in conditional.ladder_K {self.conditional.ladder_K}")
        own = temperature_K == self.temperatures.reference_K
        span = self.conditional.response_span if own else self.conditional.mean_force_span
        top = span * temperature_K * (1 + 1e-12)  # a rung exactly at the top counts
        return [rung for rung in self.conditional.ladder_K if temperature_K <= rung <= top]

    @property
    def architectures(self) -> list[str]:
        """Architectures with at least one training mode."""
        return [name for name in ARCHITECTURES if getattr(self.models, name)]

    def held_out(self, architecture: str) -> list[int]:
        """Held-out temperatures at which an architecture is tested, K."""
        chosen = getattr(self, architecture).held_out_K
        return list(self.temperatures.held_out_K if chosen == "all" else chosen)

    def model_names(self, architecture: str) -> list[str]:
        """Models of one architecture; at_temperature gives one for every held-out temperature."""
        modes = getattr(self.models, architecture)
        names = [mode for mode in get_args(Mode) if mode in modes and mode != "at_temperature"]
        if "at_temperature" in modes:
            names += [f"at_temperature-{T}K" for T in self.held_out(architecture)]
        return names

    def training_frames(self, temperature_K: int) -> int:
        """Training frames with conditional labels: at T0 alone, and only where a mode asks for them."""
        modes = {mode for name in ARCHITECTURES for mode in getattr(self.models, name)}
        wanted = any(mode.endswith("_conditional") for mode in modes)
        return self.frames.train if wanted and temperature_K == self.temperatures.reference_K else 0

    def n_batches(self, temperature_K: int) -> int:
        """Number of conditional sampling jobs of a temperature."""
        frames = self.training_frames(temperature_K) + self.frames.test
        return math.ceil(frames / self.conditional.batch_frames)

    def hash(self) -> str:
        """Short hash of all that affects a number: everything but the figures section."""
        return self.section_hash(*(name for name in Config.model_fields if name != "figures"))

    def section_hash(self, *names: str) -> str:
        """Short hash (12 hexadecimal digits) of some top-level keys, whatever their order."""
        if unknown := sorted(set(names) - set(Config.model_fields)):
            raise ConfigError(f"section_hash of {unknown}; allowed: {', '.join(Config.model_fields)}")
        canonical = json.dumps(self.model_dump(include=set(names)), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def load_config(raw: dict[str, Any]) -> Config:
    """Check a configuration as read from YAML; keys left out take their defaults.

    Raises:
        ConfigError: one line for each problem, with the key, its value and what is allowed.
    """
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        raise ConfigError("\n".join(readable(error, Config))) from None
    if problems := [*cross_checks(config), *stage_checks(config)]:
        raise ConfigError("\n".join(problems))
    return config


class _PlainSchema(GenerateJsonSchema):
    """Without the titles that only repeat the keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schema() -> str:
    """The JSON schema of the configuration."""
    schema = {"$schema": _PlainSchema.schema_dialect}
    schema |= Config.model_json_schema(schema_generator=_PlainSchema)
    return json.dumps(schema, indent=2) + "\n"


def default_yaml() -> str:
    """The default configuration as YAML, with a comment above each key."""
    header = [
        "# Rendered from workflow/thermalcg/config.py: edit the values here, the texts there.",
        "# Above each key: what it is [unit], why this value, and what is allowed.",
    ]
    return "\n".join([*header, *_yaml_lines(Config), ""])


def _yaml_lines(section: type[BaseModel], indent: str = "") -> Iterator[str]:
    ranges = section.model_json_schema()["properties"]
    for position, (name, field) in enumerate(section.model_fields.items()):
        if position or not indent:
            yield ""
        if nested := subsection(field):
            yield from _comment(nested.__doc__ or "", indent)
            yield f"{indent}{name}:"
            yield from _yaml_lines(nested, indent + "  ")
            continue
        extra: Any = field.json_schema_extra
        unit = f" [{extra['unit']}]" if extra["unit"] else ""
        yield from _comment(f"{field.description}{unit}.", indent)
        yield from _comment(f"Why: {extra['provenance']}.", indent)
        yield from _comment(f"Allowed: {allowed(ranges[name])}.", indent)
        # YAML ends a lone scalar with a line of dots
        value = yaml.safe_dump(field.default, default_flow_style=True, width=1000).removesuffix("...\n")
        yield f"{indent}{name}: {value.strip()}"


def _comment(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()),
        width=110,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def main() -> None:
    """Write config.yaml and its JSON schema."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--write-default", type=Path, metavar="PATH")
    parser.add_argument("--write-schema", type=Path, metavar="PATH")
    arguments = parser.parse_args()
    for path, text in ((arguments.write_default, default_yaml), (arguments.write_schema, json_schema)):
        if path:
            path.write_text(text())


if __name__ == "__main__":
    main()
