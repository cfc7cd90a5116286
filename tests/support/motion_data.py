"""Small made-up kernels, motions and tables of the dynamics."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.analysis.motion_error import motion_errors
from thermalcg.dynamics.case_runs import cases_dataset
from thermalcg.dynamics.cases import KnownKernels, plan_cases
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.dynamics.kernel_files import kernel_dataset
from thermalcg.dynamics.kernel_fit import FitSettings
from thermalcg.dynamics.kernel_iteration import Iterated
from thermalcg.dynamics.kernel_target import Measured
from thermalcg.dynamics.kernel_transfer import MeasuredKernel
from thermalcg.dynamics.spread_energies import Energies
from thermalcg.dynamics.volterra import Correlations
from thermalcg.units import KB

LITERATURE = Path(__file__).parents[2] / "resources/literature/water_diffusion.csv"

#: Lags, ps.
TIME = 0.02 * np.arange(101)

#: Window of the straight line through the displacement, ps.
WINDOW = (0.5, 2.0)


def kernel(T):
    return Embedding([3000.0, 200.0 * np.exp(1000 / T)], [60.0, 4.0], [0.0, 0.0])


def scaled(embedding, factor):
    return Embedding(embedding.strength * factor, embedding.rate, embedding.frequency)


def measured(embedding, noise=0.01):
    """With 8 stretches and 4 runs that each change the running integral by about 1 % when left out."""
    rng = np.random.default_rng(5)
    integral = embedding.running_integral(TIME)
    return MeasuredKernel(embedding, *(noise * rng.normal(size=(n, 1)) * integral for n in (8, 4)))


def planned(temperature=300.0, scaling=(395.0, 500.0, 625.0), change="superposition"):
    kernels = {T: measured(kernel(T)) for T in (300.0, 395.0, 500.0, 625.0)}
    response = {T: measured(kernel(T)) for T in (365.0, 395.0, 425.0)}
    known = KnownKernels(395.0, kernels, response, scaling, TIME)
    return plan_cases(temperature, known, 18.0, change, FitSettings(4, 0.2))


def observed(T, seed=1, n=8):
    rng = np.random.default_rng(seed)
    scatter = 1 + 0.1 * rng.normal(size=(n, 1))
    rate = 20.0
    return xr.Dataset(
        {
            "msd": (("stretch", "displacement_lag"), 6 * KB * T / 18 / rate * TIME * scatter),
            "vacf": (("stretch", "lag"), KB * T / 18 * np.exp(-rate * TIME) * scatter),
            "scattering": (("stretch", "scattering_lag"), np.exp(-TIME[1:]) * np.ones((n, 1))),
            "total_energy": (("stretch",), rng.normal(0, 50, n)),
            "kinetic_temperature": (("stretch",), np.full(n, T)),
            "energy_drift": (("stretch",), rng.normal(0, 0.01, n)),
        },
        coords={"lag": TIME, "displacement_lag": TIME, "scattering_lag": TIME[1:]},
        attrs={"temperature_K": T, "box_nm": 1.24, "starts": "canonical",
               "canonical_energy": 0.0, "heat_capacity": 4.5, "wave_number_per_nm": 22.5},
    )  # fmt: skip


def activated(T, D, rng, n=12, capacity=2.0):
    """Displacements 6 D t whose slope grows with the energy as an activated process."""
    energy = rng.normal(0, np.sqrt(capacity * KB * T**2), size=n)
    own = D * (1 + 1500 / T**2 * energy / capacity)
    far, near = np.arange(101) * 0.05, np.arange(101) * 0.01
    rate = KB * T / 18.0 / own
    return xr.Dataset(
        {
            "msd": (("stretch", "displacement_lag"), 6 * own[:, None] * far),
            "vacf": (("stretch", "lag"), KB * T / 18.0 * np.exp(-rate[:, None] * near)),
            "total_energy": (("stretch",), energy),
            "kinetic_temperature": (("stretch",), np.full(n, T)),
            "energy_drift": (("stretch",), np.zeros(n) + rng.normal(size=n) * 1e-3),
        },
        coords={"lag": near, "displacement_lag": far},
        attrs={"temperature_K": T, "box_nm": 1.24, "starts": "canonical",
               "canonical_energy": 0.0, "heat_capacity": capacity},
    )  # fmt: skip


def motions(T):
    rng = np.random.default_rng(2)
    own = planned(T)
    parts = {
        "vacf": KB * T / 18 * np.exp(-22 * TIME) * (1 + 0.05 * rng.normal(size=(len(own), 4, 1))),
        "msd": 6 * KB * T / 18 / 22 * TIME * (1 + 0.05 * rng.normal(size=(len(own), 4, 1))),
        "kinetic_temperature": np.full((len(own), 4), T),
    }
    return cases_dataset(own, parts, 0.02, T, 18.0)


def errors():
    return pd.concat([motion_errors("spline", motions(T), observed(T), WINDOW) for T in (300.0, 625.0)])


def kernel_data(T):
    scatter = 1 + 0.01 * np.random.default_rng(6).normal(size=(6, 101))
    c = Correlations(0.02, 18.0, *(scatter * np.exp(-9 * TIME) * s for s in (0.2, -4.0, 8000.0)))
    iterated = Iterated([kernel(T), scaled(kernel(T), 0.8)], np.array([0.01, 0.02]), np.array([0.006]),
                        np.array([1e-4]), np.array([0.1]), np.ones((4, 101)))  # fmt: skip
    return kernel_dataset(Measured(c, None, Energies(np.linspace(-1.0, 1.0, 6), 0.0, 1.0, T)), iterated)
