"""Datasets of memory kernels: measured, fitted, iterated, with errors."""

from __future__ import annotations

import numpy as np
import xarray as xr

from .datasets import variable
from .embedding import Embedding
from .kernel_fit import plateau_of
from .kernel_iteration import Iterated
from .memory import Correlations, memory_kernel, running_integral
from .reference_dynamics import jackknifed
from .statistics import jackknife_error

#: Kernels are also inverted from data sampled this many times more coarsely.
COARSENING = (1, 2, 4)


def kernel_dataset(
    stretches: Correlations,
    energy: np.ndarray,
    canonical_mean: float,
    iterated: Iterated,
    lags: int,
    temperature: float,
) -> xr.Dataset:
    """The dataset ``dynamics/kernel/{arch}/{T}.nc`` of ``workflow/README.md``.

    Args:
        stretches: correlation functions of every stretch, shape (stretch, lag).
        energy: of the stretches, kJ/mol, shape (stretch,).
    """

    def evaluate(kept: np.ndarray, weights: np.ndarray) -> np.ndarray:
        own = stretches.take(kept).mean(weights)
        return np.stack([memory_kernel(own)[:lags], running_integral(own)[:lags]])

    (kernel, integral), without = jackknifed(energy, canonical_mean, evaluate)
    kernel_se, integral_se = jackknife_error(without)
    whole = stretches.take(np.arange(len(energy)))
    coarse = [plateau_of(running_integral(whole.mean().every(n))[: (lags - 1) // n + 1]) for n in COARSENING]
    interval = stretches.interval
    fitted = {
        "kernel": variable(("lag",), kernel, "amu/ps2"),
        "kernel_se": variable(("lag",), kernel_se, "amu/ps2"),
        "integral": variable(("lag",), integral, "amu/ps"),
        "integral_se": variable(("lag",), integral_se, "amu/ps"),
        "sampled_friction": variable(("sampling",), np.array(coarse), "amu/ps"),
    }
    coordinates = {
        "lag": variable(("lag",), interval * np.arange(lags), "ps"),
        "sampling": variable(("sampling",), 1e3 * interval * np.array(COARSENING), "fs"),
    }
    return xr.Dataset(
        {**fitted, **_fits(iterated)},
        coords=coordinates,
        attrs={"temperature_K": temperature, "bead_mass_amu": stretches.mass},
    )


def response_dataset(
    iterated: Iterated, correlations: Correlations, lags: int, temperature: float
) -> xr.Dataset:
    """A kernel at T0 plus or minus a few kelvin, from the response at T0; as above without errors."""
    return xr.Dataset(
        {
            "kernel": variable(("lag",), memory_kernel(correlations)[:lags], "amu/ps2"),
            "integral": variable(("lag",), running_integral(correlations)[:lags], "amu/ps"),
            **_fits(iterated),
        },
        coords={"lag": variable(("lag",), correlations.interval * np.arange(lags), "ps")},
        attrs={"temperature_K": temperature, "bead_mass_amu": correlations.mass},
    )


def embedding_of(dataset: xr.Dataset, iteration: int = -1) -> Embedding:
    """The fitted kernel after an iteration: 0 is the plain one, -1 the last."""
    own = dataset.isel(iteration=iteration)
    used = own["strength"].values > 0
    return Embedding(*(own[name].values[used] for name in ("strength", "rate", "frequency")))


def _fits(iterated: Iterated) -> dict[str, xr.DataArray]:
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
    }
