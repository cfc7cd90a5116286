"""Differences of files from their declarations."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import xarray as xr

from thermalcg.storage.declared import Column, Dataset, Table, Variable, declaration, matches
from thermalcg.storage.declared.shared import PROVENANCE


def undeclared(folder: Path) -> dict[str, list[str]]:
    """Files of a study that are not as declared, each with what is wrong; hidden files do not count."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.name.startswith(".") and (wrong := _wrong(path, name)):
            found[name] = wrong
    return found


def _wrong(path: Path, name: str) -> list[str]:
    try:
        declared = declaration(name)
    except KeyError as error:
        return [str(error)]
    if isinstance(declared, Dataset):
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            return dataset_differences(dataset, declared)
    return table_differences(pd.read_csv(path), declared) if isinstance(declared, Table) else []


def dataset_differences(dataset: xr.Dataset, declared: Dataset) -> list[str]:
    """What a dataset has that is not declared, lacks that is, or has with other dimensions or units."""
    found = []
    for kind, present, known in (
        ("coordinate", dataset.coords, declared.coordinates),
        ("variable", dataset.data_vars, declared.variables),
    ):
        found += [f"{kind} {name} is not declared" for name in present if name not in known]
        for name, expected in known.items():
            if name in present:
                found += [f"{kind} {name}: {text}" for text in _differences(present[name], expected)]
            elif expected.always:
                found.append(f"{kind} {name} is missing")
    attributes = {**declared.attributes, **PROVENANCE}
    found += [f"attribute {name} is not declared" for name in dataset.attrs if name not in attributes]
    return found


def _differences(present: xr.DataArray, expected: Variable) -> list[str]:
    dims, unit = " ".join(map(str, present.dims)), present.attrs.get("units")
    found = [] if dims == expected.dims else [f"dimensions {dims!r}, declared {expected.dims!r}"]
    return found + ([] if unit == expected.unit else [f"unit {unit!r}, declared {expected.unit!r}"])


def table_differences(table: pd.DataFrame, declared: Table) -> list[str]:
    """Columns that are not declared, missing, or in another order."""
    present = [_declared_name(name, declared.columns) for name in table.columns]
    found = [
        f"column {name} is not declared" for name, known in zip(table, present, strict=True) if known is None
    ]
    found += [
        f"column {name} is missing"
        for name, column in declared.columns.items()
        if column.always and name not in present
    ]
    order = [name for name in declared.columns if name in present]
    if not found and list(dict.fromkeys(present)) != order:
        found.append(f"order {present}, declared {order}")
    return found


def _declared_name(name: str, columns: dict[str, Column]) -> str | None:
    return next((pattern for pattern in columns if matches(pattern, name)), None)
