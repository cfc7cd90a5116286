"""The configuration of a study, and the numbers and names that follow from it.

The models here and in ``sections`` are the one place where keys are declared; the schema that editors use and
the complete list of keys are rendered from them (``render``).
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Literal

from pydantic import Field

from thermalcg.atomistic.water import load_water_model
from thermalcg.models.names import ARCHITECTURES, MODES, STUDY_RESPONSE, ModelName, kelvin
from thermalcg.runtime.schedule import frames_apart, frames_before_tests

from .messages import ConfigError
from .sections.base import Fraction, Section, key
from .sections.dynamics import Dynamics
from .sections.models import CGMD, HipnnTS, Models, Prior, Response, Spline
from .sections.results import Claims, Estimators, Figures, Observables
from .sections.simulation import AllAtom, Compute, Conditional, Frames, System, Temperatures, Water

#: Without these modes the claims have nothing to compare.
CLAIMED_MODES = ("baseline", STUDY_RESPONSE, "at_temperature")


class Config(Section):
    """Configuration of a study."""

    study: str = key(
        "default",
        None,
        "Name of the study, whose results go to results/<study>/: at most 64 letters, digits, _ and -",
        "The name becomes a folder",
        pattern="^[A-Za-z0-9_-]{1,64}$",
    )
    seed: int = key(
        2026,
        None,
        "Seed of every random number",
        "Any value; OpenMM seeds are limited to 31 bits",
        ge=0,
        le=2**31 - 1,
    )
    mapping: Literal["com", "oxygen"] = key(
        "com",
        None,
        "Mapped site of a molecule: centre of mass or oxygen",
        "The centre of mass is the usual choice",
    )
    system: System = Field(default_factory=System)
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
        [0.25, 0.5, 1.0],
        None,
        "Shares of the training data in the learning curve, increasing; at least three blocks",
        "Each share is twice the one before",
        min_length=1,
    )
    figures: Figures = Field(default_factory=Figures)

    @property
    def simulates_water(self) -> bool:
        """Whether the liquid is the workflow's own water."""
        return self.system.kind == "water"

    @property
    def simulates(self) -> bool:
        """Whether the workflow runs the all-atom trajectories itself."""
        return self.system.kind != "trajectory"

    @property
    def compares_modes(self) -> bool:
        """Whether every architecture has the modes that claims compare, at held-out temperatures."""
        modes = [getattr(self.models, name) for name in self.architectures]
        return bool(self.temperatures.held_out_K) and all({*CLAIMED_MODES} <= {*own} for own in modes)

    @property
    def box_nm(self) -> float:
        """Edge of the cubic box, nm."""
        return load_water_model(self.water.model).box_length(self.water.molecules, self.water.density_g_cm3)

    @property
    def frame_stride(self) -> int:
        """Recorded frames from one labelled frame to the next, as ``frames.select_frames`` takes them."""
        return frames_apart(self.frames.spacing_ps, self.all_atom.frame_interval_ps)

    def recorded_frames(self, run_ps: float) -> int:
        """Recorded frames of an all-atom run of this length."""
        return round(run_ps / self.all_atom.frame_interval_ps)

    @property
    def frames_before_tests(self) -> int:
        """Recorded frames of an all-atom run that models may be trained on."""
        recorded = self.recorded_frames(self.all_atom.production_ps)
        return frames_before_tests(recorded, self.frames.test, self.frame_stride)

    @property
    def response_K(self) -> list[float]:
        """Temperatures, K, whose all-atom runs record frames for the response."""
        own, multi, found = self.temperatures.reference_K, self.temperatures.multi_K, set()
        for architecture in self.architectures:
            for model in self.model_names(architecture):
                name = ModelName.parse(model)
                local = name.response_source == "products" and self.response.radius_nm != "box"
                if local or (name.projected and name.responds) or ARCHITECTURES[architecture].linear:
                    found |= {own, *(name.training_temperatures(own, multi) if name.projected else [])}
        return sorted(found)

    def rungs(self, temperature_K: float) -> list[float]:
        """Ladder temperatures, K, that a frame of ``temperature_K`` climbs; the first is its own."""
        if temperature_K not in self.conditional.ladder_K:
            ladder = self.conditional.ladder_K
            raise ValueError(f"{temperature_K:g} K is not in conditional.ladder_K {ladder}")
        own = temperature_K == self.temperatures.reference_K
        span = self.conditional.response_span if own else self.conditional.mean_force_span
        top = span * temperature_K * (1 + 1e-12)  # a rung exactly at the top counts
        return [rung for rung in self.conditional.ladder_K if temperature_K <= rung <= top]

    @property
    def architectures(self) -> list[str]:
        """Architectures with at least one training mode."""
        return [name for name in ARCHITECTURES if getattr(self.models, name)]

    def held_out(self, architecture: str) -> list[float]:
        """Held-out temperatures at which an architecture is tested, K."""
        chosen = getattr(self, architecture).held_out_K
        return list(self.temperatures.held_out_K if chosen == "all" else chosen)

    @property
    def scaling_K(self) -> list[float]:
        """Temperatures whose memory kernels train the scaling laws, K."""
        chosen = self.dynamics.scaling_K
        return list(self.dynamics.temperatures_K if chosen == "all" else chosen)

    @property
    def frozen_K(self) -> float:
        """Temperature at which sampling without replica exchange is shown to freeze, K."""
        chosen = self.estimators.frozen_K
        return self.temperatures.all_K[0] if chosen == "coldest" else chosen

    def model_names(self, architecture: str) -> list[str]:
        """Models of one architecture; at_temperature gives one for every held-out temperature."""
        modes = getattr(self.models, architecture)
        names = [ModelName(mode) for mode in MODES if mode in modes and mode != "at_temperature"]
        if "at_temperature" in modes:
            names += [ModelName("at_temperature", T) for T in self.held_out(architecture)]
        return [str(name) for name in names]

    def simulated_K(self, architecture: str, model: str) -> list[float]:
        """Temperatures, K, of a model's CG runs: T0 too for the baseline and for all with a response."""
        name = ModelName.parse(model)
        if name.mode not in self.cg_md.modes:
            return []
        if name.temperature is not None:
            return [kelvin(name.temperature)]
        own = [self.temperatures.reference_K] if name.mode == "baseline" or name.responds else []
        return sorted({*self.held_out(architecture), *own})

    def yardstick_K(self, architecture: str, model: str) -> list[float]:
        """Temperatures, K, at which a model is compared with one trained there: of a yardstick its own."""
        name = ModelName.parse(model)
        own = self.held_out(architecture) if name.temperature is None else [name.temperature]
        return [kelvin(T) for T in own]

    def training_frames(self, temperature_K: float) -> int:
        """Training frames with conditional labels: at T0 alone, and only where a mode asks for them."""
        names = (ModelName.parse(model) for arch in ARCHITECTURES for model in self.model_names(arch))
        wanted = any(name.response_source == "labels" for name in names)
        return self.frames.train if wanted and temperature_K == self.temperatures.reference_K else 0

    def n_batches(self, temperature_K: float) -> int:
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
