"""Labelled datasets on disk: atomic writes, checked reads in the library's units, provenance."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from .conversion import VARIABLE_UNITS, UnknownUnit, conversion_factor
from .declared import declaration
from .files import DatasetError, atomic_path
from .provenance import Provenance

#: Positions, which mean nothing without the box in which they are periodic.
PERIODIC = frozenset({"position", "atom_position", "site_position", "sample_position"})


def write_dataset(dataset: xr.Dataset, path: str | Path, provenance: Provenance) -> None:
    """Write a dataset atomically, compressed and with checksums, with its provenance.

    Raises:
        ValueError: a variable without an attribute ``units``, or with another one than the library's.
    """
    without = [str(name) for name, v in dataset.data_vars.items() if "units" not in v.attrs]
    if without:
        raise ValueError(f"{path}: variables without units: {without}")
    for name in VARIABLE_UNITS.keys() & dataset.data_vars.keys():
        given, expected = dataset[name].attrs["units"], VARIABLE_UNITS[name]
        if given != expected:
            raise ValueError(f"{path}: variable {name!r} is in {given!r}; the library's unit is {expected!r}")
    dataset = dataset.assign_attrs(provenance.attributes())
    encoding = {
        name: {"zlib": True, "complevel": 1, "shuffle": True, "fletcher32": True}
        for name, v in dataset.data_vars.items()
        if v.ndim and v.dtype.kind in "fiu"
    }
    with atomic_path(path) as temporary, temporary.open("w+b", buffering=0) as file:
        disk = _Disk(file)
        dataset.to_netcdf(disk, engine="h5netcdf", encoding=encoding)
        if disk.error:
            raise disk.error


class _Disk(io.RawIOBase):
    """A file whose failed writes are kept as ``error`` and told to nobody.

    HDF5 brings the process down where it hears of a full disk.
    """

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, content: Any) -> int:
        rest = whole = memoryview(content).cast("B")
        try:
            while self.error is None and len(rest):
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self.error = error
        return len(whole)

    def readinto(self, content: Any) -> int:
        whole = memoryview(content).cast("B")
        rest = whole
        while len(rest) and (found := self._file.readinto(rest)):
            rest = rest[found:]
        if self.error is None:
            return len(whole) - len(rest)
        rest[:] = bytes(len(rest))  # of what could not be written
        return len(whole)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def truncate(self, size: int | None = None) -> int:
        try:
            return self._file.truncate(size)
        except OSError as error:
            self.error = self.error or error
            return size or 0

    def readable(self) -> bool:
        return True

    writable = seekable = readable


def read_dataset(
    path: str | Path, required: Iterable[str] = (), attributes: Iterable[str] = ()
) -> xr.Dataset:
    """Read a dataset into memory, its variables in the units of the library.

    Variables that the library knows by name (``conversion.VARIABLE_UNITS``) are converted from other known
    units of the same dimension.  A coordinate without a unit is taken to be in that of the library.

    Args:
        required: variables that have to be there, and finite.
        attributes: numbers that have to be there, and positive (``temperature_K``, ``bead_mass_amu``); where
            positions are required, ``box_nm`` is so too: one number, or three.

    Raises:
        DatasetError: missing or unreadable file, missing variable or attribute, an unknown unit or none, NaN
            or infinity; the message names the file and the variable.
    """
    path = Path(path)
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    try:
        # times stay numbers with a unit
        with xr.open_dataset(path, engine="h5netcdf", decode_times=False) as handle:
            dataset = handle.load()
    except Exception as error:
        raise DatasetError(f"{path}: not a readable NetCDF-4 file (truncated?): {error}") from error
    required = list(required)
    for name in required:
        if name not in dataset:
            raise DatasetError(
                f"{path}: variable {name!r} is missing; found: {sorted(map(str, dataset.data_vars))}"
            )
        bad = ~np.isfinite(dataset[name].values)
        if bad.any():
            raise DatasetError(f"{path}: variable {name!r} holds {int(bad.sum())} values that are not finite")
    if PERIODIC.intersection(required):
        attributes = ["box_nm", *attributes]
    for name in attributes:
        _check_attribute(dataset, name, path)
    return _in_library_units(dataset, path)


def _check_attribute(dataset: xr.Dataset, name: str, path: Path) -> None:
    """Refuse a dataset without the attribute, or with one that is no positive number; of a box, three."""
    if name not in dataset.attrs:
        raise DatasetError(f"{path}: attribute {name!r} is missing; found: {sorted(map(str, dataset.attrs))}")
    value, box = np.asarray(dataset.attrs[name]).tolist(), name == "box_nm"
    numbers = value if box and isinstance(value, list) and len(value) == 3 else [value]
    if not all(isinstance(x, int | float) and 0 < x < np.inf for x in numbers):
        allowed = "a number > 0, or three" if box else "a number > 0"
        raise DatasetError(f"{path}: attribute {name!r} is {value!r}; allowed: {allowed}")


def box_of(dataset: xr.Dataset) -> float | np.ndarray:
    """The box of a dataset, nm: the edge of a cube, or the three edges of another box, shape (3,)."""
    box = np.asarray(dataset.attrs["box_nm"], float)
    return float(box) if box.size == 1 else box


def _in_library_units(dataset: xr.Dataset, path: Path) -> xr.Dataset:
    """The same dataset with every variable of ``VARIABLE_UNITS`` in its unit there."""
    converted = {}
    for name in VARIABLE_UNITS.keys() & dataset.variables.keys():
        expected, found = VARIABLE_UNITS[name], dataset[name]
        given = found.attrs.get("units", expected if name in dataset.coords else None)
        if given is None:
            raise DatasetError(f"{path}: variable {name!r} has no unit; allowed: {expected} or one like it")
        try:
            factor = conversion_factor(str(given), expected)
        except UnknownUnit as error:
            raise DatasetError(f"{path}: variable {name!r}: {error}") from None
        if factor != 1:
            converted[name] = (found.dims, found.values * factor, {**found.attrs, "units": expected})
    return dataset.assign(converted) if converted else dataset


def read_declared(path: str | Path, kind: str, also: Iterable[str] = ()) -> xr.Dataset:
    """Read a dataset that holds everything which is declared for files of its kind.

    Values need not be finite: those of runs that failed are not.

    Args:
        kind: a path of ``thermalcg.storage.declared``, such as ``mapped/{T}.nc``.
        also: variables of this kind that need not always be there, but here.

    Raises:
        DatasetError: as ``read_dataset``; a missing variable, coordinate or attribute.
    """
    declared, dataset = declaration(kind), read_dataset(path)
    for what, present, known in (
        ("variable", dataset.variables, declared.variables | declared.coordinates),
        ("attribute", dataset.attrs, declared.attributes),
    ):
        for name, expected in known.items():
            if name not in present and (name in also or getattr(expected, "always", True)):
                found = sorted(map(str, present))
                raise DatasetError(f"{path}: {what} {name!r} is missing; found: {found}")
    return dataset


def read_by_temperature(paths: Iterable[str | Path], required: Iterable[str] = ()) -> dict[float, xr.Dataset]:
    """Datasets by their attribute ``temperature_K``, in the order of the paths; see ``read_dataset``."""
    required = tuple(required)
    loaded = [read_dataset(path, required, ("temperature_K",)) for path in paths]
    return {float(data.attrs["temperature_K"]): data for data in loaded}


def variable(dims: tuple[str, ...], values: np.ndarray, units: str, **attributes: object) -> xr.DataArray:
    """A data array with units."""
    return xr.DataArray(values, dims=dims, attrs={"units": units, **attributes})
