"""The parts that a declaration is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

#: What stands for each word in braces of a path or of a column's name.
PLACEHOLDERS = {
    "T": "a temperature in K",
    "T0": "the reference temperature in K",
    "arch": "an architecture, `spline` or `hipnn_ts`",
    "model": "a training mode, or `at_temperature-{T}K` for the yardstick of one temperature",
    "batch": "the number of a batch of frames",
    "source": "a temperature in K, `cooler` or `hotter`",
    "replicate": "the number of a replicate",
    "size": "the number of molecules",
    "name": "the name of a figure, or of a rule and what it works on",
    "fs": "a time in fs",
    "engine": "`lammps`, `openmm` or `ase`",
    "copies": "the number of copies of the study's box along each edge",
}


@dataclass(frozen=True)
class Variable:
    """A variable or a coordinate of a dataset; its dimensions are separated by spaces.

    One that is not ``always`` there is left out where the run had nothing to write.
    """

    dims: str
    unit: str | None
    meaning: str
    always: bool = True


@dataclass(frozen=True)
class Attribute:
    """An attribute of a dataset; the unit of a text is None.  One not ``always`` there may be missing."""

    unit: str | None
    meaning: str
    always: bool = True


@dataclass(frozen=True)
class Dataset:
    """A NetCDF file, or several of one kind."""

    paths: tuple[str, ...]
    rule: str
    holds: str
    variables: dict[str, Variable]
    coordinates: dict[str, Variable] = field(default_factory=dict)
    attributes: dict[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A column of a table; the unit of a text is None.  One not ``always`` there may be missing."""

    unit: str | None
    meaning: str
    always: bool = True


@dataclass(frozen=True)
class Table:
    """A CSV file, or several of one kind, with its columns in their order."""

    paths: tuple[str, ...]
    rule: str
    holds: str
    columns: dict[str, Column]

    @property
    def name(self) -> str:
        """Name of the file without folder and ending."""
        return self.paths[0].rsplit("/", 1)[-1].removesuffix(".csv")


@dataclass(frozen=True)
class OtherFile:
    """A file that is neither a dataset nor a table."""

    paths: tuple[str, ...]
    rule: str
    holds: str


def matches(pattern: str, text: str) -> bool:
    """Whether a path or a name fits a pattern; ``{T}`` and the like stand for anything but a slash."""
    parts = re.split(r"\{(\w+)\}", pattern)
    expression = "".join("[^/]+" if i % 2 else re.escape(part) for i, part in enumerate(parts))
    return re.fullmatch(expression, text) is not None
