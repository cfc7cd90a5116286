"""How many processes should share a device, and what precision labels need: measured on this machine.

A small box leaves most of a graphics card idle, so that jobs may do more together than one after the other.
How many depends on the card, the box, and whether NVIDIA's multi-process service (MPS) runs.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openmm as mm
import pandas as pd

from thermalcg.atomistic.mapping import mapped_forces
from thermalcg.atomistic.water import WaterBox
from thermalcg.benchmark.sampler_cost import STEP_PS, Liquid, compare_throughput, context_of
from thermalcg.config.messages import ConfigError
from thermalcg.config.study import Config
from thermalcg.runtime.openmm_arrays import forces
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, Compute, choose_platform
from thermalcg.runtime.threads import available_cores
from thermalcg.statistics import rms

#: Precisions of the platforms that leave no choice, and of graphics cards: the study's is "mixed", which runs
#: only where "double" does.
PRECISIONS = {"CPU": ["single"], "Reference": ["double"]}
CARD_PRECISIONS = ["single", "mixed", "double"]

#: Samples at fixed sites from which the scatter of mapped forces is taken.
SCATTER_SAMPLES = 100

#: Columns of the table, and the precision: the device, its throughput, the accuracy of its forces.
DEVICE = ["platform", "device", "mps", "molecules"]
THROUGHPUT = ["contexts", "steps_per_s", "ratio", "low", "high"]
ACCURACY = ["force_deviation_kJ_per_mol_nm", "relative_deviation", "label_stderr_kJ_per_mol_nm"]


class FrameSampling:
    """Conditional sampling of one frame of a configuration, and the platform it runs on."""

    def __init__(self, config: Config) -> None:
        self.platform, self.kind = choose_platform(config.compute.platform), f"anchored {config.mapping}"
        box = WaterBox.of(**config.water.model_dump())
        self.liquid = Liquid.relaxed(box, config.temperatures.reference_K)
        self.settings = config.conditional
        #: Precisions that the platform offers.
        self.offered = PRECISIONS.get(self.platform, CARD_PRECISIONS)

    def compute(self, precision: str = "") -> Compute:
        """The platform in a precision, in that of the study if none is named."""
        return Compute(self.platform, 1, "" if self.platform in PRECISIONS else precision)

    def context(self, precision: str = "") -> mm.Context:
        """Molecules at fixed sites."""
        return context_of(self.kind, self.liquid, self.compute(precision))

    def device(self) -> str:
        """The name of the card, or how many cores there are."""
        context = self.context()
        if "DeviceName" in context.getPlatform().getPropertyNames():
            return context.getPlatform().getPropertyValue(context, "DeviceName")
        return f"{available_cores()} cores"

    def mapped_forces(self, context: mm.Context) -> np.ndarray:
        """Mapped forces of a context, kJ/mol/nm, shape (molecules, 3)."""
        return mapped_forces(forces(context.getState(forces=True)), self.liquid.box.molecules)

    def force_deviation(self, precision: str) -> tuple[float, float]:
        """Rms difference of mapped forces from those in double precision, kJ/mol/nm and over their own rms.

        Both use the same mesh for long-range forces, so that the arithmetic alone makes the difference.
        """
        context, exact = self.context(precision), context_of(self.kind, self.liquid, REFERENCE_PLATFORM)
        _nonbonded(exact).setPMEParameters(*_nonbonded(context).getPMEParametersInContext(context))
        exact.reinitialize(preserveState=True)
        right = self.mapped_forces(exact)
        deviation = rms(self.mapped_forces(context) - right)
        return deviation, deviation / rms(right)

    def label_stderr(self) -> float:
        """Least standard error of a mean-force label, were all samples independent, kJ/mol/nm.

        The scatter at fixed sites comes from a short run here, the number of samples from the configuration.
        """
        s, context, samples = self.settings, self.context(), []
        for _ in range(SCATTER_SAMPLES):
            context.getIntegrator().step(max(1, round(s.sample_interval_ps / STEP_PS)))
            samples.append(self.mapped_forces(context))
        n = s.chains * max(s.response_ps, s.mean_force_ps) / s.sample_interval_ps
        return rms(np.std(samples, axis=0, ddof=1)) / n**0.5


def _nonbonded(context: mm.Context) -> mm.NonbondedForce:
    return next(f for f in context.getSystem().getForces() if isinstance(f, mm.NonbondedForce))


def mps_runs() -> bool:
    """Whether NVIDIA's multi-process service listens."""
    return Path(os.environ.get("CUDA_MPS_PIPE_DIRECTORY", "/tmp/nvidia-mps"), "control").exists()


def measure_sharing(
    case: FrameSampling, contexts: Sequence[int], precisions: Sequence[str] | None = None, **how: float
) -> pd.DataFrame:
    """Throughput against the number of processes on the device, and the accuracy of each precision.

    Args:
        contexts: numbers of processes; 1 is added, which the others are compared with.
        precisions: all that the platform offers, if None.
        how: ``rounds`` and ``seconds`` of ``compare_throughput``.

    Returns:
        Columns ``DEVICE``, precision, ``THROUGHPUT``, ``ACCURACY``.

    Raises:
        ConfigError: a precision that the platform has not, a number of processes below 1.
    """
    precisions, numbers = precisions or case.offered, sorted({1, *contexts})
    if absent := [precision for precision in precisions if precision not in case.offered]:
        offered = f"{case.platform} on this machine offers: {', '.join(case.offered)}"
        raise ConfigError(f"--precision is {absent[0]!r}; {offered}")
    if numbers[0] < 1:
        raise ConfigError(f"--contexts is {numbers[0]}; allowed: a whole number >= 1")
    constant = {"platform": case.platform, "device": case.device(), "mps": int(mps_runs())}
    stderr, tables = case.label_stderr(), []
    for precision in precisions:
        runs = {n: (case.compute(precision), n) for n in numbers}
        table = compare_throughput(case.liquid, runs, kind=case.kind, **how).rename(
            columns={"what": "contexts"}
        )
        table[ACCURACY] = (*case.force_deviation(precision), stderr)
        tables.append(table.assign(precision=precision, **constant))
    return pd.concat(tables, ignore_index=True)[[*DEVICE, "precision", *THROUGHPUT, *ACCURACY]]


def as_text(table: pd.DataFrame) -> str:
    """The table for a terminal: the device, its throughput, the accuracy of its forces."""
    platform, device, mps, molecules = table.loc[0, DEVICE]
    service = f", NVIDIA MPS {'runs' if mps else 'does not run'}" if platform == "CUDA" else ""
    parts = [table[["contexts", "precision", *THROUGHPUT[1:]]], table[["precision", *ACCURACY]]]
    shown = [part.drop_duplicates().to_string(index=False, float_format="{:.3g}".format) for part in parts]
    return "\n\n".join([f"{platform} ({device}), {molecules} molecules{service}", *shown])
