"""Write a trained force field for another engine: a folder with its files, an input that runs and a check."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

HELP = "a trained force field for LAMMPS, OpenMM or ASE"

ENGINES = ("lammps", "openmm", "ase")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="results/<study>/models/<architecture>/<model>.safetensors")
    parser.add_argument("--to", required=True, choices=ENGINES, help="the engine")
    parser.add_argument(
        "--temperature",
        type=float,
        nargs="+",
        required=True,
        metavar="KELVIN",
        help="temperatures of the force field; files of LAMMPS hold one each",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="is made if it is not there"
    )
    parser.add_argument(
        "--mass",
        type=float,
        nargs="+",
        metavar="AMU",
        help="of a bead; of each species in the order of `thermalcg info` (default: as in training)",
    )
    lammps = parser.add_argument_group("for LAMMPS")
    lammps.add_argument("--units", choices=("real", "metal"), default="real", help="default: real")
    lammps.add_argument(
        "--between", action="store_true", help="with files for every temperature between those asked for"
    )
    lammps.add_argument(
        "--memory", type=Path, metavar="FILE", help="a memory kernel, dynamics/kernel/<architecture>/<K>.nc"
    )


def run(arguments: argparse.Namespace) -> None:
    from thermalcg.export.folder import Wish, write_export
    from thermalcg.export.source import ExportError, Source
    from thermalcg.storage.files import DatasetError

    wish = Wish(arguments.units, arguments.between, arguments.memory)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries on import
            source = Source.read(arguments.model, arguments.temperature, arguments.mass)
            files = write_export(source, arguments.to, arguments.out, wish)
    except (DatasetError, ExportError) as error:
        sys.exit(f"refused: {error}")
    except OSError as error:
        sys.exit(f"refused: {error.filename or arguments.out} cannot be written: {error.strerror}")
    for path in files:
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB")
