"""Tables of results, as CSV files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .files import DatasetError, atomic_path


def read_table(path: str | Path, required: Iterable[str] = (), **options: object):
    """Read a CSV table as a pandas data frame; the required columns have to be there.

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
