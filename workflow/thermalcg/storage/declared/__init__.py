"""What every file and every table of a study holds: names, dimensions, units, meanings.

The reference of the documentation is made from these declarations, and tests hold the files to them.
"""

from .datasets import DATASETS
from .kinds import Attribute, Column, Dataset, OtherFile, Table, Variable, matches
from .other_files import OTHER_FILES
from .tables import TABLES

__all__ = [
    "DATASETS",
    "OTHER_FILES",
    "TABLES",
    "Attribute",
    "Column",
    "Dataset",
    "OtherFile",
    "Table",
    "Variable",
    "declaration",
    "matches",
]


def declaration(path: str) -> Dataset | Table | OtherFile:
    """The declaration of a file of a study.

    Args:
        path: relative to ``results/<study>/``, with slashes.

    Raises:
        KeyError: a file that is not declared.
    """
    for declared in (*DATASETS, *TABLES, *OTHER_FILES):
        if any(matches(pattern, path) for pattern in declared.paths):
            return declared
    raise KeyError(f"{path}: no such file is declared in thermalcg.storage.declared")
