"""Potential energies from a file of columns, and the one that belongs to each frame."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from thermalcg.storage.conversion import UnknownUnit, conversion_factor
from thermalcg.storage.files import DatasetError

from .run_file import RunFile

#: How far the time of a frame may be from that of its energy, in intervals between energies: rounding in
#: files,
#: and far below the shift by half an interval that a mismatch would show.
TIME_TOLERANCE = 0.01

#: Relative rounding of times in files: single precision, or six digits.
ROUNDING = 2e-6

#: Relative difference of two energies of one time that is rounding: logs repeat a step where a run goes on.
SAME_ENERGY = 1e-6

#: Times that a message shows.
SHOWN = 3


@dataclass(frozen=True)
class EnergyTable:
    """Potential energies by time.

    Attributes:
        path: of the file, for messages.
        time: ps, shape (row,), increasing.
        energy: kJ/mol, shape (row,).
    """

    path: Path
    time: np.ndarray
    energy: np.ndarray

    def at(self, times: np.ndarray, trajectory: Path) -> np.ndarray:
        """The potential energy of every frame, kJ/mol, shape (time,).

        Args:
            times: of the frames, ps, shape (time,).
            trajectory: its path, for the message.

        Raises:
            DatasetError: a frame without an energy of its time; the message shows the first times of both.
        """
        gap = np.diff(self.time).min() if len(self.time) > 1 else 0.0
        right = np.clip(np.searchsorted(self.time, times), 1, max(1, len(self.time) - 1))
        right = np.minimum(right, len(self.time) - 1)
        left = np.maximum(right - 1, 0)
        nearest = np.where(np.abs(self.time[left] - times) < np.abs(self.time[right] - times), left, right)
        allowed = TIME_TOLERANCE * gap + ROUNDING * np.abs(times)
        bad = np.abs(self.time[nearest] - times) > allowed
        if bad.any():
            raise DatasetError(
                f"{self.path}: {int(bad.sum())} of {len(times)} frames of {trajectory} have no energy of "
                "their time, "
                f"the first at {times[bad][0]:.9g} ps; times of frames: {_shown(times)}; of energies: "
                f"{_shown(self.time)}; write energies at every frame, or give time_unit, time_column or "
                "timestep_fs"
            )
        return self.energy[nearest]


def read_energies(source: RunFile) -> EnergyTable:
    """The potential energies that a run file names.

    Raises:
        DatasetError: an unreadable file, columns that are not there, no unit, values that are not finite, or
            two energies of one time; the message names the file and what is allowed.
    """
    keys, path = source.run.energies, source.energies
    table, kind = _read_columns(path)
    if keys.column not in table:
        raise DatasetError(
            f"{path}: column is {keys.column!r}; allowed: {', '.join(map(repr, table.columns))}"
        )
    time = _times(table, keys.time_column, source, kind)
    factor = _energy_factor(keys.column, source, kind)
    try:
        energy = table[keys.column].to_numpy(float) * factor
    except ValueError:
        raise DatasetError(f"{path}: column {keys.column!r} holds words; allowed: numbers") from None
    if not (np.isfinite(time).all() and np.isfinite(energy).all()):
        row = int(np.flatnonzero(~(np.isfinite(time) & np.isfinite(energy)))[0])
        raise DatasetError(f"{path}: row {row} (from 0) of time or {keys.column!r} is not a finite number")
    return _sorted(path, time, energy)


def _read_columns(path: Path) -> tuple[pd.DataFrame, str]:
    """Columns of a file, and whether it is an XVG file, a log of LAMMPS or CSV."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: not a readable file of energies: {error}") from None
    if path.suffix.lower() == ".xvg" or re.search(r"^@ ", text, re.MULTILINE):
        return _xvg(text, path), "xvg"
    if re.search(r"^\s*Step\s+\S.*$", text, re.MULTILINE):
        return _lammps_log(text, path), "lammps"
    return _csv(text, path), "csv"


