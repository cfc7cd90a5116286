"""The folder of an export: the potential, an input that runs, ten lines to read first, and a check file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openmm as mm

from thermalcg import __version__
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.dynamics.kernel_files import embedding_of
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.files import atomic_path

from . import run_scripts
from .check_file import Check, checks, write_checks
from .lammps_folder import lammps_facts, lammps_files, memory_files
from .lammps_units import LAMMPS_UNITS
from .openmm_system import TEMPERATURE, openmm_system
from .source import ExportError, Source

#: The engines, and what an export for each is called in its README.
ENGINES = {"lammps": "LAMMPS", "openmm": "OpenMM", "ase": "ASE"}


@dataclass(frozen=True)
class Wish:
    """What may be asked of an export.

    Attributes:
        units: unit style of LAMMPS.
        between: LAMMPS files for temperatures between those asked for.
        memory: a file ``dynamics/kernel/...nc`` whose memory kernel LAMMPS is to run with.
    """

    units: str = "real"
    between: bool = False
    memory: Path | None = None


def write_export(source: Source, engine: str, folder: Path, wish: Wish | None = None) -> list[Path]:
    """Write an export and return its files.

    Args:
        engine: one of ``ENGINES``.
        folder: made where it is not there; files of the same names are replaced.

    Raises:
        ExportError: an unknown engine, a network for tables, or a memory kernel of another temperature.
        OSError: the folder cannot be written.
    """
    if engine not in ENGINES:
        raise ExportError(f"engine is {engine!r}; allowed: {', '.join(ENGINES)}")
    wish = wish or Wish()
    if engine != "lammps" and (wish.between or wish.memory):
        raise ExportError(
            f"temperatures between and memory kernels are for LAMMPS, not for {ENGINES[engine]}"
        )
    if engine != "ase":
        source.spline  # noqa: B018  as the memory kernel: refused before anything is written
    if wish.memory:
        _memory(source, wish.memory)
    folder.mkdir(parents=True, exist_ok=True)
    made = checks(source)
    writer: Callable[[Source, list[Check], Path, Wish], list[str]] = {
        "lammps": _write_lammps, "openmm": _write_openmm, "ase": _write_ase,
    }[engine]  # fmt: skip
    facts = writer(source, made, folder, wish)
    write_checks(folder / "check.json", made, source)
    title = (
        f"# {source.metadata.get('mode', source.path.stem)} for {ENGINES[engine]}, by thermalcg {__version__}"
    )
    warning = (
        "W is a free energy: use it at the temperature it was made for, and never compare it with an "
        "all-atom energy.  The pressure is that of the CG model, not of the all-atom one."
    )
    check = "`check.json` holds energies, forces and pressures of the library for comparison."
    lines = [f"* {line}" for line in (*source.facts(), *facts, check, warning)]
    _write(folder / "README.md", "\n".join([title, "", *lines, ""]))
    return sorted(path for path in folder.iterdir() if path.is_file())


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text)


def _write_lammps(source: Source, made: list[Check], folder: Path, wish: Wish) -> list[str]:
    if wish.units not in LAMMPS_UNITS:
        raise ExportError(f"units are {wish.units!r}; allowed: {', '.join(LAMMPS_UNITS)}")
    units = LAMMPS_UNITS[wish.units]
    files = dict(lammps_files(source, made, units, wish.between))
    facts = lammps_facts(source, made, units)
    if wish.between:
        facts.append(
            "Any temperature: `lmp -in in.between -var T 310`, at the cost of one potential a function of T."
        )
    if wish.memory:
        files |= dict(memory_files(source, _memory(source, wish.memory), units))
        other = ", or `lmp -in in.prony` (fix gld)" if "in.prony" in files else ""
        facts.append(f"Motion with a memory kernel: `lmp -in in.memory` (fix gle, package EXTRA-FIX){other}.")
    for name, text in files.items():
        _write(folder / name, text)
    return facts


def _memory(source: Source, path: Path) -> Embedding:
    """The memory kernel of a file, which has to be that of the source's beads and temperature."""
    source.only_mass("a memory kernel")
    kernel = read_dataset(path, ("strength", "rate", "frequency"), ("temperature_K",))
    own = float(kernel.attrs["temperature_K"])
    if source.temperatures != (own,):
        raise ExportError(
            f"{path}: a memory kernel of {own:g} K; allowed with it: --temperature {own:g} alone"
        )
    return embedding_of(kernel)


def _write_openmm(source: Source, made: list[Check], folder: Path, wish: Wish) -> list[str]:
    system = openmm_system(source)
    _write(folder / "system.xml", mm.XmlSerializer.serialize(system))
    _write(folder / "start.xml", _state(system, source, made[0]))
    _write(folder / "run.py", run_scripts.OPENMM)
    return [
        "Units of the files: nm, ps, kJ/mol, K, amu.",
        f"No projection error: `system.xml` has the model's own functions, for {source.beads} beads"
        + (", whose species are those of `check.json`; " if len(source.names) > 1 else "; ")
        + "`thermalcg.export.openmm_system` makes it for others.",
        f"Run `python run.py [KELVIN]`; it needs OpenMM alone.  Parameter `{TEMPERATURE}` of the context is "
        "the temperature of the force field.",
    ]


def _state(system: mm.System, source: Source, check: Check) -> str:
    """A state to start from; velocities come from the script."""
    context = mm.Context(system, mm.VerletIntegrator(0.001), mm.Platform.getPlatformByName("Reference"))
    context.setPositions(check.positions[0])
    context.setParameter(TEMPERATURE, check.temperature)
    return mm.XmlSerializer.serialize(context.getState(getPositions=True, getParameters=True))


def _write_ase(source: Source, made: list[Check], folder: Path, wish: Wish) -> list[str]:
    with atomic_path(folder / "model.safetensors") as temporary:
        shutil.copyfile(source.path, temporary)
    _write(folder / "run.py", run_scripts.ASE)
    return [
        "Units: `model.safetensors` nm, ps, kJ/mol, K, amu; the calculator has ASE's (angstrom, eV, K).",
        "No projection error: the calculator calls the library, which has to be installed.",
        "Run `python run.py [KELVIN]`; it needs ASE.",
    ]
