"""Check whether the parts of trajectories belong together, before anything is trained on them.

Positions, forces, energies, times, box and temperature are held against each other: the mean mapped force
along a pair at distance r has to be kB T d ln g/dr (Yvon-Born-Green), which finds wrong units, a wrong
temperature and a wrong mapping. A file is a run file (YAML), which names a user's trajectory and its
mapping, or a mapped trajectory (mapped/{T}.nc). The command ends with an error where a check fails.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HELP = "whether forces, positions, energies and temperature of trajectories belong together"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="+", help="run file (.yaml) or mapped trajectory (.nc)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the table of all files there, too")
    parser.add_argument(
        "--figures", type=Path, metavar="FOLDER", help="draw forces against g(r), one figure a file"
    )


def run(arguments: argparse.Namespace) -> None:
    from thermalcg.runtime.threads import limit_threads

    limit_threads(1)
    import pandas as pd

    from thermalcg.figures import style
    from thermalcg.figures.trajectory_check import force_balance_panels
    from thermalcg.storage.files import DatasetError
    from thermalcg.storage.tables import write_table
    from thermalcg.trajectories.checks import as_text, check_trajectory

    tables, failed = [], []
    for file in arguments.file:
        try:
            found = check_trajectory(_mapped(file))
        except DatasetError as error:
            failed.append(file)
            print(f"{file}: refused\n{error}\n", flush=True)
            continue
        print(f"{file}, {found.temperature:g} K\n{as_text(found)}\n", flush=True)
        tables.append(found.labelled().assign(file=str(file)))
        failed += [file] if found.failed else []
        if arguments.figures:
            style.use()
            style.save(force_balance_panels(found.balances, found.temperature), arguments.figures / file.stem)
    if arguments.csv and tables:
        write_table(pd.concat(tables), arguments.csv)
    if failed:
        sys.exit(f"{len(failed)} of {len(arguments.file)} failed: {', '.join(map(str, failed))}")


def _mapped(file: Path):
    """The dataset of a run file or of a mapped trajectory."""
    import tempfile

    from thermalcg.storage.datasets import read_declared
    from thermalcg.storage.provenance import Provenance
    from thermalcg.trajectories.importing import import_run
    from thermalcg.trajectories.run_file import RunFile

    if file.suffix.lower() not in (".yaml", ".yml"):
        return read_declared(file, "mapped/{T}.nc")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mapped.nc"
        import_run(RunFile(file), path, Provenance("none", 0, "thermalcg check"))
        return read_declared(path, "mapped/{T}.nc")
