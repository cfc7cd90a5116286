"""Correlation functions of all-atom stretches: their dataset, canonical means and errors, diffusion."""

from __future__ import annotations

import numpy as np
import xarray as xr

from thermalcg.dynamics.canonical_averages import canonical_energy
from thermalcg.dynamics.correlation import (
    correlate,
    einstein_diffusion,
    green_kubo_diffusion,
    mean_square_displacement,
    self_scattering,
)
from thermalcg.dynamics.spread_energies import Energies
from thermalcg.statistics import delete_one, jackknife_error
from thermalcg.storage.datasets import variable


def observed_motion(
    stretches: xr.Dataset,
    potential_energy: np.ndarray,
    correlation_ps: float,
    displacement_ps: float,
    wave_number: float,
) -> xr.Dataset:
    """The dataset ``dynamics/observables/all_atom/{T}.nc`` (``thermalcg.storage.declared``).

    Args:
        stretches: dataset ``dynamics/all_atom/{T}.nc``.
        potential_energy: of the long ordinary run, kJ/mol, shape (time,).
        correlation_ps: longest lag of the velocity autocorrelation, ps.
        displacement_ps: longest lag of the displacement and of the scattering, ps.
        wave_number: of the scattering, 1/nm.

    Raises:
        ValueError: stretches shorter than a lag.
    """
    interval = float(stretches["time"][1] - stretches["time"][0])
    position, velocity = stretches["position"].values, stretches["velocity"].values.astype(float)
    n_lags, far = round(correlation_ps / interval) + 1, round(displacement_ps / interval) + 1
    lags = np.unique(np.geomspace(1, far - 1, 40).round().astype(int))
    mean, capacity = canonical_energy(
        potential_energy, position.shape[2], float(stretches.attrs["temperature_K"])
    )
    return xr.Dataset(
        {
            "vacf": variable(("stretch", "lag"), correlate(velocity, velocity, n_lags), "nm2/ps2"),
            "msd": variable(("stretch", "displacement_lag"), mean_square_displacement(position, far), "nm2"),
            "scattering": variable(
                ("stretch", "scattering_lag"), self_scattering(position, wave_number, lags), "1"
            ),
            **{name: stretches[name] for name in ("total_energy", "energy_drift", "kinetic_temperature")},
        },
        coords={
            "lag": variable(("lag",), interval * np.arange(n_lags), "ps"),
            "displacement_lag": variable(("displacement_lag",), interval * np.arange(far), "ps"),
            "scattering_lag": variable(("scattering_lag",), interval * lags, "ps"),
        },
        attrs={
            **{k: stretches.attrs[k] for k in ("temperature_K", "box_nm", "bead_mass_amu", "starts")},
            "canonical_energy": mean,
            "heat_capacity": capacity,
            "wave_number_per_nm": wave_number,
        },
    )


def energies_of(observed: xr.Dataset) -> Energies:
    """The energies of the stretches in a dataset ``dynamics/observables/all_atom/{T}.nc``."""
    names = ("canonical_energy", "heat_capacity", "temperature_K", "starts")
    return Energies(observed["total_energy"].values, *(observed.attrs[name] for name in names))


def canonical_mean(observed: xr.Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    """A correlation function at the canonical mean energy, and its delete-one replicates.

    Args:
        observed: dataset ``dynamics/observables/all_atom/{T}.nc``.
        name: ``vacf``, ``msd`` or ``scattering``.

    Returns:
        The mean, shape (lag,), and the means without one stretch, shape (stretch, lag).
    """
    values = observed[name].values
    energies = energies_of(observed)
    return delete_one(len(values), lambda kept: energies.weights(kept)[0] @ values[kept])


def normalised(curve: np.ndarray, without: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A correlation function over its value at zero, and the error of that ratio, each of shape (lag,).

    Args:
        curve, without: as ``canonical_mean`` returns them.
    """
    return curve / curve[0], jackknife_error(without / without[:, :1])


def diffusion_of(observed: xr.Dataset, window: tuple[float, float]) -> dict[str, tuple[float, np.ndarray]]:
    """The diffusion by each route, nm^2/ps, with its delete-one replicates, shape (stretch,).

    Routes are ``einstein`` (slope of the displacement) and ``green_kubo`` (integral of the velocity
    autocorrelation).

    Args:
        observed: dataset ``dynamics/observables/all_atom/{T}.nc``.
        window: first and last time of the straight line through the displacement, ps.
    """
    result = {}
    for route, name in (("einstein", "msd"), ("green_kubo", "vacf")):
        value, without = canonical_mean(observed, name)
        curves = np.vstack([value[None], without])
        if route == "einstein":
            interval = float(observed["displacement_lag"][1])
            found = einstein_diffusion(curves, interval, window)
        else:
            found = green_kubo_diffusion(curves, float(observed["lag"][1]))[:, -1]
        result[route] = (float(found[0]), found[1:])
    return result
