"""The unit styles of LAMMPS that exports are written in."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import constants

from thermalcg.units import AVOGADRO, FS_PER_PS, J_PER_KJ

#: Angstrom in a nanometre.
ANGSTROM = 10.0

#: kJ/mol in an electron volt.
EV = constants.e * AVOGADRO / J_PER_KJ

#: kJ/mol in a kcal/mol.
KCAL = constants.calorie

#: Atmospheres in a bar.
ATM_PER_BAR = constants.bar / constants.atm


@dataclass(frozen=True)
class LammpsUnits:
    """What one unit of this library is in a unit style of LAMMPS; masses are in g/mol in both.

    Attributes:
        style: its name.
        length, energy, time: of 1 nm, 1 kJ/mol, 1 ps.
        pressure: of 1 bar.
        names: of length, energy, force and pressure, for the reader.
    """

    style: str
    length: float
    energy: float
    time: float
    pressure: float
    names: tuple[str, str, str, str]

    @property
    def force(self) -> float:
        """Of 1 kJ/mol/nm."""
        return self.energy / self.length


LAMMPS_UNITS = {
    "real": LammpsUnits(
        "real", ANGSTROM, 1 / KCAL, FS_PER_PS, ATM_PER_BAR,
        ("angstrom", "kcal/mol", "kcal/mol/angstrom", "atm"),
    ),
    "metal": LammpsUnits(
        "metal", ANGSTROM, 1 / EV, 1.0, 1.0, ("angstrom", "eV", "eV/angstrom", "bar")
    ),
}  # fmt: skip
