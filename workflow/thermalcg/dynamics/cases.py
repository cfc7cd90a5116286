"""Cases of CG dynamics at a held-out temperature: every pair of forces and friction that is compared."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from thermalcg.geometry.inputs import checked_temperature
from thermalcg.models.names import STUDY_RESPONSE

from .cg_runs import Dissipation
from .damped_cosines import KernelError
from .kernel_files import measured_kernel
from .kernel_fit import FitSettings
from .kernel_transfer import (
    FrictionError,
    Law,
    MeasuredKernel,
    friction_error,
    transfer_kernel,
    transferred_friction_error,
)

#: Kernels by where they come from; ``measured`` alone has seen data of the temperature.
KERNELS = {
    "response": "response of the kernel at T0, from T0 alone",
    "arrhenius": "Arrhenius law between other temperatures",
    "vft": "Vogel-Fulcher-Tammann law between other temperatures",
    "reference": "kernel of T0, unchanged",
    "measured": "kernel of this temperature (yardstick)",
}


@dataclass(frozen=True)
class KnownKernels:
    """The kernels of one architecture that a prediction may use.

    Attributes:
        reference: T0, K.
        measured: kernels by their temperature, K.  A temperature's own kernel is used as its yardstick only.
        response: kernels that were derived at T0 for temperatures near it, and that of T0, by temperature, K.
        scaling: temperatures whose measured kernels train the laws, K.
        time: common lags of the kernels, ps, shape (lag,).
    """

    reference: float
    measured: Mapping[float, MeasuredKernel]
    response: Mapping[float, MeasuredKernel]
    scaling: Sequence[float]
    time: np.ndarray

    @classmethod
    def of(
        cls,
        measured: Iterable[xr.Dataset],
        response: Iterable[xr.Dataset],
        reference: float,
        scaling: Sequence[float],
    ) -> KnownKernels:
        """The kernels in datasets ``dynamics/kernel/{arch}/{source}.nc``.

        Args:
            measured: from the temperatures of the study, T0 among them.
            response: from ``cooler`` and ``hotter``.
        """
        datasets = {float(data.attrs["temperature_K"]): data for data in measured}
        own = {T: measured_kernel(data) for T, data in datasets.items()}
        near = {float(data.attrs["temperature_K"]): measured_kernel(data) for data in response}
        time = datasets[reference]["lag"].values
        return cls(reference, own, {**near, reference: own[reference]}, scaling, time)


@dataclass(frozen=True)
class Case:
    """One way to run CG dynamics.

    Attributes:
        forces: training mode of the model.
        kernel: a key of ``KERNELS``, or ``none``.
        motion: ``memory``, ``friction`` (Langevin dynamics with the integrated friction) or ``none``.
        dissipation: the kernel, the friction or None, for ``run_dynamics``.
        friction: integral of the kernel over the mass, 1/ps.
        friction_stderr: 1/ps.
    """

    forces: str
    kernel: str
    motion: str
    dissipation: Dissipation
    friction: float = 0.0
    friction_stderr: FrictionError = FrictionError(0.0, 0.0)

    @property
    def name(self) -> tuple[str, str, str]:
        """Forces, kernel and motion, by which a case is known in tables and seeds."""
        return self.forces, self.kernel, self.motion


def plan_cases(
    temperature: float, known: KnownKernels, mass: float, change: str, settings: FitSettings
) -> list[Case]:
    """All cases of one held-out temperature.

    A kernel that cannot be carried over is named in a warning, and its cases are left out.  A law that
    misses the kernels it comes from by more than the tolerance of a fit is named as well.

    Args:
        temperature: K.
        mass: of a bead, amu.
        change: how kernels change with temperature, see ``Law``.
        settings: of the fits of kernels that are carried over.

    Raises:
        InputError: a temperature that is not a positive number.
    """
    temperature = checked_temperature(temperature)
    others = {T: known.measured[T] for T in map(float, known.scaling) if temperature != T}
    found = {
        name: (known.measured[T].embedding, friction_error(known.measured[T]))
        for name, T in (("reference", known.reference), ("measured", temperature))
    }
    for name, source, dependence in (
        ("response", known.response, "arrhenius"),
        ("arrhenius", others, "arrhenius"),
        ("vft", others, "vft"),
    ):
        if dependence == "vft" and len(others) < 3:
            continue
        law = Law(dependence, change, mass, known.reference)
        try:
            embeddings = {T: kernel.embedding for T, kernel in source.items()}
            fit = transfer_kernel(embeddings, temperature, known.time, law, settings)
            error = transferred_friction_error(source, temperature, known.time, law)
            found[name] = fit.embedding, error
            if fit.integral_error > settings.fit_tolerance:
                text = f"{name} kernel at {temperature:g} K: the law misses a known running integral by"
                warnings.warn(f"{text} {fit.integral_error:.0%} of its largest value", stacklevel=2)
        except KernelError as reason:
            warnings.warn(f"no {name} kernel at {temperature:g} K: {reason}", stacklevel=2)

    def case(forces: str, name: str, motion: str) -> Case:
        embedding, error = found[name]
        friction = embedding.friction / mass
        dissipation = embedding if motion == "memory" else friction
        return Case(forces, name, motion, dissipation, friction, FrictionError(*(e / mass for e in error)))

    contrasts = [name for name in ("response", "measured") if name in found]
    return [
        *(case(STUDY_RESPONSE, name, "memory") for name in KERNELS if name in found),
        *(case("baseline", name, "memory") for name in KERNELS if name in found),
        *(case(STUDY_RESPONSE, name, "friction") for name in contrasts),
        Case(STUDY_RESPONSE, "none", "none", None),
    ]
