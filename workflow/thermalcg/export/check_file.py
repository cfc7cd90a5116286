"""The check file of an export: what the library gives for some configurations, to compare an engine with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from thermalcg.models.spline.model import Spline
from thermalcg.storage.files import atomic_path

from .configurations import equilibrated, with_contacts
from .source import Source

#: Distances of the pairs in the configuration with contacts, as shares of the innermost distance of the data.
CONTACTS = (0.75, 0.85, 0.95)

#: What counts as innermost for an architecture without ``pair_min_nm``, nm.
INNERMOST_NM = 0.23

#: Decimals of positions in nm.  The values belong to the rounded ones.
DECIMALS = 6


@dataclass(frozen=True)
class Check:
    """Configurations of one temperature, and what the library gives there.

    Attributes:
        temperature: K.
        kinds: what each configuration is.
        positions: nm, shape (n, N, 3).
        energy, force, pressure: kJ/mol (n,), kJ/mol/nm (n, N, 3), bar (n,) with the kinetic part.
    """

    temperature: float
    kinds: tuple[str, ...]
    positions: np.ndarray
    energy: np.ndarray
    force: np.ndarray
    pressure: np.ndarray


def checks(source: Source) -> list[Check]:
    """Two equilibrium configurations and one with contacts for each temperature."""
    components = source.potential.components
    innermost = components.settings.pair_min_nm if isinstance(components, Spline) else INNERMOST_NM
    made = []
    for temperature in source.temperatures:
        liquid = [equilibrated(source, temperature, seed) for seed in (1, 2)]
        close = with_contacts(liquid[1], source.box, [share * innermost for share in CONTACTS])
        x = np.round([*liquid, close], DECIMALS)
        weights = source.potential.expansion.values(temperature)
        energy, force = source.potential.combination(x, source.box, weights)
        pressure = source.potential.pressure(x, source.box, temperature)
        kinds = ("liquid", "liquid", f"liquid with contacts below {innermost:g} nm")
        made.append(Check(float(temperature), kinds, x, energy, force, pressure))
    return made


def write_checks(path: Path, made: list[Check], source: Source) -> None:
    """Write the check file as JSON; its key ``units`` says what its numbers are in.

    Of a mixture it has the species and the mass of each bead.
    """
    held = {
        "units": "positions nm, energy kJ/mol, force kJ/mol/nm, pressure bar with N kB T / V, temperature K",
        "box_nm": source.box,
        "tested_range_K": source.potential.known_range,
        **_beads(source),
        "configurations": [
            {
                "temperature": check.temperature,
                "kind": kind,
                "energy": round(float(check.energy[i]), 6),
                "pressure": round(float(check.pressure[i]), 4),
                "positions": check.positions[i].tolist(),
                "force": np.round(check.force[i], 4).tolist(),
            }
            for check in made
            for i, kind in enumerate(check.kinds)
        ],
    }
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(held, separators=(",", ":")).replace('{"temp', '\n{"temp') + "\n")


def _beads(source: Source) -> dict[str, Any]:
    if len(source.names) == 1:
        return {"bead_mass_amu": source.masses[0]}
    return {
        "bead_mass_amu": source.bead_masses.tolist(),
        "species": [source.names[code] for code in source.codes],
    }
