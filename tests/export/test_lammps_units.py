"""Units of LAMMPS against those of its own constants."""

import pytest

from thermalcg.export.lammps_units import LAMMPS_UNITS
from thermalcg.units import KB

#: Boltzmann constant; energy of mass times velocity squared; pressure of energy over volume (update.cpp).
LAMMPS = {
    "real": (0.0019872067, 48.88821291**2, 68568.415),
    "metal": (8.617343e-5, 1.0364269e-4, 1.6021765e6),
}


@pytest.mark.parametrize("style", LAMMPS_UNITS)
def test_factors_are_those_of_lammps(style):
    units, (boltzmann, kinetic, pressure) = LAMMPS_UNITS[style], LAMMPS[style]
    assert KB * units.energy == pytest.approx(boltzmann, rel=1e-5)
    # 1 amu nm^2/ps^2 is 1 kJ/mol
    assert kinetic * (units.length / units.time) ** 2 == pytest.approx(units.energy, rel=1e-5)
    # 1 kJ/mol/nm^3 is 16.6054 bar
    of_energy_density = units.energy / units.length**3 * pressure
    assert of_energy_density / units.pressure == pytest.approx(16.6054, rel=1e-5)


def test_force_is_energy_over_length():
    assert LAMMPS_UNITS["real"].force == pytest.approx(1 / 41.84)
