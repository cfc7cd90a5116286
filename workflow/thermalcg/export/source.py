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
from thermalcg.models.prior import PairPriors, Prior
from thermalcg.models.spline.mixture_basis import Terms, terms_of
from thermalcg.models.spline.model import Spline
from thermalcg.units import G_PER_CM3

#: Mass of a bead, amu, where the model file does not tell: water, the only liquid of those files.
WATER_AMU = 18.0154

#: The name of a bead where all are alike.
BEAD = "CG"


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
        masses: of a bead of each species, amu.
    """

    path: Path
    potential: ThermalPotential
    metadata: dict[str, Any]
    temperatures: tuple[float, ...]
    box: float
    beads: int
    masses: tuple[float, ...]

    @classmethod
    def read(
        cls, path: str | Path, temperatures: Sequence[float], masses: Sequence[float] | None = None
    ) -> Source:
        """The first member of a model file.

        Args:
            temperatures: K, within the range that the model was trained and tested in.
            masses: of a bead of each species, amu, in the order of the model's species; those of the file, or
                that of water, if None.

        Raises:
            DatasetError: a missing or foreign file, or one of another version.
            ExportError: a temperature outside the range, masses that are none or not one of each species, or
                a file that does not tell its box and beads.
        """
        members, metadata = load_ensemble(path)
        known = members[0].known_range
        try:
            wanted = [checked_temperature(T, known, strict=True) for T in temperatures]
        except InputError as error:
            raise ExportError(f"{path}: {error}") from None
        if lacking := [key for key in ("box_nm", "beads") if not metadata.get(key)]:
            raise ExportError(
                f"{path}: the file does not tell {' and '.join(lacking)}; train the model again"
            )
        given = _masses(members[0], metadata) if masses is None else tuple(map(float, masses))
        names = _names(members[0])
        if len(given) != len(names) or not all(0 < mass < math.inf for mass in given):
            allowed = (
                f"a number > 0 for each of the species {', '.join(names)}" if names[1:] else "one number > 0"
            )
            held = f"{_listed(given)} amu" if given else "not in the file"
            raise ExportError(f"{path}: mass is {held}; allowed: {allowed}")
        unique = tuple(kelvin(T) for T in sorted(set(wanted)))
        box = metadata["box_nm"]
        edge = math.prod(box) ** (1 / 3) if isinstance(box, list) else float(box)
        return cls(Path(path), members[0], metadata, unique, edge, int(metadata["beads"]), given)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the species; ``BEAD`` where all beads are alike."""
        return _names(self.potential)

    @property
    def codes(self) -> np.ndarray:
        """Place of each bead's species in the names, shape (N,)."""
        species = self.potential.species
        return np.zeros(self.beads, np.int64) if species is None else species.codes

    @property
    def bead_masses(self) -> np.ndarray:
        """Of each bead, amu, shape (N,)."""
        return np.array(self.masses)[self.codes]

    def only_mass(self, what: str) -> float:
        """The mass of every bead, amu.

        Args:
            what: what needs beads that are alike, for the message.

        Raises:
            ExportError: the model has several species.
        """
        if len(self.masses) > 1:
            raise ExportError(
                f"{self.path}: the model has the species {', '.join(self.names)}; allowed for {what}: one "
                "species"
            )
        return self.masses[0]

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

    def terms(self, flat: np.ndarray) -> Terms:
        """The coefficients (F,) of the spline by species."""
        return terms_of(flat, self.spline.settings, self.potential.species)

    def prior(self, a: int, b: int) -> Prior:
        """Of beads of two species."""
        prior = self.potential.prior
        return prior.priors[prior.species.pair_index[a, b]] if isinstance(prior, PairPriors) else prior

    @property
    def density(self) -> float:
        """Of the beads in their box, g/cm3."""
        return float(self.bead_masses.sum()) / self.box**3 / G_PER_CM3

    def facts(self) -> list[str]:
        """Lines for the reader of an export."""
        known, cutoff = self.potential.known_range, self.potential.cutoff
        trained = _listed(self.metadata.get("training_temperatures_K", []))
        trusted = self.metadata.get("trusted_range_K")
        trust = f" Beyond {trusted[0]:.0f} to {trusted[1]:.0f} K it rests on its law in T." if trusted else ""
        return [
            f"Model: {self.metadata.get('mode', self.path.stem)}, "
            f"{ARCHITECTURES[self.potential.components.name].label}, first of {self.metadata['members']} "
            f"members; tensors {self.metadata['sha256'][:12]}.",
            f"Temperatures: trained at {trained} K, tested from {known[0]:g} to {known[1]:g} K.{trust}"
            if known
            else "Temperatures: the model file does not tell where it was trained and tested.",
            f"Density: {self.density:.3f} g/cm3 in training and tests ({self._composition()} in a box of "
            f"{self.box:.4f} nm); at another one it was never tested.",
            f"Cutoff: {cutoff:g} nm; a box has edges of at least {2 * cutoff:g} nm.",
        ]

    def _composition(self) -> str:
        """Such as ``64 beads of 18.0154 amu``."""
        counts = np.bincount(self.codes, minlength=len(self.names)).tolist()
        named = self.names if len(self.names) > 1 else ("beads",)
        parts = zip(counts, named, self.masses, strict=True)
        return ", ".join(f"{count} {name} of {mass:g} amu" for count, name, mass in parts)


def _names(potential: ThermalPotential) -> tuple[str, ...]:
    return (BEAD,) if potential.species is None else potential.species.names


def _masses(potential: ThermalPotential, metadata: dict[str, Any]) -> tuple[float, ...]:
    """Of a bead of each species, amu, as the file tells; empty where it does not."""
    if potential.species is None:
        return (float(metadata.get("bead_mass_amu", WATER_AMU)),)
    each, codes = metadata.get("bead_mass_amu"), potential.species.codes.tolist()
    by_code = dict(zip(codes, each, strict=True)) if isinstance(each, list) else {}
    return tuple(float(by_code[code]) for code in sorted(by_code))


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{x:g}" for x in values) or "unknown temperatures"
