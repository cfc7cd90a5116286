"""Print how far a study is and when it will end, from the logs in its folder alone; at any time."""

from __future__ import annotations

import argparse
import sys
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
        from thermalcg.config.messages import ConfigError
        from thermalcg.planning.estimate import expected_jobs

        try:
            config = read_config(arguments.config)
        except ConfigError as error:
            sys.exit(f"configuration refused:\n{error}")
        expected = expected_jobs(config, [arguments.goal] if arguments.goal else [])
    print(report(arguments.study, expected))
