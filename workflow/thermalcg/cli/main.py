"""The parser of the command ``thermalcg``; each subcommand has a module of its own.

Nothing heavy is imported before a subcommand runs, so that ``--help`` is there at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from thermalcg import __version__
from thermalcg.runtime.compiled_code import keep_apart

from . import check, estimate, export, info, sharing, status

EXAMPLES = """examples:
  thermalcg check my_run.yaml --figures figures
  thermalcg estimate config.yaml resources/presets/smoke.yaml --cores 8
  thermalcg status results/default --config config.yaml
  thermalcg info results/default/models/spline/trf2.safetensors
  thermalcg export results/default/models/spline/trf2.safetensors --to lammps --temperature 300 --out water

The study itself is run from a clone: make reproduce.
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="thermalcg",
        description="Coarse-grained force fields with a thermal response: check trajectories, plan a study, "
        "follow it, and look into the models that it trained.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"thermalcg {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (check, estimate, status, sharing, info, export):
        name = module.__name__.rpartition(".")[2]
        own = commands.add_parser(name, help=module.HELP, description=module.__doc__)
        module.add_arguments(own)
        own.set_defaults(run=module.run)
    return top


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line; a configuration that is wrong ends it in words.

    Args:
        words: what follows ``thermalcg``; that of this process if None.
    """
    arguments = parser().parse_args(words)
    keep_apart()
    from thermalcg.config.messages import ConfigError

    try:
        arguments.run(arguments)
    except ConfigError as error:
        sys.exit(f"refused:\n{error}")
