"""The CG runs of all cases at one temperature, and their dataset."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from thermalcg.cg.engines import engines_of
from thermalcg.cg.replicas import Beads
from thermalcg.models.potential import ThermalPotential
from thermalcg.runtime.progress import Progress
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.datasets import variable
from thermalcg.storage.seeds import derive_seed

from .cases import Case
from .cg_runs import DynamicsSettings, UnstableDynamics, no_motions, run_dynamics
from .damped_cosines import KernelError
from .kernel_transfer import FrictionError


def run_cases(
    planned: Sequence[Case],
    potentials: Mapping[str, ThermalPotential],
    beads: Beads,
    temperature: float,
    settings: DynamicsSettings,
    *,
    seed: int,
    architecture: str,
    checkpoints: Checkpoints,
) -> xr.Dataset:
    """Run every case, and return how its beads moved.

    A case whose runs explode, or whose kernel the time step cannot follow, is named in a warning and marked
    unhealthy; its motion is NaN.

    Args:
        planned: see ``plan_cases``.
        potentials: by training mode.
        beads: first configurations.  Taken from T0, they carry no information of a held-out temperature.
        temperature: K.
        settings: of the runs.
        seed: of the study; each case has its own, derived from the seed, the architecture, the temperature
            and the case.
        architecture: name of the potentials' architecture.
        checkpoints: keep the motion of every case.

    Returns:
        The dataset ``dynamics/cg/{arch}/{T}.nc`` (``thermalcg.storage.declared``).

    Raises:
        InputError: a temperature that is not a positive number.
    """
    case_ps = beads.n_runs * settings.run_ps
    label, total_ps = f"CG dynamics {temperature:g} K", len(planned) * case_ps
    with Progress.of_simulation(label, total_ps, checkpoints.done * case_ps) as progress:
        for case in planned[checkpoints.done :]:
            potential = potentials[case.forces]
            try:
                motions = run_dynamics(
                    engines_of([potential], np.zeros(beads.n_runs, int), beads.box, temperature),
                    case.dissipation,
                    beads,
                    temperature,
                    settings,
                    seed=derive_seed(seed, "cg dynamics", architecture, temperature, *case.name),
                    checkpoints=checkpoints.inner(),
                    progress=progress,
                )
            except (UnstableDynamics, KernelError) as reason:
                text = f"{case.forces}, {case.kernel} kernel, {case.motion}: no data: {reason}"
                warnings.warn(text, stacklevel=2)
                motions = no_motions(settings, beads.n_runs)
            checkpoints.save({}, {name: values[None] for name, values in motions.arrays().items()})
            # a case that failed has not reported all of its work
            progress.skip(checkpoints.done * case_ps - progress.done)
    return cases_dataset(planned, checkpoints.parts(), settings.timestep_ps, temperature, beads.mass)


def cases_dataset(
    planned: Sequence[Case], parts: Arrays, interval: float, temperature: float, mass: float
) -> xr.Dataset:
    """The dataset ``dynamics/cg/{arch}/{T}.nc`` (``thermalcg.storage.declared``).

    Args:
        parts: ``vacf``, ``msd`` (case, run, lag) and ``kinetic_temperature`` (case, run); NaN where a case
            failed.
        interval: between lags, ps.
        temperature: K.
        mass: of a bead, amu.
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
            "motion": ("case", [c.motion for c in planned]),
        },
        attrs={"temperature_K": temperature, "bead_mass_amu": mass},
    )
