"""Files of sites that are mapped already: NPZ and NetCDF, read a frame or a few at a time.

They hold ``position`` (time, bead, 3), ``force`` (time, bead, 3), ``potential_energy`` (time), ``box`` (an
edge, three edges, or one of them for each frame), and may hold ``time`` (time), ``velocity`` (time, bead,
3), ``bead_energy`` (time, bead) and ``species`` (bead).
"""

from __future__ import annotations

import contextlib
import itertools
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from thermalcg.storage.conversion import UnknownUnit, conversion_factor
from thermalcg.storage.files import DatasetError

from .frames import AGAIN, Frame, cut_off, edges_of, wrong_size
from .mapping_file import Group, Mapping
from .run_file import RunFile

#: Kind of unit of each variable, and the unit of the library.
KINDS = {
    "position": ("length", "nm"),
    "box": ("length", "nm"),
    "force": ("force", "kJ/mol/nm"),
    "velocity": ("velocity", "nm/ps"),
    "potential_energy": ("energy", "kJ/mol"),
    "bead_energy": ("energy", "kJ/mol"),
    "time": ("time", "ps"),
}
PER_FRAME = ("position", "force", "velocity", "potential_energy", "bead_energy", "time")

#: Values of a variable of a NetCDF file that are read at once.
CHUNK_VALUES = 500_000


class _Rows:
    """An array of an NPZ file, one row after the other, without the whole of it in memory."""

    def __init__(self, path: Path, name: str, stack: contextlib.ExitStack) -> None:
        archive = stack.enter_context(zipfile.ZipFile(path))
        self.handle = stack.enter_context(archive.open(f"{name}.npy"))
        version = np.lib.format.read_magic(self.handle)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        self.shape, fortran, self.dtype = read(self.handle)
        if self.dtype.hasobject or (fortran and len(self.shape) > 1):
            raise DatasetError(f"{path}: {name} is an array of {self.dtype}; allowed: numbers in C order")

    def __iter__(self) -> Iterator[np.ndarray]:
        size = int(np.prod(self.shape[1:])) * self.dtype.itemsize
        for _ in range(self.shape[0] if self.shape else 0):
            yield np.frombuffer(self.handle.read(size), self.dtype).reshape(self.shape[1:])


