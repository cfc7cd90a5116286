"""Time of a step of the same force field in every engine, and of mW water in LAMMPS, on one core.

    python -m thermalcg.export.engine_speed MODEL --temperature 300 --csv FILE
    python -m thermalcg.export.engine_speed MODEL --platform CUDA --csv FILE

Processor time, so that other jobs of the machine count little; of a graphics card, which runs OpenMM alone,
elapsed time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import openmm as mm
import pandas as pd

from thermalcg.cg.baths import friction_bath
from thermalcg.cg.engines import engines_of
from thermalcg.cg.langevin import initial_state
from thermalcg.cg.replicas import Beads
from thermalcg.runtime.platforms import Compute, make_context
from thermalcg.runtime.threads import limit_threads
from thermalcg.storage.tables import write_table

from .ase_calculator import ThermalCalculator
from .configurations import equilibrated
from .lammps_folder import STEP_PS
from .lammps_speed import lammps_runs
from .lammps_units import ANGSTROM
from .openmm_system import openmm_system
from .source import Source

#: Boxes of the source along an edge.
CELLS = (1, 2, 4)

#: Beads times steps that are timed, at most; the OpenMM System takes 20 times as long as all others.
WORK, SLOW_WORK = 200_000, 5_000

#: Of the library's thermostat; any other costs the same.
FRICTION_PER_PS = 1.0


def engine_speed(
    source: Source, cells: tuple[int, ...] = CELLS, work: int = WORK, platform: str = "CPU"
) -> pd.DataFrame:
    """Microseconds of a step and bead; columns ``engine``, ``beads`` and ``us_per_bead_step``.

    Args:
        cells: boxes of the source along an edge of the box.
        work: beads times steps that are timed.
        platform: of OpenMM; with another one than CPU nothing else is timed.

    Raises:
        ExportError: the source is no spline, or a mixture.
        ImportError: LAMMPS or ASE is not installed.
    """
    start, temperature = equilibrated(source, source.temperatures[0]), float(source.temperatures[0])
    slow, clock = platform == "CPU", time.process_time if platform == "CPU" else time.perf_counter
    rows = []
    for n in cells:
        shift = np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
        x, box = (start + shift * source.box).reshape(-1, 3), n * source.box
        openmm = (f"OpenMM, {platform} platform", _openmm(source, x, box, temperature, platform))
        for engine, run in [*(_runs(source, x, box, temperature) if slow else ()), openmm]:
            amount = min(work, SLOW_WORK) if slow and engine.startswith("OpenMM") else work
            steps = max(2, amount // len(x))
            run(1)  # compiles, and lists the neighbours
            begin = clock()
            run(steps)
            spent = (clock() - begin) / steps / len(x)
            rows.append({"engine": engine, "beads": len(x), "us_per_bead_step": 1e6 * spent})
    return pd.DataFrame(rows)


def _runs(
    source: Source, x: np.ndarray, box: float, temperature: float
) -> Iterator[tuple[str, Callable[[int], object]]]:
    """Every engine but OpenMM with a function that makes a number of steps."""
    field, rng = source.potential.force_field(box, temperature), np.random.default_rng(0)

    def library(steps: int) -> None:
        moving = x[None].copy()
        for _ in range(steps):
            moving += rng.normal(scale=1e-3, size=moving.shape)  # nm, as in a step of 8 fs
            field(moving)

    yield "library, forces alone", library
    yield "library, compiled loop", _compiled(source, x, box, temperature)
    yield from lammps_runs(source, x, box, STEP_PS)
    yield "ASE", _ase(source, x, box, temperature)


def _compiled(source: Source, x: np.ndarray, box: float, temperature: float) -> Callable[[int], object]:
    """What moves the beads in the study itself, in its Langevin thermostat."""
    mass = source.only_mass("tables of speed")
    beads = Beads(x[None], box, mass)
    engines = engines_of([source.potential], np.zeros(1, int), box, temperature, name="compiled")
    bath = friction_bath(FRICTION_PER_PS, mass, temperature, STEP_PS)
    engine = engines(beads, bath, initial_state(beads, temperature, seed=0), 0)
    return lambda steps: engine.advance(1, steps)


def _ase(source: Source, x: np.ndarray, box: float, temperature: float) -> Callable[[int], object]:
    ase, units = import_module("ase"), import_module("ase.units")
    atoms = ase.Atoms(f"O{len(x)}", positions=ANGSTROM * x, cell=[ANGSTROM * box] * 3, pbc=True)
    atoms.set_masses([source.only_mass("tables of speed")] * len(x))
    atoms.calc = ThermalCalculator(source.potential, temperature)
    import_module("ase.md.velocitydistribution").thermalize_momenta(atoms, temperature_K=temperature)
    return import_module("ase.md.verlet").VelocityVerlet(atoms, STEP_PS * 1000 * units.fs).run


def _openmm(
    source: Source, x: np.ndarray, box: float, temperature: float, platform: str
) -> Callable[[int], object]:
    integrator, system = mm.VerletIntegrator(STEP_PS), openmm_system(source, box, len(x))
    context = make_context(system, integrator, Compute(platform, threads=1))
    context.setPositions(x)
    context.setVelocitiesToTemperature(temperature, 1)

    def run(steps: int, keep: mm.Context = context) -> None:
        integrator.step(steps)
        keep.getState(getEnergy=True)

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--temperature", type=float, default=300.0, metavar="KELVIN")
    parser.add_argument("--csv", type=Path, required=True, metavar="FILE")
    parser.add_argument("--platform", default="CPU", help="of OpenMM; CUDA times it alone (default: CPU)")
    arguments = parser.parse_args()
    limit_threads(1)
    source = Source.read(arguments.model, [arguments.temperature])
    table = engine_speed(source, platform=arguments.platform)
    print(table.to_string(index=False))
    write_table(table, arguments.csv)


if __name__ == "__main__":
    main()
