"""Which forces and which friction each CG run at a held-out temperature has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from thermalcg.storage.datasets import variable

from .cg_runs import Motion
from .damped_cosines import KernelError
from .kernel_transfer import (
    FrictionError,
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
    "reference": "kernel of T0 as it is",
    "measured": "kernel of this temperature (yardstick)",
}

#: What ``run_dynamics`` returns and the dataset keeps.
RECORDED = ("vacf", "msd", "kinetic_temperature")


class Case(NamedTuple):
    """One way to run CG dynamics.

    Attributes:
        forces: training mode of the model.
        kernel: a key of ``KERNELS``, or ``none``.
        motion_kind: ``memory``, ``friction`` (Langevin with the integrated friction) or ``none``.
        motion: what ``run_dynamics`` takes.
        friction: integral of the kernel over the mass, 1/ps.
        friction_stderr: 1/ps, from the all-atom stretches and from the CG runs behind the kernel.
    """

    forces: str
    kernel: str
    motion_kind: str
    motion: Motion
    friction: float = 0.0
    friction_stderr: FrictionError = FrictionError(0.0, 0.0)


def cases(
    temperature: float,
    reference: float,
    kernels: Mapping[float, MeasuredKernel],
    response: Mapping[float, MeasuredKernel],
    scaling: Sequence[float],
    mass: float,
    time: np.ndarray,
    *,
    terms: int,
    tolerance: float,
) -> list[Case]:
    """All cases of one held-out temperature.

    Args:
        kernels: measured, by temperature, K; with the one of ``temperature``, which only the yardstick uses.
        response: kernels near the reference, derived there, and the reference's own.
        scaling: temperatures whose kernels train the laws; ``temperature`` itself is left out.
        time: grid of the kernels, ps.

    A kernel that cannot be carried over is said so, and its cases are left out.
    """
    others = {T: kernels[T] for T in map(float, scaling) if temperature != T}
    known = {
        name: (kernels[T].embedding, friction_error(kernels[T]))
        for name, T in (("reference", reference), ("measured", temperature))
    }
    for name, source, law in (
        ("response", response, "arrhenius"),
        ("arrhenius", others, "arrhenius"),
        ("vft", others, "vft"),
    ):
        if law == "vft" and len(others) < 3:
            continue
        try:
            embeddings = {T: k.embedding for T, k in source.items()}
            fit = transfer_kernel(embeddings, temperature, time, law=law, terms=terms, tolerance=tolerance)
            known[name] = fit.embedding, transferred_friction_error(source, temperature, time, law)
        except KernelError as reason:
            print(f"WARNING: no {name} kernel at {temperature:g} K: {reason}")

    def case(forces: str, name: str, kind: str) -> Case:
        embedding, error = known[name]
        friction = embedding.friction / mass
        motion = embedding if kind == "memory" else friction
        return Case(forces, name, kind, motion, friction, FrictionError(*(e / mass for e in error)))

    contrasts = [name for name in ("response", "measured") if name in known]
    return [
        *(case("trf1", name, "memory") for name in KERNELS if name in known),
        *(case("baseline", name, "memory") for name in KERNELS if name in known),
        *(case("trf1", name, "friction") for name in contrasts),
        Case("trf1", "none", "none", None),
    ]


def cases_dataset(
    planned: Sequence[Case], parts: Mapping[str, np.ndarray], interval: float, temperature: float, mass: float
) -> xr.Dataset:
    """The dataset ``dynamics/cg/{arch}/{T}.nc`` of ``workflow/README.md``.

    Args:
        parts: ``vacf``, ``msd`` (case, run, lag) and ``kinetic_temperature`` (case, run); not a number where
            a case failed.
    """
    return xr.Dataset(
        {
            "vacf": variable(("case", "run", "lag"), parts["vacf"], "nm2/ps2"),
            "msd": variable(("case", "run", "displacement_lag"), parts["msd"], "nm2"),
            "kinetic_temperature": variable(("case", "run"), parts["kinetic_temperature"], "K"),
            "friction": variable(("case",), np.array([c.friction for c in planned]), "1/ps"),
            "friction_stderr": variable(
                ("case", "origin"), np.array([c.friction_stderr for c in planned]), "1/ps"
            ),
            "healthy": variable(("case",), np.isfinite(parts["msd"]).all(axis=(1, 2)).astype(np.int8), "1"),
        },
        coords={
            "lag": variable(("lag",), interval * np.arange(parts["vacf"].shape[-1]), "ps"),
            "displacement_lag": variable(
                ("displacement_lag",), interval * np.arange(parts["msd"].shape[-1]), "ps"
            ),
            "origin": list(FrictionError._fields),
            "forces": ("case", [c.forces for c in planned]),
            "kernel": ("case", [c.kernel for c in planned]),
            "motion": ("case", [c.motion_kind for c in planned]),
        },
        attrs={"temperature_K": temperature, "bead_mass_amu": mass},
    )
