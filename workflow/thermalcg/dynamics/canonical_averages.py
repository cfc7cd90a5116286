"""Canonical averages and their temperature derivative, from stretches of constant energy.

A stretch of constant energy has the correlation functions of its energy.  Stretches whose energies are
canonical average to the canonical correlation functions, but a few stretches know their motion better than
the canonical mean energy, which the long ordinary run gives far more precisely.  So the mean and the
derivative are those of the regression on the energy, and both are weighted sums over the stretches:

    mean                     <C>      = sum_s w_s C_s,    w_s  = 1/n + (<E> - Ebar) (E_s - Ebar) / S
    temperature derivative   d<C>/dT  = sum_s w'_s C_s,   w'_s = C_V (E_s - Ebar) / S

with C_s and E_s the correlation function and the energy of stretch s, n the number of stretches, Ebar the
mean of their energies, S = sum_s (E_s - Ebar)^2, <E> the canonical mean energy and C_V the heat capacity.
The first is the regression evaluated at <E>, the second its slope times C_V, which is
d<A(t) B(0)>/dT = Cov(A(t) B(0), E) / kB T^2 with the variance of E taken from the long run (Piskulich,
Mesele, Thompson, J. Chem. Phys. 147, 134103 (2017)).
"""

from __future__ import annotations

import numpy as np

from thermalcg.geometry.inputs import checked_temperature
from thermalcg.units import KB


def mean_weights(energy: np.ndarray, canonical_mean: float) -> np.ndarray:
    """The weights w_s of the canonical mean, shape (stretch,); they add up to one.

    Args:
        energy: E_s, total energy of each stretch, kJ/mol, shape (stretch,).
        canonical_mean: <E>, kJ/mol.
    """
    deviation = energy - energy.mean()
    return 1 / len(energy) + (canonical_mean - energy.mean()) * deviation / (deviation**2).sum()


def derivative_weights(energy: np.ndarray, heat_capacity: float) -> np.ndarray:
    """The weights w'_s of the temperature derivative, 1/K, shape (stretch,); they add up to zero.

    Args:
        energy: E_s, total energy of each stretch, kJ/mol, shape (stretch,).
        heat_capacity: C_V, kJ/mol/K.
    """
    deviation = energy - energy.mean()
    return heat_capacity * deviation / (deviation**2).sum()


def canonical_energy(
    potential_energy: np.ndarray, n_molecules: int, temperature: float
) -> tuple[float, float]:
    """Mean total energy <E>, kJ/mol, and heat capacity C_V, kJ/mol/K, of a box of rigid molecules.

    The total momentum is zero, so that N molecules have 6 N - 3 degrees of freedom.

    Args:
        potential_energy: of the ordinary run at this temperature, kJ/mol, shape (time,).
        temperature: K.

    Raises:
        InputError: a temperature that is not a positive number.
    """
    temperature = checked_temperature(temperature)
    freedom = 6 * n_molecules - 3
    mean = float(np.mean(potential_energy)) + 0.5 * freedom * KB * temperature
    return mean, float(np.var(potential_energy)) / (KB * temperature**2) + 0.5 * freedom * KB
