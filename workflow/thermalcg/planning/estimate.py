"""What a study will cost on this machine: measures unit costs, then adds them up (``cost_estimate``).

python -m thermalcg.planning.estimate config.yaml resources/presets/paper.yaml --cores 16
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

# one thread, as in the jobs; read when the numerical libraries are first imported
for _name in ("OMP", "MKL", "NUMBA", "OPENBLAS"):
    os.environ[f"{_name}_NUM_THREADS"] = "1"
os.environ["OPENMM_CPU_THREADS"] = "1"

import pandas as pd

from thermalcg.config.files import read_config
from thermalcg.config.messages import ConfigError
from thermalcg.runtime.platforms import pin_to_one_core
from thermalcg.storage.files import atomic_path
from thermalcg.storage.tables import write_table

from .hardware import check_hardware
from .stages import estimate, wall_hours
from .targets import TARGETS, with_targets
from .unit_costs import measure_unit_costs


def as_text(table: pd.DataFrame, wall: tuple[float, float], cores: int) -> str:
    """The estimate for a terminal.

    Args:
        table: as ``cost_estimate.estimate`` gives it.
        wall: bounds of the wall time, h.
    """
    by_stage = table.groupby("stage", sort=False).agg(
        jobs=("jobs", "sum"),
        core_h=("core_h", "sum"),
        gpu_h=("gpu_h", "sum"),
        longest_s=("longest_s", "max"),
        memory_MB=("memory_MB", "max"),
        disk_MB=("disk_MB", "sum"),
    )
    by_stage.loc["all"] = {
        **by_stage[["jobs", "core_h", "gpu_h", "disk_MB"]].sum(),
        **by_stage[["longest_s", "memory_MB"]].max(),
    }
    shown = by_stage.astype({"jobs": int}).rename_axis(None)
    text = shown.to_string(
        formatters={
            "core_h": "{:.3g}".format,
            "gpu_h": "{:.3g}".format,
            "longest_s": "{:.0f}".format,
            "memory_MB": "{:.0f}".format,
            "disk_MB": "{:.0f}".format,
        }
    )
    low, high = (f"{60 * h:.0f} min" if h < 2 else f"{h:.1f} h" for h in wall)
    return (
        f"{text}\n\nlongest_s: one job; memory_MB: peak of one job; disk_MB: outputs before compression\n"
        f"wall time with {cores} core{'s' if cores > 1 else ''}: {low} to {high}"
    )


def main() -> None:
    """Print what a study will cost on this machine."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("config", type=Path, nargs="+", help="configuration files, as for Snakemake")
    parser.add_argument(
        "--cores", type=_cores, default="all", metavar="N", help="for the wall time; default: all"
    )
    parser.add_argument(
        "--target", choices=TARGETS, help="count what this target of make adds to the study; default: none"
    )
    parser.add_argument("--csv", type=Path, metavar="PATH", help="write the table by rule")
    parser.add_argument("--units", type=Path, metavar="PATH", help="write the measured unit costs (JSON)")
    arguments = parser.parse_args()
    cores = arguments.cores
    try:
        config = read_config(arguments.config)
        check_hardware(config)
    except ConfigError as error:
        sys.exit(f"configuration refused:\n{error}")

    pin_to_one_core()
    units = measure_unit_costs(config, lambda text: print(f"measuring {text}", flush=True))
    stages = with_targets(*([arguments.target] if arguments.target else []))
    table = estimate(config, units, stages)
    print(f"\n{as_text(table, wall_hours(config, units, cores, stages), cores)}")
    if arguments.csv:
        write_table(table, arguments.csv)
    if arguments.units:
        with atomic_path(arguments.units) as temporary:
            temporary.write_text(json.dumps(vars(units), indent=1) + "\n")


def _cores(text: str) -> int:
    """Of ``--cores``: a number, or all that this process may use."""
    if text == "all":
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; allowed: all, or a whole number >= 1")
    return int(text)


if __name__ == "__main__":
    main()
