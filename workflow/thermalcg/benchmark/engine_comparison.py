"""Whether two studies that differ in their CG engine find the same structure.

    python -m thermalcg.benchmark.engine_comparison results/default results/openmm --csv FILE

The second study is the first one with ``cg_md.engine: openmm``, on the same all-atom runs and models.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from thermalcg.statistics import rms
from thermalcg.storage.tables import write_table

#: Of ``structure_error.csv``: what tells a row, its value and its standard error.
ROW = ["observable", "architecture", "mode", "temperature_K"]
VALUE, ERROR = "square", "square_stderr"


def compare_engines(first: pd.DataFrame, second: pd.DataFrame, architecture: str = "spline") -> pd.DataFrame:
    """The square of each structural error by both engines, and their difference over its standard error.

    Both share the all-atom run and the models, whose errors count twice here: a difference over its error is
    smaller than it would be for independent studies.

    Args:
        first, second: ``structure_error.csv`` of the studies.
        architecture: whose runs are compared; that of the compiled engine.

    Returns:
        Columns of ``ROW``, ``first``, ``second``, ``difference``, ``stderr`` and ``difference_over_stderr``.

    Raises:
        ValueError: the studies do not have the same rows.
    """
    own, other = (
        table[table["architecture"] == architecture].set_index(ROW).sort_index() for table in (first, second)
    )
    if not len(own) or not own.index.equals(other.index):
        raise ValueError(
            f"{len(own)} and {len(other)} rows of {architecture}; needed: the same in both studies"
        )
    error = np.hypot(own[ERROR], other[ERROR])
    difference = other[VALUE] - own[VALUE]
    columns = {
        "first": own[VALUE],
        "second": other[VALUE],
        "difference": difference,
        "stderr": error,
        "difference_over_stderr": difference / error,
    }
    return pd.DataFrame(columns).reset_index()


def main() -> None:
    """Compare, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first", type=Path, help="folder of results")
    parser.add_argument("second", type=Path, help="that of the same study with the other engine")
    parser.add_argument("--csv", required=True, metavar="FILE")
    arguments = parser.parse_args()
    tables = [
        pd.read_csv(folder / "tables/structure_error.csv") for folder in (arguments.first, arguments.second)
    ]
    table = compare_engines(*tables)
    print(table.to_string(index=False))
    shares = table["difference_over_stderr"]
    print(
        f"{len(table)} differences, {rms(shares):.2f} of their errors rms, {shares.abs().max():.2f} at most"
    )
    write_table(table, arguments.csv)


if __name__ == "__main__":
    main()
