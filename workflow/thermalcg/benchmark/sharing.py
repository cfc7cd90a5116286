"""How many processes should share a device, and what precision labels need: measured on this machine.

A small box leaves most of a graphics card idle, so that jobs may do more together than one after the other.
How many depends on the card, the box, and whether NVIDIA's multi-process service (MPS) runs.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openmm as mm
import pandas as pd

from thermalcg.atomistic.mapping import mapped_forces
from thermalcg.atomistic.water import WaterBox
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime.openmm_arrays import forces
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, Compute, choose_platform
from thermalcg.runtime.threads import available_cores
from thermalcg.statistics import rms

from .sampler_cost import STEP_PS, Liquid, compare_throughput, context_of

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


@dataclass(frozen=True)
class LabelSampling:
    """How the labels of a frame are sampled; the names are those of the section ``conditional``.

    Attributes:
        sample_interval_ps: time between samples, ps.
        chains: independent chains of a frame.
        response_ps, mean_force_ps: length of a chain at T0, and at other temperatures, ps.
    """

    sample_interval_ps: float
    chains: int
    response_ps: float
    mean_force_ps: float

    @property
    def samples(self) -> float:
        """Number of samples of a frame in all its chains, at the temperature that has most."""
        return self.chains * max(self.response_ps, self.mean_force_ps) / self.sample_interval_ps


class FrameSampling:
    """Conditional sampling of one frame, and the platform it runs on.

    Args:
        box: the molecules and their box; a liquid in it is made and relaxed for a few ps.
        temperature: K.
        mapping: "com" or "oxygen".
        platform: of OpenMM, or "auto".
        labels: how the labels of the frame are sampled.

    Raises:
        InputError: a temperature that is not positive.
        ValueError: the platform does not work here.
    """

    def __init__(
        self, box: WaterBox, temperature: float, mapping: str, platform: str, labels: LabelSampling
    ) -> None:
        self.platform, self.kind = choose_platform(platform), f"anchored {mapping}"
        self.liquid, self.labels = Liquid.relaxed(box, temperature), labels
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

        The scatter at fixed sites comes from a short run here, the number of samples from ``LabelSampling``.
        """
        context, samples = self.context(), []
        for _ in range(SCATTER_SAMPLES):
            context.getIntegrator().step(max(1, round(self.labels.sample_interval_ps / STEP_PS)))
            samples.append(self.mapped_forces(context))
        return rms(np.std(samples, axis=0, ddof=1)) / self.labels.samples**0.5


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
        A row for each precision and number of processes.  Columns platform, device, mps (1 if NVIDIA's
        service runs, else 0), molecules, precision; contexts (number of processes), steps_per_s (of all
        together, the median over rounds), ratio to one process with its 95 % interval low and high; and
        in kJ/mol/nm force_deviation_kJ_per_mol_nm (rms difference from forces in double precision) and
        label_stderr_kJ_per_mol_nm (least standard error of a label), with relative_deviation (of forces,
        over their rms) between them.

    Raises:
        InputError: a precision that the platform has not, a number of processes below 1.
        RuntimeError: a process failed.
    """
    precisions, numbers = precisions or case.offered, sorted({1, *contexts})
    if absent := [precision for precision in precisions if precision not in case.offered]:
        offered = f"{case.platform} on this machine offers: {', '.join(case.offered)}"
        raise InputError(f"precision is {absent[0]!r}; {offered}")
    if numbers[0] < 1:
        raise InputError(f"contexts is {numbers[0]}; allowed: a whole number >= 1")
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
