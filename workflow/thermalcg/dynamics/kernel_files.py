"""The dataset of a memory kernel (measured, fitted, iterated, with errors) and what is read back from it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from thermalcg.statistics import delete_one, jackknife_error
from thermalcg.storage.datasets import variable
from thermalcg.units import FS_PER_PS

from .damped_cosines import Embedding
from .kernel_fit import plateau_of
from .kernel_iteration import GAIN, Iterated
from .kernel_target import Measured
from .kernel_transfer import MeasuredKernel

#: Kernels are also inverted from correlation functions sampled this many times more coarsely.
COARSENING = (1, 2, 4)


def kernel_dataset(measured: Measured, iterated: Iterated) -> xr.Dataset:
    """The dataset ``dynamics/kernel/{arch}/{source}.nc`` (``thermalcg.storage.declared``).

    Args:
        measured: the stretches that the kernel comes from.
        iterated: its iteration.
    """

    def evaluate(kept: np.ndarray) -> np.ndarray:
        own = measured.target(kept)
        return np.stack([own.kernel, own.integral, own.goal])

    (kernel, integral, goal), without = delete_one(measured.n_stretches, evaluate)
    kernel_se, integral_se, _ = jackknife_error(without)
    # to first order, the iteration replaces the noise of the plain kernel by that of its goal
    scatter = GAIN * (without[:, 2] - goal) if len(iterated.vacf_error) else without[:, 1] - integral
    coarse = [plateau_of(measured.target(every=k).integral) for k in COARSENING]
    interval = measured.here.interval
    return xr.Dataset(
        {
            "kernel": variable(("lag",), kernel, "amu/ps2"),
            "kernel_se": variable(("lag",), kernel_se, "amu/ps2"),
            "integral": variable(("lag",), integral, "amu/ps"),
            "integral_se": variable(("lag",), integral_se, "amu/ps"),
            "stretch_scatter": variable(("stretch", "lag"), scatter, "amu/ps"),
            "plain_scatter": variable(("stretch", "lag"), without[:, 1] - integral, "amu/ps"),
            "sampled_friction": variable(("sampling",), np.array(coarse), "amu/ps"),
            **_fits(iterated),
        },
        coords={
            "lag": variable(("lag",), interval * np.arange(len(kernel)), "ps"),
            "sampling": variable(("sampling",), FS_PER_PS * interval * np.array(COARSENING), "fs"),
        },
        attrs={
            "temperature_K": measured.energies.temperature + measured.shift,
            "bead_mass_amu": measured.here.mass,
        },
    )


def embedding_of(dataset: xr.Dataset, iteration: int = -1) -> Embedding:
    """The fitted kernel after an iteration.

    Args:
        dataset: ``dynamics/kernel/{arch}/{source}.nc``.
        iteration: 0 for the plain kernel, -1 for the last one.
    """
    own = dataset.isel(iteration=iteration)
    used = own["strength"].values > 0
    return Embedding(*(own[name].values[used] for name in ("strength", "rate", "frequency")))


def measured_kernel(dataset: xr.Dataset) -> MeasuredKernel:
    """The last fitted kernel of a dataset, and how it scatters with the runs it comes from."""
    return MeasuredKernel(
        embedding_of(dataset), dataset["stretch_scatter"].values, dataset["run_scatter"].values
    )


def _fits(iterated: Iterated) -> dict[str, xr.DataArray]:
    """The variables of a dataset that the iteration gives."""
    n, terms = len(iterated.embeddings), max(len(e.rate) for e in iterated.embeddings)
    packed = np.zeros((3, n, terms))
    for i, e in enumerate(iterated.embeddings):
        packed[:, i, : len(e.rate)] = e.strength, e.rate, e.frequency
    dims = ("iteration", "term")
    return {
        "strength": variable(dims, packed[0], "amu/ps2"),
        "rate": variable(dims, packed[1], "1/ps"),
        "frequency": variable(dims, packed[2], "rad/ps"),
        "friction": variable(("iteration",), np.array([e.friction for e in iterated.embeddings]), "amu/ps"),
        "fit_error": variable(("iteration",), iterated.fit_error, "1"),
        "diffusion": variable(("corrected",), iterated.diffusion, "nm2/ps"),
        "diffusion_se": variable(("corrected",), iterated.diffusion_se, "nm2/ps"),
        "vacf_error": variable(("corrected",), iterated.vacf_error, "1"),
        "run_scatter": variable(("run", "lag"), iterated.scatter, "amu/ps"),
    }
