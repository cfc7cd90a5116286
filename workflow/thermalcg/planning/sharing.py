"""How many processes should share a device, and what precision labels need: measured on this machine.

A small box leaves most of a graphics card idle, so that several jobs on one card may do more together than
one after the other.  How many depends on the card, the box, and whether NVIDIA's multi-process service (MPS)
runs.

    python -m thermalcg.planning.sharing config.yaml --contexts 1 2 4 8 --csv sharing.csv
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import cached_property
from pathlib import Path

import numpy as np
import openmm as mm
import pandas as pd

from thermalcg.atomistic.mapping import mapped_forces
from thermalcg.atomistic.water import (
    WaterBox,
    WaterModel,
    anchored_positions,
    anchored_system,
    load_water_model,
)
from thermalcg.benchmark.sampler_cost import STEP_PS, context_of, relaxed, steps_per_second
from thermalcg.config.files import read_config
from thermalcg.config.study import Config
from thermalcg.runtime.openmm_arrays import forces
from thermalcg.runtime.platforms import choose_platform
from thermalcg.storage.tables import write_table

PRECISIONS = ("single", "mixed", "double")

#: Platforms that leave no choice, and what they compute forces in.
FIXED_PRECISION = {"CPU": "single", "Reference": "double"}

#: Samples at fixed sites from which the scatter of mapped forces is taken.
SCATTER_SAMPLES = 100


class Case:
    """Conditional sampling of one frame of a configuration, and the platform it runs on."""

    def __init__(self, config: Config) -> None:
        cell = config.water
        self.water: WaterModel = load_water_model(cell.model)
        self.mapping, self.conditional = config.mapping, config.conditional
        self.platform = choose_platform(config.compute.platform)
        self.cutoff, self.temperature = cell.cutoff_nm, float(config.temperatures.reference_K)
        self.box = self.water.box_length(cell.molecules, cell.density_g_cm3)
        self.atoms = relaxed(self.water, cell.molecules, self.box, self.cutoff, self.temperature)
        self._arguments = (self.water, self.atoms, self.box, self.cutoff, self.temperature)

    def _on(self, precision: str) -> dict[str, object]:
        """Arguments of ``sampler_cost`` for the platform; of fixed precisions it does not want to hear."""
        fixed = self.platform in FIXED_PRECISION
        return {"threads": 1, "platform": self.platform, "precision": "" if fixed else precision}

    def context(self, precision: str) -> mm.Context:
        return context_of(f"anchored {self.mapping}", *self._arguments, **self._on(precision))

    def steps_per_second(self, processes: int, precision: str, seconds: float) -> float:
        """Of all processes together."""
        kind = f"anchored {self.mapping}"
        return steps_per_second(
            *self._arguments, processes, kind=kind, seconds=seconds, **self._on(precision)
        )

    @cached_property
    def offered(self) -> list[str]:
        """Precisions that the platform's device has."""
        if self.platform in FIXED_PRECISION:
            return [FIXED_PRECISION[self.platform]]
        return [precision for precision in PRECISIONS if self._works(precision)]

    def _works(self, precision: str) -> bool:
        try:
            self.context(precision)
        except mm.OpenMMException:  # OpenCL devices without double precision
            return False
        return True

    def device(self) -> str:
        """The name of the card, or how many cores there are."""
        context = self.context(self.offered[0])
        platform = context.getPlatform()
        if "DeviceName" in platform.getPropertyNames():
            return platform.getPropertyValue(context, "DeviceName")
        return f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores"

    def forces(self, context: mm.Context) -> np.ndarray:
        """Mapped forces of a context as it stands, kJ/mol/nm."""
        return mapped_forces(forces(context.getState(forces=True)), len(self.atoms))

    def force_deviation(self, precision: str) -> tuple[float, float]:
        """Rms difference of the mapped forces at the frame from those of the Reference platform (double).

        Both use the same mesh for long-range forces, so that the arithmetic alone makes the difference.

        Returns:
            In kJ/mol/nm, and over the rms of the forces.
        """
        context = self.context(precision)
        nonbonded = next(f for f in context.getSystem().getForces() if isinstance(f, mm.NonbondedForce))
        system = anchored_system(WaterBox(self.water, len(self.atoms), self.box, self.cutoff), self.mapping)
        exact = next(f for f in system.getForces() if isinstance(f, mm.NonbondedForce))
        exact.setPMEParameters(*nonbonded.getPMEParametersInContext(context))
        reference = mm.Context(system, mm.VerletIntegrator(0.001), mm.Platform.getPlatformByName("Reference"))
        reference.setPositions(anchored_positions(self.water, self.mapping, self.atoms).reshape(-1, 3))
        right = self.forces(reference)
        deviation = float(np.sqrt(np.mean((self.forces(context) - right) ** 2)))
        return deviation, deviation / float(np.sqrt(np.mean(right**2)))

    def label_stderr(self) -> float:
        """Least standard error of a mean-force label of this configuration: were all samples independent.

        The scatter at fixed sites comes from a short run here, the number of samples from the configuration.
        """
        s = self.conditional
        context, between = self.context(self.offered[0]), max(1, round(s.sample_interval_ps / STEP_PS))
        samples = []
        for _ in range(SCATTER_SAMPLES):
            context.getIntegrator().step(between)
            samples.append(self.forces(context))
        scatter = np.sqrt(np.mean(np.var(samples, axis=0, ddof=1)))
        return float(scatter / np.sqrt(s.chains * max(s.response_ps, s.mean_force_ps) / s.sample_interval_ps))


