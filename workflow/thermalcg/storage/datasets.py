"""Labelled datasets on disk: atomic writes, checked reads, provenance."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from .files import DatasetError, atomic_path
from .provenance import Provenance


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
