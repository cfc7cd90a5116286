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
    from thermalcg.atomistic.water import WaterBox
    from thermalcg.benchmark.sharing import FrameSampling, LabelSampling, as_text, measure_sharing
    from thermalcg.config.files import read_config
    from thermalcg.config.messages import ConfigError
    from thermalcg.geometry.inputs import InputError
    from thermalcg.planning.hardware import check_hardware
    from thermalcg.runtime.settings import from_section
    from thermalcg.storage.tables import write_table

    config = read_config(arguments.config)
    check_hardware(config)
    case = FrameSampling(
        WaterBox.of(**config.water.model_dump()),
        config.temperatures.reference_K,
        config.mapping,
        config.compute.platform,
        from_section(LabelSampling, config.conditional.model_dump()),
    )
    try:
        table = measure_sharing(case, arguments.contexts, arguments.precision, seconds=arguments.seconds)
    except InputError as error:  # an option that does not suit the device
        raise ConfigError(str(error)) from None
    print(as_text(table))
    if arguments.csv:
        write_table(table, arguments.csv)
