"""A trained ensemble as one force field with an error bar: what ``thermalcg.load`` gives."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import levels_to_the_caller

from .names import ARCHITECTURES
from .potential import ThermalPotential, load_ensemble


class FarFromReference(UserWarning):
    """A temperature at which the form of the law in T weighs as much as the data behind it."""


class Estimate(NamedTuple):
    """A prediction and its standard error.

    Attributes:
        value: of the best member, or the mean of equal ones.
        error: standard deviation over the members, in the shape of the value: what other data of the same
            amount would change.  NaN with fewer than two members to compare.
    """

    value: np.ndarray
    error: np.ndarray


@dataclass(frozen=True)
class Ensemble:
    """The members of a model file, and their spread as the error of what they predict.

    Every method takes one configuration, nm, shape (N, 3), or several (B, N, 3), the periodic box (an edge,
    three edges, or three vectors along the axes, nm) and a temperature, K.  They raise and warn as those of
    ``ThermalPotential``, whose units they have, and warn beyond ``trusted_range`` (``FarFromReference``).

    Example::

        water = thermalcg.load("trf1.safetensors")
        force, error = water.mean_force(positions, box=1.86, temperature=350)

    A mixture is bound to the beads that it was trained on, in their order; ``of_species`` binds it to others.

    Attributes:
        members: equals, or first the fit to all data and then fits to resamples of them.
        metadata: what the file says about them.
    """

    members: tuple[ThermalPotential, ...]
    metadata: dict[str, Any]

    @property
    def bootstrapped(self) -> bool:
        """Whether member 0 is the fit to all data and the others are fits to bootstrap resamples."""
        return ARCHITECTURES[self.metadata["architecture"]].bootstrapped

    def of_species(self, beads: Sequence[str]) -> Ensemble:
        """The force field of a mixture for other beads, given the species of each.

        Raises:
            InputError: a force field of one species, or a name that is not among its species.
        """
        return replace(self, members=tuple(member.of_species(beads) for member in self.members))

    @property
    def cutoff(self) -> float:
        """Range of the interactions, nm."""
        return self.members[0].cutoff

    @property
    def known_range(self) -> tuple[float, float] | None:
        """Lowest and highest temperature of training and tests, K; None for files that do not tell."""
        return self.members[0].known_range

    @property
    def trusted_range(self) -> tuple[float, float] | None:
        """Temperatures, K, between which the law in T matters less than the data; None without a response."""
        held = self.metadata.get("trusted_range_K")
        return None if held is None else (float(held[0]), float(held[1]))

    def free_energy(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> Estimate:
        """W(R, T), kJ/mol."""
        return self._estimate("free_energy", positions, box, temperature, strict)

    def mean_force(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> Estimate:
        """F = -dW/dR, kJ/mol/nm."""
        return self._estimate("mean_force", positions, box, temperature, strict)

    def thermal_response(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> Estimate:
        """F' = dF/dT, kJ/mol/nm/K."""
        return self._estimate("thermal_response", positions, box, temperature, strict)

    def mean_energy(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> Estimate:
        """<u>_R = W - T dW/dT, kJ/mol, up to a constant that differs between members."""
        return self._estimate("mean_energy", positions, box, temperature, strict)

    def entropy(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> Estimate:
        """S = -dW/dT, kJ/mol/K, up to a constant that differs between members."""
        return self._estimate("entropy", positions, box, temperature, strict)

    def virial(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> Estimate:
        """The tensor sum r (x) F, kJ/mol, shape (B, 3, 3), or (3, 3) of one configuration."""
        return self._estimate("virial", positions, box, temperature, strict)

    def pressure(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> Estimate:
        """P = (N kB T + tr(virial) / 3) / V, bar; see ``ThermalPotential.pressure``."""
        return self._estimate("pressure", positions, box, temperature, strict)

    def _estimate(
        self, name: str, positions: ArrayLike, box: ArrayLike, temperature: float, strict: bool
    ) -> Estimate:
        self._flag(temperature)
        of_members = np.stack(
            [getattr(m, name)(positions, box, temperature, strict=strict) for m in self.members]
        )
        compared = of_members[1:] if self.bootstrapped else of_members
        spread = (
            np.std(compared, axis=0, ddof=1) if len(compared) > 1 else np.full_like(of_members[0], np.nan)
        )
        return Estimate(of_members[0] if self.bootstrapped else of_members.mean(axis=0), spread)

    def _flag(self, temperature: float) -> None:
        trusted = self.trusted_range
        if trusted and not trusted[0] <= temperature <= trusted[1]:
            text = (
                f"temperature is {temperature:g} K: outside {trusted[0]:.4g} to {trusted[1]:.4g} K the form "
                "of the law in T weighs as much as the data; compare with a short run there"
            )
            warnings.warn(text, FarFromReference, stacklevel=levels_to_the_caller())


def load(path: str | Path, device: str = "auto") -> Ensemble:
    """Read a trained force field; also as ``thermalcg.load``.

    Args:
        path: ``results/<study>/models/<architecture>/<model>.safetensors``.
        device: ``auto``, ``cpu`` or ``cuda``, for architectures that run in torch.

    Raises:
        DatasetError: missing, truncated or foreign file, or one of another version.
    """
    members, metadata = load_ensemble(path, device)
    return Ensemble(tuple(members), metadata)
