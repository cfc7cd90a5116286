"""Labelled datasets on disk: atomic writes, checked reads, provenance."""

from __future__ import annotations

import glob
import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import xarray as xr

#: Packages whose versions are written into every output.
RECORDED_PACKAGES = ("openmm", "torch", "numpy", "scipy", "mdtraj", "hippynn", "numba", "xarray", "snakemake")


class DatasetError(RuntimeError):
    """A file is missing, truncated, lacks a variable or holds values that are not finite."""


@dataclass(frozen=True)
class Provenance:
    """Where an output comes from; written into its attributes."""

    config_hash: str
    seed: int
    created_by: str

    def attributes(self) -> dict[str, str | int]:
        return {
            "config_hash": self.config_hash,
            "seed": self.seed,
            "created_by": self.created_by,
            "versions": json.dumps(versions()),
        }


def versions() -> dict[str, str]:
    """Installed versions of the packages that the numbers depend on."""
    found = {}
    for name in RECORDED_PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def derive_seed(seed: int, *labels: object) -> int:
    """A seed in [1, 2^31) for one named piece of work, the same on every machine."""
    digest = hashlib.sha256(repr((seed, *map(str, labels))).encode()).digest()
    return 1 + int.from_bytes(digest[:8], "little") % (2**31 - 2)


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its name once it is whole on disk.

    Raises:
        OSError: it cannot be written (a full disk, a folder without permission); names the file.
    """
    path = Path(path)
    # the suffix is kept, since some writers choose their format by it
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # what killed runs left: one process at a time makes a file
        for old in path.parent.glob(f".{glob.escape(path.stem)}.*.part{path.suffix}"):
            old.unlink(missing_ok=True)
        yield temporary
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if error.errno and not error.filename:  # a write does not know where it goes
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_dataset(dataset: xr.Dataset, path: str | Path, provenance: Provenance) -> None:
    """Write a dataset atomically, compressed and with checksums, with its provenance.

    Raises:
        ValueError: a variable without an attribute ``units``.
    """
    without = [str(name) for name, v in dataset.data_vars.items() if "units" not in v.attrs]
    if without:
        raise ValueError(f"{path}: variables without units: {without}")
    dataset = dataset.assign_attrs(provenance.attributes())
    encoding = {
        name: {"zlib": True, "complevel": 1, "shuffle": True, "fletcher32": True}
        for name, v in dataset.data_vars.items()
        if v.ndim and v.dtype.kind in "fiu"
    }
    # through memory: HDF5 brings the process down where the disk is full
    content = io.BytesIO()
    dataset.to_netcdf(content, engine="h5netcdf", encoding=encoding)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content.getbuffer())


def read_dataset(path: str | Path, required: Iterable[str] = ()) -> xr.Dataset:
    """Read a dataset into memory; the required variables have to be there and finite.

    Raises:
        DatasetError: missing or unreadable file, missing variable, NaN or infinity; the
            message names the file and the variable.
    """
    path = Path(path)
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    try:
        with xr.open_dataset(path, engine="h5netcdf") as handle:
            dataset = handle.load()
    except Exception as error:
        raise DatasetError(f"{path}: not a readable NetCDF-4 file (truncated?): {error}") from error
    for name in required:
        if name not in dataset:
            raise DatasetError(
                f"{path}: variable {name!r} is missing; found: {sorted(map(str, dataset.data_vars))}"
            )
        bad = ~np.isfinite(dataset[name].values)
        if bad.any():
            raise DatasetError(f"{path}: variable {name!r} holds {int(bad.sum())} values that are not finite")
    return dataset


def variable(dims: tuple[str, ...], values: np.ndarray, units: str, **attributes: object) -> xr.DataArray:
    """A data array with units."""
    return xr.DataArray(values, dims=dims, attrs={"units": units, **attributes})


def read_table(path: str | Path, required: Iterable[str] = (), **options: object):
    """Read a table that was written as CSV; the required columns have to be there.

    Args:
        options: of ``pandas.read_csv``.

    Raises:
        DatasetError: missing, empty or unreadable file, or missing columns; the message names both.
    """
    import pandas as pd

    path = Path(path)
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    try:
        frame = pd.read_csv(path, **options)
    except ValueError as error:  # pandas' own errors are ValueErrors, and so is text that is not UTF-8
        raise DatasetError(f"{path}: not a readable table (truncated?): {error}") from error
    if missing := [name for name in required if name not in frame]:
        raise DatasetError(f"{path}: columns {missing} are missing; found: {list(frame)}")
    return frame


def write_table(frame, path: str | Path) -> None:
    """Write a pandas table as CSV, atomically, with enough digits to compare runs."""
    with atomic_path(path) as temporary:
        frame.to_csv(temporary, index=False, float_format="%.6g")
