"""Measure how many processes should share this machine's graphics card, and in which precision."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "how many processes should share the graphics card, and in which precision"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", type=Path, nargs="+", help="configuration files, as for Snakemake")
    parser.add_argument(
        "--contexts", type=int, nargs="+", default=[1, 2, 4, 8], metavar="N", help="numbers of processes"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement (default: 10)")
    choices = ("single", "mixed", "double")
    parser.add_argument("--precision", nargs="+", choices=choices, help="default: all that the device offers")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the table")


def run(arguments: argparse.Namespace) -> None:
    from thermalcg.config.files import read_config
    from thermalcg.planning.hardware import check_hardware
    from thermalcg.planning.sharing import FrameSampling, as_text, measure_sharing
    from thermalcg.storage.tables import write_table

    config = read_config(arguments.config)
    check_hardware(config)
    case, seconds = FrameSampling(config), arguments.seconds
    table = measure_sharing(case, arguments.contexts, arguments.precision, seconds=seconds)
    print(as_text(table))
    if arguments.csv:
        write_table(table, arguments.csv)