def _xvg(text: str, path: Path) -> pd.DataFrame:
    legends = re.findall(r'^@\s+s\d+\s+legend\s+"(.*)"', text, re.MULTILINE)
    rows = [line.split() for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#@&"]
    return _frame(rows, ["Time", *legends], path)


def _lammps_log(text: str, path: Path) -> pd.DataFrame:
    """Thermodynamic output of all runs of a log; lines between that are no numbers are passed over."""
    names, rows = None, []
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["Step"]:
            if names is not None and words != names:
                raise DatasetError(
                    f"{path}: runs of this log have the columns {names} and {words}; write energies of the "
                    "production run into a log of its own"
                )
            names, inside = words, True
        elif words[:2] == ["Loop", "time"]:
            inside = False
        elif names and inside and len(words) == len(names) and re.match(r"^\d+$", words[0]):
            rows.append(words)
    return _frame(rows, names or [], path)


def _csv(text: str, path: Path) -> pd.DataFrame:
    lines = [line for line in text.splitlines() if line.strip()]
    head = lines[0].lstrip("# ") if lines else ""
    separator = next((s for s in (",", ";", "\t") if s in head), None)
    rows = [
        [word.strip() for word in line.split(separator)] for line in lines[1:] if not line.startswith("#")
    ]
    return _frame(rows, [name.strip().strip('"') for name in head.split(separator)], path)


def _frame(rows: list[list[str]], names: list[str], path: Path) -> pd.DataFrame:
    if not rows or any(len(row) != len(names) for row in rows):
        widths = sorted({len(row) for row in rows})
        raise DatasetError(
            f"{path}: rows have {widths} columns, and {len(names)} have names ({', '.join(names)}); "
            "allowed: an XVG "
            "file with legends, the log of LAMMPS, or CSV with a first line of names"
        )
    return pd.DataFrame(rows, columns=names).apply(pd.to_numeric, errors="coerce")


def _times(table: pd.DataFrame, named: str | None, source: RunFile, kind: str) -> np.ndarray:
    path = source.energies
    if named is not None and named not in table:
        raise DatasetError(
            f"{path}: time_column is {named!r}; allowed: {', '.join(map(repr, table.columns))}"
        )
    column = named or next((c for c in table if c.lower().startswith("time")), table.columns[0])
    if column.lower() == "step":
        if source.run.timestep_fs is None:
            raise DatasetError(f"{path}: energies are numbered by steps; give timestep_fs in {source.path}")
        return table[column].to_numpy(float) * source.run.timestep_fs * 1e-3
    unit = source.run.energies.time_unit or _unit_in(column, "ps")
    if unit is None:
        unit = source.run.units.time if kind != "xvg" and source.run.units else "ps"
    return table[column].to_numpy(float) * conversion_factor(unit, "ps")


def _energy_factor(column: str, source: RunFile, kind: str) -> float:
    unit = source.run.energies.unit or _unit_in(column, "kJ/mol")
    if unit is None and kind == "xvg":
        unit = "kJ/mol"
    if unit is None and source.run.units is not None:
        unit = source.run.units.energy
    if unit is None:
        raise DatasetError(f"{source.energies}: {column!r} has no unit; give energies.unit in {source.path}")
    return conversion_factor(unit, "kJ/mol")


def _unit_in(column: str, expected: str) -> str | None:
    """The unit in brackets at the end of a column's name, as OpenMM writes it."""
    match = re.search(r"[(\[]([^()\[\]]+)[)\]]\s*$", column)
    try:
        conversion_factor(match[1], expected) if match else None
    except UnknownUnit:
        return None
    return match[1] if match else None


def _sorted(path: Path, time: np.ndarray, energy: np.ndarray) -> EnergyTable:
    order = np.argsort(time, kind="stable")
    time, energy = time[order], energy[order]
    again = np.flatnonzero(np.diff(time) == 0)
    other = again[np.abs(np.diff(energy)[again]) > SAME_ENERGY * np.abs(energy[again])]
    if other.size:
        raise DatasetError(
            f"{path}: the time {time[other[0]]:.9g} ps has two energies, {energy[other[0]]:.9g} and "
            f"{energy[other[0] + 1]:.9g} kJ/mol; cut the file where the restart began"
        )
    keep = np.append(np.diff(time) > 0, True)
    return EnergyTable(path, time[keep], energy[keep])


def _shown(times: np.ndarray) -> str:
    return ", ".join(f"{t:.9g}" for t in times[:SHOWN]) + " ps"