class _Variable:
    """A variable of a NetCDF file, one row after the other."""

    def __init__(self, array: xr.DataArray) -> None:
        self.array, self.shape = array, array.shape

    def __iter__(self) -> Iterator[np.ndarray]:
        rows = max(1, CHUNK_VALUES // max(1, int(np.prod(self.shape[1:]))))
        for start in range(0, self.shape[0], rows):
            yield from self.array[start : start + rows].values


class SiteFile:
    """An open file of sites.

    Attributes:
        factors: what to multiply each variable with.
        rows: variables that have a row for each frame.
        box: edge or edges, in the unit of the file; with a row for each frame if it has ``frames`` of them.
        species: name of the species of every bead.

    Raises:
        DatasetError: an unreadable file, missing variables, other shapes, unknown units or none.
    """

    def __init__(self, path: Path, source: RunFile, stack: contextlib.ExitStack) -> None:
        self.path, self.source = path, source
        names, units, rows, whole = self._open(stack)
        for name in ("position", "box"):
            if name not in names:
                raise DatasetError(f"{path}: {name} is missing; found: {', '.join(sorted(names))}")
        self.factors = {name: self._factor(name, units.get(name)) for name in KINDS if name in names}
        self.rows = {name: rows(name) for name in PER_FRAME if name in names}
        self.frames, self.beads = self._sizes()
        self.box = np.asarray(whole("box"), float)
        self.species = self._species(whole("species") if "species" in names else None)

    def _open(self, stack: contextlib.ExitStack):
        path = self.path
        try:
            if path.suffix.lower() == ".npz":
                with zipfile.ZipFile(path) as archive:
                    names = {name.removesuffix(".npy") for name in archive.namelist()}
                loaded = stack.enter_context(np.load(path))
                return names, {}, lambda name: _Rows(path, name, stack), lambda name: loaded[name]
            data = stack.enter_context(xr.open_dataset(path, decode_times=False))
        except Exception as error:
            raise DatasetError(
                f"{path}: not a readable file of sites (truncated?): {error}; {AGAIN}"
            ) from error
        units = {str(name): v.attrs["units"] for name, v in data.variables.items() if "units" in v.attrs}
        names = {str(name) for name in data.variables}
        return names, units, lambda name: _Variable(data[name]), lambda name: data[name].values

    def _factor(self, name: str, unit: str | None) -> float:
        kind, expected = KINDS[name]
        if unit is not None:
            try:
                return conversion_factor(str(unit), expected)
            except UnknownUnit as error:
                raise DatasetError(f"{self.path}: {name}: {error}") from None
        if self.source.run.units is None:
            raise DatasetError(
                f"{self.path}: {name} has no unit; give units in {self.source.path}, for instance "
                "units: {length: nm, energy: kJ/mol}"
            )
        return self.source.run.units.factors[kind]

    def _sizes(self) -> tuple[int, int]:
        shape = self.rows["position"].shape
        if len(shape) != 3 or shape[2] != 3:
            raise DatasetError(f"{self.path}: position has shape {shape}; allowed: (time, bead, 3)")
        for name, row in self.rows.items():
            expected = {"potential_energy": shape[:1], "time": shape[:1], "bead_energy": shape[:2]}.get(
                name, shape
            )
            if row.shape != expected:
                if name in ("force", "velocity") and row.shape[:1] == shape[:1] and len(row.shape) == 3:
                    raise wrong_size(self.path, 0, name, row.shape[1], shape[1])
                raise DatasetError(
                    f"{self.path}: {name} has shape {row.shape}; expected: {expected}, as position"
                )
        if "time" not in self.rows and self.source.run.frame_interval_ps is None:
            raise DatasetError(f"{self.path}: time is missing; give frame_interval_ps in {self.source.path}")
        return shape[0], shape[1]

    def _species(self, given: np.ndarray | None) -> list[str]:
        if given is None:
            return ["bead"] * self.beads
        if given.shape != (self.beads,):
            raise DatasetError(f"{self.path}: species has shape {given.shape}; expected: ({self.beads},)")
        names = [str(name.decode() if isinstance(name, bytes) else name) for name in given.tolist()]
        if empty := [index for index, name in enumerate(names) if not name.strip()]:
            raise DatasetError(f"{self.path}: bead {empty[0]} has no species; allowed: a name for every bead")
        return names

    def edges(self, index: int) -> np.ndarray:
        """Edges of the box in a frame, nm, shape (3,)."""
        box = self.box * self.factors["box"]
        if box.shape and box.shape[0] == self.frames and box.shape not in ((3,), (3, 3)):
            box = box[index]
        return edges_of(box, self.path, index)


def site_mapping(source: RunFile) -> Mapping:
    """The mapping of a file of sites: every bead is its own atom.

    Raises:
        DatasetError: see ``SiteFile``; a run file without masses, or with other species than the file.
    """
    with contextlib.ExitStack() as stack:
        species = SiteFile(source.parts[0], source, stack).species
    mass, groups = _masses(source, species), []
    first = 0
    for name, beads in itertools.groupby(species):
        count = len(list(beads))
        groups.append(Group(first, count, np.ones(1), np.ones(1, bool), np.array([mass[name]]), name, name))
        first += count
    return Mapping(str(source.parts[0]), tuple(groups))


def _masses(source: RunFile, species: list[str]) -> dict[str, float]:
    """Mass of a bead of each species, amu."""
    given, names = source.run.bead_mass_amu, set(species)
    if given is None:
        raise DatasetError(f"{source.path}: bead_mass_amu is missing; allowed: the mass of a bead, amu")
    if not isinstance(given, dict):
        return dict.fromkeys(names, given)
    if names != set(given):
        raise DatasetError(
            f"{source.path}: bead_mass_amu has the species {sorted(given)}, and the beads of "
            f"{source.parts[0]} have "
            f"{sorted(names)}; allowed: a mass for each species that has beads, and for no other"
        )
    return given


def site_frames(path: Path, source: RunFile, atoms: int) -> Iterator[Frame]:
    """Frames of a file of sites.

    Raises:
        DatasetError: see ``SiteFile``; another number of beads, or a file that ends within a frame.
    """
    with contextlib.ExitStack() as stack:
        file = SiteFile(path, source, stack)
        if file.beads != atoms:
            raise wrong_size(path, 0, "positions", file.beads, atoms)
        rows = {name: iter(row) for name, row in file.rows.items()}
        time = None
        for index in range(file.frames):
            try:
                row = {name: next(values) * file.factors[name] for name, values in rows.items()}
            except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
                raise cut_off(path, index, time) from error
            interval = source.run.frame_interval_ps
            time = float(row["time"]) if "time" in row else index * interval
            energy = row.get("potential_energy")
            yield Frame(
                time,
                file.edges(index),
                row["position"],
                row.get("force"),
                row.get("velocity"),
                energy=None if energy is None else float(energy),
                atom_energy=row.get("bead_energy"),
            )
