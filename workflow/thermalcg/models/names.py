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
        linear: linear in its coefficients, which for the modes of ``ModelName.projected`` come from the block
            sums of the projected response.
    """

    label: str
    short: str
    torch: bool
    bootstrapped: bool
    linear: bool


#: In the order of figures and tables.
ARCHITECTURES = {
    "spline": ArchitectureFacts("Splines (2+3-body)", "splines", torch=False, bootstrapped=True, linear=True),
    "hipnn_ts": ArchitectureFacts("HIP-NN-TS", "HIP-NN-TS", torch=True, bootstrapped=False, linear=False),
}

#: Training modes, and the temperature dependence of the models that each trains (``expansion``).
MODES = {
    "baseline": "constant",
    "trf1": "linear",
    "trf2": "heat_capacity",
    "trf1_conditional": "linear",
    "trf2_conditional": "quadratic",
    "trf1_products": "linear",
    "energy_matching": "linear",
    "multi_temperature": "heat_capacity",
    "multi_temperature_response": "heat_capacity",
    "at_temperature": "constant",
}

#: The mode on which the study's claims rest.  It was chosen before there were results: it is the only one
#: that needs no choice of a law in T.  Where the second order is noise it draws itself to the law in ln T.
STUDY_RESPONSE = "trf2"

#: Farthest from its training temperatures, as a ratio, that a force field with a response is trusted.  Up to
#: here a law linear in T and one in ln T differ by less than a seventh of the change that they predict
#: (0.300 against 0.262 at a ratio of 1.3); beyond, the prediction rests on the law and not on the data.
TRUSTED_RATIO = 1.3


def response_source(mode: str) -> str | None:
    """Where the response of a mode that is trained on one comes from.

    ``projection`` (of the projected force field, ordinary trajectory), ``labels`` (fixed sites) or
    ``products`` (residual products with an energy model, ordinary trajectory).
    """
    if mode in ("trf1", "trf2", "multi_temperature_response"):
        return "projection"
    if not mode.startswith("trf"):
        return None
    return "labels" if mode.endswith("_conditional") else "products"


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
        """Where its response comes from (``response_source``)."""
        return response_source(self.mode)

    @property
    def projected(self) -> bool:
        """Whether block sums of the projected response give all coefficients of a linear architecture.

        The baseline is among them: it is the same force field at T0 without the response.
        """
        return self.mode == "baseline" or self.response_source == "projection"

    def training_temperatures(self, reference: float, multi: list[float]) -> list[float]:
        """Temperatures whose data train the model, K."""
        if self.mode.startswith("multi_temperature"):
            return list(multi)
        return [reference if self.temperature is None else self.temperature]

    def trusted_range(self, reference: float, multi: list[float]) -> tuple[float, float] | None:
        """Lowest and highest temperature, K, to which a response is trusted; None for a model without one.

        A prediction beyond is flagged (``TRUSTED_RATIO``).
        """
        if not self.responds:
            return None
        sources = self.training_temperatures(reference, multi)
        return min(sources) / TRUSTED_RATIO, max(sources) * TRUSTED_RATIO

    def tested_temperatures(self, reference: float, held_out: list[float], multi: list[float]) -> list[float]:
        """Temperatures at which errors of the model count, K: all, but of a yardstick its own alone."""
        everywhere = sorted({reference, *held_out, *multi})
        return everywhere if self.temperature is None else [self.temperature]
