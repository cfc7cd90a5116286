"""Print how far a study is and when it will end, from the logs in its folder alone; at any time."""

from __future__ import annotations

import argparse
from pathlib import Path

from .estimate import add_goal

HELP = "how far a study is, and when it ends"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", type=Path, help="its folder, results/<study>")
    parser.add_argument(
        "--config", type=Path, nargs="+", metavar="FILE", help="its configuration files, to predict the end"
    )
    add_goal(parser)


def run(arguments: argparse.Namespace) -> None:
    from thermalcg.planning.status import report

    expected = None
    if arguments.config:
        from thermalcg.config.files import read_config
        from thermalcg.planning.estimate import expected_jobs

        expected = expected_jobs(read_config(arguments.config), arguments.goals)
    print(report(arguments.study, expected))