def mps_folder() -> str:
    """Where NVIDIA's multi-process service listens; empty where it does not run."""
    folder = Path(os.environ.get("CUDA_MPS_PIPE_DIRECTORY", "/tmp/nvidia-mps"))
    return str(folder) if (folder / "control").exists() else ""


def measure_sharing(
    case: Case,
    contexts: list[int],
    precisions: list[str] | None = None,
    seconds: float = 10.0,
    rounds: int = 3,
) -> pd.DataFrame:
    """Throughput against the number of processes on the device, and the accuracy of each precision.

    In every round one process runs first and all numbers follow, so that each is compared with one process
    of its own round.

    Args:
        contexts: numbers of processes; 1 is added.
        precisions: those that the device has, if None.
        seconds: of each measurement.

    Returns:
        A row for each precision and number: steps per second of all processes together (median), its ratio
        to one process (median, least and largest of the rounds), deviation of mapped forces, least standard
        error of a label.

    Raises:
        ValueError: a precision that the device has not, a number of processes below 1.
    """
    offered = case.offered
    for precision in precisions or []:
        if precision not in offered:
            raise ValueError(
                f"--precision is {precision!r}; {case.platform} on this machine offers: {', '.join(offered)}"
            )
    if bad := [n for n in contexts if n < 1]:
        raise ValueError(f"--contexts is {bad[0]}; allowed: a whole number >= 1")
    numbers = sorted({1, *contexts})
    common = {"platform": case.platform, "device": case.device(), "mps": int(bool(mps_folder()))}
    stderr, rows = case.label_stderr(), []
    for precision in precisions or offered:
        deviation, relative = case.force_deviation(precision)
        speeds = np.array(
            [[case.steps_per_second(n, precision, seconds) for n in numbers] for _ in range(rounds)]
        )
        ratios = speeds / speeds[:, :1]
        for column, n in enumerate(numbers):
            rows.append(
                {
                    **common,
                    "molecules": len(case.atoms),
                    "precision": precision,
                    "contexts": n,
                    "steps_per_s": float(np.median(speeds[:, column])),
                    "ratio": float(np.median(ratios[:, column])),
                    "low": float(ratios[:, column].min()),
                    "high": float(ratios[:, column].max()),
                    "force_deviation_kJ_per_mol_nm": deviation,
                    "relative_deviation": relative,
                    "label_stderr_kJ_per_mol_nm": stderr,
                }
            )
    return pd.DataFrame(rows)


def as_text(table: pd.DataFrame) -> str:
    """The table for a terminal."""
    first = table.iloc[0]
    lines = [f"{first['platform']} ({first['device']}), {first['molecules']} molecules"]
    if first["platform"] == "CUDA":
        lines.append(f"NVIDIA MPS: {mps_folder() or 'does not run'}")
    for precision, rows in table.groupby("precision", sort=False):
        row = rows.iloc[0]
        lines += [
            "",
            f"{precision}: mapped forces are off by {row['force_deviation_kJ_per_mol_nm']:.2g} kJ/mol/nm rms"
            f" ({row['relative_deviation']:.1g} of their own); a label's standard error is at least"
            f" {row['label_stderr_kJ_per_mol_nm']:.2g}",
            rows[["contexts", "steps_per_s", "ratio", "low", "high"]].to_string(
                index=False, float_format="{:.3g}".format
            ),
        ]
    return "\n".join(lines)


def main() -> None:
    """Throughput of conditional sampling against the number of processes that share the device."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("config", type=Path, nargs="+", help="configuration files, as for Snakemake")
    parser.add_argument("--contexts", type=int, nargs="+", default=[1, 2, 4, 8], metavar="N")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each of the three measurements")
    parser.add_argument("--precision", nargs="+", choices=PRECISIONS, help="default: all that there are")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the table")
    arguments = parser.parse_args()
    try:
        case = Case(read_config(arguments.config))
        table = measure_sharing(case, arguments.contexts, arguments.precision, arguments.seconds)
    except ValueError as error:  # of the configuration or an option, with what is allowed
        sys.exit(f"refused:\n{error}")
    print(as_text(table))
    if arguments.csv:
        write_table(table, arguments.csv)


if __name__ == "__main__":
    main()
