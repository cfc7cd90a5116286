"""Measure each kind of step on this machine for a moment and print what a whole study costs here."""

from __future__ import annotations

import argparse
from pathlib import Path

from thermalcg.runtime.threads import available_cores, limit_threads

HELP = "what a study costs on this machine: core-hours, GPU-hours, memory, disk, wall time"

#: Goals of make that add jobs to a study (``planning.goals.EXTRAS``).
GOALS = ("estimators", "engine", "economics")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", type=Path, nargs="+", help="configuration files, as for Snakemake")
    parser.add_argument(
        "--cores", type=cores, default="all", metavar="N", help="for the wall time (default: all)"
    )
    add_goal(parser)
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the table, a row for each rule")
    parser.add_argument("--units", type=Path, metavar="FILE", help="write what was measured (JSON)")


def add_goal(parser: argparse.ArgumentParser) -> None:
    """The option that counts the jobs of a goal of make."""
    text = "count what a goal of make adds to the study, such as `make estimators`"
    parser.add_argument("--with", dest="goals", action="append", default=[], choices=GOALS, help=text)


def cores(text: str) -> int:
    """A number of cores, or for "all" the number that this process may use."""
    if text == "all":
        return available_cores()
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; allowed: all, or a whole number >= 1")
    return int(text)


def run(arguments: argparse.Namespace) -> None:
    limit_threads(1)  # as in the jobs; before the numerical libraries are imported
    import json

    from thermalcg.config.files import read_config
    from thermalcg.planning.estimate import as_text, estimate
    from thermalcg.planning.hardware import check_hardware
    from thermalcg.planning.unit_costs import measure_unit_costs
    from thermalcg.runtime.platforms import pin_to_one_core
    from thermalcg.storage.files import atomic_path
    from thermalcg.storage.tables import write_table

    config = read_config(arguments.config)
    check_hardware(config)
    pin_to_one_core()
    units = measure_unit_costs(config, lambda text: print(f"measuring {text}", flush=True))
    table = estimate(config, units, arguments.goals)
    print(f"\n{as_text(table, arguments.cores)}")
    if arguments.csv:
        write_table(table, arguments.csv)
    if arguments.units:
        with atomic_path(arguments.units) as temporary:
            temporary.write_text(json.dumps(vars(units), indent=1) + "\n")
