"""What several datasets or tables have in common."""

from __future__ import annotations

from .kinds import Attribute as A
from .kinds import Column as C
from .kinds import Table
from .kinds import Variable as V

#: Of every dataset.
PROVENANCE = {
    "config_hash": A(None, "hash of the configuration that the file depends on"),
    "versions": A(None, "versions of the library and of the packages it used, as JSON"),
    "seed": A("1", "seed of the study"),
    "created_by": A(None, "rule that made the file"),
}

TEMPERATURE = A("K", "temperature")
BOX = A("nm", "edge of the cubic box")
MASS = A("amu", "mass of a bead")
TIME = V("time", "ps", "time since the end of the equilibration")
RUNG = V("rung", "K", "temperature of the rung; the first is that of the frames")
SPLIT = "0: for training, 1: for tests"

PLACE = {"temperature_K": TEMPERATURE, "box_nm": BOX}

#: Columns that mean the same in every table.
SHARED = {
    "architecture": C(None, "architecture of the model"),
    "mode": C(None, "training mode; `at_temperature` for every yardstick; empty for all-atom rows"),
    "temperature_K": C("K", "temperature of the run, frames or labels"),
    "molecules": C("1", "molecules in the box"),
    "claim": C(None, "what is claimed"),
    "threshold": C(
        None, "what the value is compared with: 1, or a size from section `claims` of the configuration"
    ),
    "side": C(None, "`at most` or `at least`: on which side of the threshold the claim holds"),
    "verdict": C(
        None,
        "`holds` or `fails`: the whole interval is on one side of the threshold; `undecided`: it contains it",
    ),
}

ENERGY2 = "kJ2/mol2/nm2"
FORCE, RESPONSE, SECOND = "kJ/mol/nm", "kJ/mol/nm/K", "kJ/mol/nm/K2"
DIFFUSION = "1e-9 m2/s"


def shared(names: str) -> dict[str, C]:
    """Columns of ``SHARED``, by their names with spaces between."""
    return {name: SHARED[name] for name in names.split()}


def interval(of: str, unit: str | None = "1") -> dict[str, C]:
    """Columns of the ends of an interval."""
    return {
        "low": C(unit, f"lower end of the 95 % interval of the {of}"),
        "high": C(unit, f"upper end of the 95 % interval of the {of}"),
    }


def table(name: str, rule: str, holds: str, columns: dict[str, C]) -> Table:
    """A table in the folder ``tables/``."""
    return Table((f"tables/{name}.csv",), rule, holds, columns)
