"""Correlation functions of the all-atom stretches: canonical averages, their temperature derivative, errors.

A stretch of constant energy has the correlation functions of its energy, and stretches whose energies are
canonical average to the canonical ones.  Energies are known far better than motions: their canonical mean
comes from the long ordinary run.  Both the mean and the derivative are therefore weighted sums over
stretches (energies E_s, their mean Ebar, n of them):

    mean at the canonical energy   w_s  = 1/n + (<E> - Ebar) (E_s - Ebar) / sum (E - Ebar)^2
    temperature derivative         w'_s = C_V (E_s - Ebar) / sum (E - Ebar)^2

the regression on E, evaluated at <E>, and its slope times the heat capacity.  The second is
d<A(t) B(0)>/dT = Cov(A(t) B(0), E) / kB T^2 with the variance of E taken from the long run (Piskulich,
Mesele, Thompson, J. Chem. Phys. 147, 134103 (2017)).
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from thermalcg.models.architecture import ForceField
from thermalcg.models.potential import in_pieces
from thermalcg.units import KB

from .correlation import correlate
from .volterra import Correlations


def mean_weights(energy: np.ndarray, canonical_mean: float) -> np.ndarray:
    """Weights of the canonical mean, shape (stretch,); they add up to one."""
    deviation = energy - energy.mean()
    return 1 / len(energy) + (canonical_mean - energy.mean()) * deviation / (deviation**2).sum()


def derivative_weights(energy: np.ndarray, heat_capacity: float) -> np.ndarray:
    """Weights of the temperature derivative, 1/K, shape (stretch,); they add up to zero."""
    deviation = energy - energy.mean()
    return heat_capacity * deviation / (deviation**2).sum()


def weights_near(energy: np.ndarray, canonical_mean: float, heat_capacity: float, shift: float) -> np.ndarray:
    """Weights of the mean at ``shift`` kelvin from the temperature of the stretches, to first order."""
    return mean_weights(energy, canonical_mean) + shift * derivative_weights(energy, heat_capacity)


def canonical_energy(
    potential_energy: np.ndarray, n_molecules: int, temperature: float
) -> tuple[float, float]:
    """Mean total energy, kJ/mol, and heat capacity, kJ/mol/K, of a box whose total momentum is zero.

    Args:
        potential_energy: of the ordinary run at this temperature, kJ/mol, shape (time,).
    """
    freedom = 6 * n_molecules - 3
    mean = float(np.mean(potential_energy)) + 0.5 * freedom * KB * temperature
    return mean, float(np.var(potential_energy)) / (KB * temperature**2) + 0.5 * freedom * KB


def correlations_of(stretches: xr.Dataset, force_field: ForceField, n_lags: int) -> Correlations:
    """Correlation functions of every stretch, shape (stretch, lag).

    Args:
        stretches: dataset ``dynamics/all_atom/{T}.nc``.
        force_field: the mean force F as a function of positions (B, N, 3).
    """
    position, velocity, force = (
        stretches[name].values.astype(float) for name in ("position", "velocity", "force")
    )
    residual = force - np.stack([in_pieces(force_field, x)[1] for x in position])
    return Correlations(
        float(stretches["time"][1] - stretches["time"][0]),
        float(stretches.attrs["bead_mass_amu"]),
        correlate(velocity, velocity, n_lags),
        correlate(residual, velocity, n_lags),
        correlate(residual, force, n_lags),
    )
