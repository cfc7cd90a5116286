"""The measurement of a memory kernel: from all-atom stretches and a trained mean force to its dataset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from thermalcg.cg.engines import engines_of
from thermalcg.cg.replicas import Beads
from thermalcg.geometry.inputs import checked_temperature
from thermalcg.models.potential import ThermalPotential
from thermalcg.runtime.progress import Progress
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.seeds import derive_seed

from .canonical_averages import canonical_energy
from .cg_runs import DynamicsSettings, Motions, run_dynamics
from .damped_cosines import Embedding
from .kernel_files import kernel_dataset
from .kernel_iteration import IterationSettings, iterate_kernel
from .kernel_target import STEP_K, Measured
from .spread_energies import Energies
from .volterra import Correlations, correlations_of


@dataclass(frozen=True)
class KernelSettings:
    """How a kernel is measured.

    Attributes:
        n_runs: CG runs of each iteration.
        dynamics: of the CG runs.
        iteration: of the kernel.
    """

    n_runs: int
    dynamics: DynamicsSettings
    iteration: IterationSettings


def measure_kernel(
    stretches: xr.Dataset,
    run: xr.Dataset,
    potential: ThermalPotential,
    settings: KernelSettings,
    *,
    shift: float,
    seed: int,
    architecture: str,
    checkpoints: Checkpoints,
) -> xr.Dataset:
    """The kernel at ``shift`` from the temperature of the stretches, and its dataset.

    Away from the temperature of the stretches, plain kernel and goal follow from the thermal response of the
    dynamics (``kernel_target``), and the mean force from the potential.

    Args:
        stretches: dataset ``dynamics/all_atom/{T}.nc``.
        run: dataset ``mapped/{T}.nc`` of the long ordinary run at the same temperature.
        potential: the trained mean force.
        shift: temperature difference, K.
        seed: of the study; each iteration has its own, derived from the seed, the architecture and the
            temperature.
        architecture: name of the potential's architecture.
        checkpoints: keep the CG runs of every iteration.

    Returns:
        The dataset ``dynamics/kernel/{arch}/{source}.nc`` (``thermalcg.storage.declared``).

    Raises:
        KernelError: a kernel cannot be fitted, or the records or the time steps are too long for it.
        UnstableDynamics: a CG run exploded.
        InputError: a temperature that is not a positive number.
    """
    measured_at = float(stretches.attrs["temperature_K"])
    temperature = checked_temperature(measured_at + shift)
    beads = Beads.of_run(run, settings.n_runs)

    engines = engines_of([potential], np.zeros(beads.n_runs, int), beads.box, temperature)
    interval = float(stretches["time"][1] - stretches["time"][0])
    n_lags = round(settings.dynamics.memory_ps / interval) + 1

    def seen(T: float) -> Correlations:
        return correlations_of(stretches, potential.force_field(beads.box, T), n_lags)

    here, beside = seen(measured_at), seen(measured_at + STEP_K) if shift else None
    canonical = canonical_energy(run["potential_energy"].values, run.sizes["bead"], measured_at)
    energies = Energies(stretches["total_energy"].values, *canonical, measured_at, stretches.attrs["starts"])
    measured = Measured(here, beside, energies, shift)

    def simulate(embedding: Embedding) -> Motions:
        index = checkpoints.done
        print(f"iteration {index}: friction {embedding.friction / beads.mass:.3f} 1/ps")
        return run_dynamics(
            engines,
            embedding,
            beads,
            temperature,
            settings.dynamics,
            seed=derive_seed(seed, "kernel", architecture, temperature, index),
            checkpoints=checkpoints.inner(),
            progress=progress,
        )

    iteration_ps = settings.n_runs * settings.dynamics.run_ps
    label, total_ps = f"memory kernel {temperature:g} K", settings.iteration.iterations * iteration_ps
    with Progress.of_simulation(label, total_ps, checkpoints.done * iteration_ps) as progress:
        iterated = iterate_kernel(measured.target(), beads.mass, simulate, settings.iteration, checkpoints)
    return kernel_dataset(measured, iterated)
