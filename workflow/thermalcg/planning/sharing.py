"""How many processes should share a device, and what precision labels need: measured on this machine.

A small box leaves most of a graphics card idle, so that jobs may do more together than one after the other.
How many depends on the card, the box, and whether NVIDIA's multi-process service (MPS) runs.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import numpy as np
import openmm as mm
import pandas as pd

from thermalcg.atomistic.mapping import mapped_forces
from thermalcg.atomistic.water import WaterBox, anchored_positions, anchored_system
from thermalcg.benchmark.sampler_cost import STEP_PS, Liquid, context_of, steps_per_second
from thermalcg.config.study import Config
from thermalcg.runtime.openmm_arrays import forces
from thermalcg.runtime.platforms import Compute, choose_platform
from thermalcg.statistics import rms

#: Platforms that leave no choice of precision, and what they compute forces in.
FIXED_PRECISION = {"CPU": "single", "Reference": "double"}

#: Samples at fixed sites from which the scatter of mapped forces is taken.
SCATTER_SAMPLES = 100


class FrameSampling:
    """Conditional sampling of one frame of a configuration, and the platform it runs on."""

    def __init__(self, config: Config) -> None:
        self.box, self.temperature = WaterBox.of(**config.water.model_dump()), config.temperatures.reference_K
        self.mapping, self.platform = config.mapping, choose_platform(config.compute.platform)
        self.liquid = Liquid.relaxed(self.box, float(self.temperature))
        self.atoms, self.kind = self.liquid.atoms, f"anchored {self.mapping}"
        self.conditional = config.conditional

    def _on(self, precision: str) -> Compute:
        """The platform with a precision, which is left out where the platform has one only."""
        return Compute(self.platform, 1, "" if self.platform in FIXED_PRECISION else precision)

    def context(self, precision: str = "") -> mm.Context:
        """Molecules at fixed sites, in the study's precision if none is named."""
        return context_of(self.kind, self.liquid, self._on(precision))

    def steps_per_second(self, processes: int, precision: str, seconds: float) -> float:
        """Steps per second of all processes together."""
        on = self._on(precision)
        return steps_per_second(self.liquid, on, processes, kind=self.kind, seconds=seconds)

    @cached_property
    def offered(self) -> list[str]:
        """Precisions that the platform's device has."""
        if self.platform in FIXED_PRECISION:
            return [FIXED_PRECISION[self.platform]]
        found = []
        for precision in ("single", "mixed", "double"):
            with suppress(mm.OpenMMException):  # OpenCL devices without double precision
                self.context(precision)
                found.append(precision)
        return found

    def device(self) -> str:
        """The name of the card, or how many cores there are."""
        context = self.context()
        if "DeviceName" in context.getPlatform().getPropertyNames():
            return context.getPlatform().getPropertyValue(context, "DeviceName")
        return f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores"

    def forces(self, context: mm.Context) -> np.ndarray:
        """Mapped forces of a context as it stands, kJ/mol/nm."""
        return mapped_forces(forces(context.getState(forces=True)), len(self.atoms))

    def force_deviation(self, precision: str) -> tuple[float, float]:
        """Rms difference of mapped forces from those in double precision, kJ/mol/nm and over their own rms.

        Both use the same mesh for long-range forces, so that the arithmetic alone makes the difference.
        """
        context, system = self.context(precision), anchored_system(self.box, self.mapping)
        ours, exact = (
            next(force for force in each.getForces() if isinstance(force, mm.NonbondedForce))
            for each in (context.getSystem(), system)
        )
        exact.setPMEParameters(*ours.getPMEParametersInContext(context))
        reference = mm.Context(system, mm.VerletIntegrator(0.001), mm.Platform.getPlatformByName("Reference"))
        reference.setPositions(anchored_positions(self.box.model, self.mapping, self.atoms).reshape(-1, 3))
        right = self.forces(reference)
        deviation = rms(self.forces(context) - right)
        return deviation, deviation / rms(right)

    def label_stderr(self) -> float:
        """Least standard error of a mean-force label, were all samples independent, kJ/mol/nm.

        The scatter at fixed sites comes from a short run here, the number of samples from the configuration.
        """
        s, context, samples = self.conditional, self.context(self.offered[0]), []
        for _ in range(SCATTER_SAMPLES):
            context.getIntegrator().step(max(1, round(s.sample_interval_ps / STEP_PS)))
            samples.append(self.forces(context))
        n = s.chains * max(s.response_ps, s.mean_force_ps) / s.sample_interval_ps
        return float(np.sqrt(np.mean(np.var(samples, axis=0, ddof=1)) / n))


def mps_folder() -> str:
    """Where NVIDIA's multi-process service listens; empty where it does not run."""
    folder = Path(os.environ.get("CUDA_MPS_PIPE_DIRECTORY", "/tmp/nvidia-mps"))
    return str(folder) if (folder / "control").exists() else ""


def measure_sharing(
    case: FrameSampling,
    contexts: list[int],
    precisions: list[str] | None = None,
    seconds=10.0,
    rounds: int = 3,
) -> pd.DataFrame:
    """Throughput against the number of processes on the device, and the accuracy of each precision.

    In every round one process runs first and all numbers follow, so that each is compared with one process
    of its own round.  The ratio to it is the median, the least and the largest of the rounds.

    Args:
        contexts: numbers of processes; 1 is added.
        precisions: those that the device has, if None.
        seconds: of each measurement.

    Raises:
        ValueError: a precision that the device has not, a number of processes below 1.
    """
    if absent := [precision for precision in precisions or [] if precision not in case.offered]:
        offered = f"{case.platform} on this machine offers: {', '.join(case.offered)}"
        raise ValueError(f"--precision is {absent[0]!r}; {offered}")
    if bad := [n for n in contexts if n < 1]:
        raise ValueError(f"--contexts is {bad[0]}; allowed: a whole number >= 1")
    numbers, stderr, tables = sorted({1, *contexts}), case.label_stderr(), []
    common = {"platform": case.platform, "device": case.device(), "mps": int(bool(mps_folder()))}
    common |= {"molecules": len(case.atoms)}
    for precision in precisions or case.offered:
        speeds = [[case.steps_per_second(n, precision, seconds) for n in numbers] for _ in range(rounds)]
        table = pd.DataFrame({**common, "precision": precision, "contexts": numbers})
        table["steps_per_s"] = np.median(speeds, axis=0)
        ratios = np.array(speeds) / np.array(speeds)[:, :1]
        table[["ratio", "low", "high"]] = np.quantile(ratios, (0.5, 0, 1), axis=0).T
        accuracy = ["force_deviation_kJ_per_mol_nm", "relative_deviation", "label_stderr_kJ_per_mol_nm"]
        table[accuracy] = (*case.force_deviation(precision), stderr)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def as_text(table: pd.DataFrame) -> str:
    """The table for a terminal."""
    first = table.iloc[0]
    lines = [f"{first['platform']} ({first['device']}), {first['molecules']} molecules"]
    lines += [f"NVIDIA MPS: {mps_folder() or 'does not run'}"] if first["platform"] == "CUDA" else []
    for precision, rows in table.groupby("precision", sort=False):
        off, relative, stderr = rows.iloc[0][-3:]
        shown = rows[["contexts", "steps_per_s", "ratio", "low", "high"]]
        lines += [
            f"\n{precision}: mapped forces are off by {off:.2g} kJ/mol/nm rms ({relative:.1g} of their own);"
            f" a label's standard error is at least {stderr:.2g}",
            shown.to_string(index=False, float_format="{:.3g}".format),
        ]
    return "\n".join(lines)
