"""What is exported of a model file: one potential, its beads, and what the reader has to know."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from thermalcg.geometry.inputs import InputError, checked_temperature
from thermalcg.models.names import ARCHITECTURES, kelvin
from thermalcg.models.potential import ThermalPotential, load_ensemble
from thermalcg.models.spline.model import Spline
from thermalcg.units import G_PER_CM3

#: Mass of a bead, amu, where the model file does not tell: water, the only liquid of those files.
WATER_AMU = 18.0154


class ExportError(ValueError):
    """A model that cannot be exported as asked; the message says why and what can."""


@dataclass(frozen=True)
class Source:
    """What is exported.

    Attributes:
        path: the model file.
        potential: the member that is exported: the fit to all data, or the first of equals.
        metadata: of the model file.
        temperatures: K, ascending.
        box, beads: edge of the cubic box, nm, and number of beads of the input that runs; the cube has the
            volume of the box that the model was trained in.
        mass: of a bead, amu.
    """

    path: Path
    potential: ThermalPotential
    metadata: dict[str, Any]
    temperatures: tuple[float, ...]
    box: float
    beads: int
    mass: float

    @classmethod
    def read(cls, path: str | Path, temperatures: Sequence[float], mass: float | None = None) -> Source:
        """The first member of a model file.

        Args:
            temperatures: K, within the range that the model was trained and tested in.
            mass: of a bead, amu; that of the file, or of water, if None.

        Raises:
            DatasetError: a missing or foreign file, or one of another version.
            ExportError: a temperature outside the range, a mixture, or a file that does not tell its box and
                beads.
        """
        members, metadata = load_ensemble(path)
        if members[0].species is not None:
            raise ExportError(
                f"{path}: the model has the species {', '.join(members[0].species.names)}; "
                "allowed in exports: one species"
            )
        known = members[0].known_range
        try:
            wanted = [checked_temperature(T, known, strict=True) for T in temperatures]
        except InputError as error:
            raise ExportError(f"{path}: {error}") from None
        if lacking := [key for key in ("box_nm", "beads") if not metadata.get(key)]:
            raise ExportError(
                f"{path}: the file does not tell {' and '.join(lacking)}; train the model again"
            )
        mass = mass if mass is not None else metadata.get("bead_mass_amu", WATER_AMU)
        if not 0 < mass < math.inf:
            raise ExportError(f"mass is {mass!r} amu; allowed: a number > 0")
        unique = tuple(kelvin(T) for T in sorted(set(wanted)))
        box = metadata["box_nm"]
        edge = math.prod(box) ** (1 / 3) if isinstance(box, list) else float(box)
        return cls(Path(path), members[0], metadata, unique, edge, int(metadata["beads"]), float(mass))

    @property
    def spline(self) -> Spline:
        """The components of the potential.

        Raises:
            ExportError: they are no splines.
        """
        if not isinstance(self.potential.components, Spline):
            label = ARCHITECTURES[self.potential.components.name].label
            raise ExportError(
                f"{self.path}: a {label} network cannot be written as tables of two and three beads; "
                "allowed: --to ase"
            )
        return self.potential.components

    def coefficients(self, temperature: float) -> np.ndarray:
        """Coefficients (F,) of the spline at a temperature in K, kJ/mol, without the prior."""
        return self.potential.expansion.values(temperature) @ self.spline.coefficients

    @property
    def density(self) -> float:
        """Of the beads in their box, g/cm3."""
        return self.beads * self.mass / self.box**3 / G_PER_CM3

    def facts(self) -> list[str]:
        """Lines for the reader of an export."""
        known, cutoff = self.potential.known_range, self.potential.cutoff
        trained = self.metadata.get("training_temperatures_K", [])
        return [
            f"Model: {self.metadata.get('mode', self.path.stem)}, "
            f"{ARCHITECTURES[self.potential.components.name].label}, first of {self.metadata['members']} "
            f"members; tensors {self.metadata['sha256'][:12]}.",
            f"Temperatures: trained at {_listed(trained)} K, tested from {known[0]:g} to {known[1]:g} K."
            if known
            else "Temperatures: the model file does not tell where it was trained and tested.",
            f"Density: {self.density:.3f} g/cm3 in training and tests ({self.beads} beads of {self.mass:g} "
            f"amu in a box of {self.box:.4f} nm); at another one it was never tested.",
            f"Cutoff: {cutoff:g} nm; a box has edges of at least {2 * cutoff:g} nm.",
        ]


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{x:g}" for x in values) or "unknown temperatures"
