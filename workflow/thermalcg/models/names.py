"""Architectures, training modes and models: their names, and the facts about them that other rooms use."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class ArchitectureFacts:
    """What others have to know about an architecture; the class itself is in ``registry``.

    Attributes:
        label: its name in figures.
        short: its name in a sentence, and where room is scarce.
        torch: runs in torch, on a graphics card where there is one, and is trained in epochs.  Then its
            section has the keys ``epochs``, ``patience``, ``checkpoint_epochs`` and ``batch_frames``.
        bootstrapped: member 0 of an ensemble is the fit to all data, and the others are fits to bootstrap
            resamples.  Otherwise members are equals, which differ in their seeds.
    """

    label: str
    short: str
    torch: bool
    bootstrapped: bool


#: In the order of figures and tables.
ARCHITECTURES = {
    "spline": ArchitectureFacts("Splines (2+3-body)", "splines", torch=False, bootstrapped=True),
    "hipnn_ts": ArchitectureFacts("HIP-NN-TS", "HIP-NN-TS", torch=True, bootstrapped=False),
}

#: Training modes, and the temperature dependence of the models that each trains (``expansion``).
MODES = {
    "baseline": "constant",
    "trf1": "linear",
    "trf1_conditional": "linear",
    "trf2": "quadratic",
    "trf2_conditional": "quadratic",
    "trf2_heat_capacity": "heat_capacity",
    "energy_matching": "linear",
    "multi_temperature": "heat_capacity",
    "at_temperature": "constant",
}

#: The mode that the claims of the study rest on, chosen before results were seen: where data at T0 do not
#: show the second order, it is drawn to the law in ln T.
STUDY_RESPONSE = "trf2"


class ModelKey(NamedTuple):
    """A model as tables name it, by architecture and training mode."""

    architecture: str
    mode: str = ""


def kelvin(temperature: float) -> float:
    """A temperature that prints as it stands in file names: 300, never 300.0, and 298.15."""
    return int(temperature) if temperature == int(temperature) else temperature


@dataclass(frozen=True)
class ModelName:
    """A trained model: its mode and, for ``at_temperature``, the temperature it was trained at.

    As text, in file names and tables: ``trf1``, ``at_temperature-298.15K``.
    """

    mode: str
    temperature: float | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"training mode is {self.mode!r}; allowed: {', '.join(MODES)}")
        if self.mode != "at_temperature":
            allowed, good = "none", self.temperature is None
        else:
            allowed, good = "a number > 0", self.temperature is not None and 0 < self.temperature < math.inf
        if not good:
            raise ValueError(f"temperature of {self.mode} is {self.temperature!r} K; allowed: {allowed}")

    @classmethod
    def parse(cls, text: str) -> ModelName:
        """The inverse of ``str``.

        Raises:
            ValueError: unknown mode, a temperature that is no positive number or has no K after it, one where
                there is none, or none for ``at_temperature``.
        """
        mode, dash, temperature = text.partition("-")
        if not dash:
            return cls(mode)
        if re.fullmatch(r"[\d.e+-]+K", temperature) is None:
            raise ValueError(f"model is {text!r}; allowed: a mode, or as in at_temperature-298.15K")
        return cls(mode, float(temperature.removesuffix("K")))

    def __str__(self) -> str:
        return self.mode if self.temperature is None else f"{self.mode}-{self.temperature:.15g}K"

    @property
    def responds(self) -> bool:
        """Whether the mean force of the model changes with temperature, so that it has a thermal response."""
        return MODES[self.mode] != "constant"

    @property
    def response_source(self) -> str | None:
        """``labels`` (fixed sites) or ``products`` (ordinary trajectory) for modes with a response."""
        if not self.mode.startswith("trf"):
            return None
        return "labels" if self.mode.endswith("_conditional") else "products"

    def training_temperatures(self, reference: float, multi: list[float]) -> list[float]:
        """Temperatures whose data train the model, K."""
        if self.mode == "multi_temperature":
            return list(multi)
        return [reference if self.temperature is None else self.temperature]

    def tested_temperatures(self, reference: float, held_out: list[float], multi: list[float]) -> list[float]:
        """Temperatures at which errors of the model count, K: all, but of a yardstick its own alone."""
        everywhere = sorted({reference, *held_out, *multi})
        return everywhere if self.temperature is None else [self.temperature]
