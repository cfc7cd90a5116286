"""Which forces and which friction each CG run at a held-out temperature has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from .cg_dynamics import Motion
from .datasets import variable
from .embedding import Embedding, KernelError
from .kernel_transfer import transfer_kernel

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
    """

    forces: str
    kernel: str
    motion_kind: str
    motion: Motion


def cases(
    temperature: float,
    reference: float,
    kernels: Mapping[float, Embedding],
    response: Mapping[float, Embedding],
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
    known = {"reference": kernels[reference], "measured": kernels[temperature]}
    for name, source, law in (
        ("response", response, "arrhenius"),
        ("arrhenius", others, "arrhenius"),
        ("vft", others, "vft"),
    ):
        if law == "vft" and len(others) < 3:
            continue
        try:
            fit = transfer_kernel(source, temperature, time, law=law, terms=terms, tolerance=tolerance)
            known[name] = fit.embedding
        except KernelError as error:
            print(f"WARNING: no {name} kernel at {temperature:g} K: {error}")
    in_order = [(name, known[name]) for name in KERNELS if name in known]
    result = [Case("trf1", name, "memory", embedding) for name, embedding in in_order]
    contrasts = [name for name in ("response", "measured") if name in known]
    result += [Case("baseline", name, "memory", known[name]) for name in contrasts]
    result += [Case("trf1", name, "friction", known[name].friction / mass) for name in contrasts]
    return [*result, Case("trf1", "none", "none", None)]


def cases_dataset(
    planned: Sequence[Case], parts: Mapping[str, np.ndarray], interval: float, temperature: float, mass: float
) -> xr.Dataset:
    """The dataset ``dynamics/cg/{arch}/{T}.nc`` of ``workflow/README.md``.

    Args:
        parts: ``vacf``, ``msd`` (case, run, lag) and ``kinetic_temperature`` (case, run).
    """
    friction = [
        c.motion.friction / mass if isinstance(c.motion, Embedding) else (c.motion or 0.0) for c in planned
    ]
    return xr.Dataset(
        {
            "vacf": variable(("case", "run", "lag"), parts["vacf"], "nm2/ps2"),
            "msd": variable(("case", "run", "displacement_lag"), parts["msd"], "nm2"),
            "kinetic_temperature": variable(("case", "run"), parts["kinetic_temperature"], "K"),
            "friction": variable(("case",), np.array(friction), "1/ps"),
        },
        coords={
            "lag": variable(("lag",), interval * np.arange(parts["vacf"].shape[-1]), "ps"),
            "displacement_lag": variable(
                ("displacement_lag",), interval * np.arange(parts["msd"].shape[-1]), "ps"
            ),
            "forces": ("case", [c.forces for c in planned]),
            "kernel": ("case", [c.kernel for c in planned]),
            "motion": ("case", [c.motion_kind for c in planned]),
        },
        attrs={"temperature_K": temperature, "bead_mass_amu": mass},
    )
