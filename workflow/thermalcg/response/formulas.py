"""Temperature derivatives of the mean force, from samples of any kind.

With f the mapped force, u the potential energy, F = <f>_R and U = <u>_R their means at fixed sites R,

    F'  = <(f - F)(u - U)> / (kB T^2),
    F'' = <(f - F)(u - U)^2> / (kB T^2)^2 - 2 F' / T.

``covariance_*`` take samples at one R.  ``product_*`` take one sample each of many R, from an ordinary
trajectory, with models of F, U and so on in the place of the means; ``docs/explanation/thermal_response.md``
derives what errors of the models do.
"""

from __future__ import annotations

import numpy as np

from thermalcg.geometry.inputs import checked_temperature
from thermalcg.units import KB


def covariance_response(
    force: np.ndarray, energy: np.ndarray, temperature: float, weights: np.ndarray | None = None
) -> np.ndarray:
    """The thermal response force F' from samples at fixed sites, kJ/mol/nm/K.

    Args:
        force: mapped forces, kJ/mol/nm, shape (sample, ...).
        energy: potential energy, kJ/mol, shape (sample,), or that of the neighbourhood of each bead,
            shape (sample, bead), with forces of shape (sample, bead, axis).
        temperature: K.
        weights: of the samples in the ensemble at ``temperature``, of any sum; equal if None.

    Raises:
        InputError: a temperature that is not positive.
    """
    temperature = checked_temperature(temperature)
    w = _normalised(weights, len(energy))
    deviation = energy - w @ energy
    if deviation.ndim == 2:
        return np.einsum("s,sb,sba->ba", w, deviation, force) / (KB * temperature**2)
    return np.tensordot(w * deviation, force, axes=(0, 0)) / (KB * temperature**2)


def covariance_second_response(
    force: np.ndarray, energy: np.ndarray, temperature: float, weights: np.ndarray | None = None
) -> np.ndarray:
    """The second-order response F'' from samples at fixed sites, kJ/mol/nm/K^2.

    Args:
        force: mapped forces, kJ/mol/nm, shape (sample, ...).
        energy: potential energy, kJ/mol, shape (sample,).
        temperature: K.
        weights: as in ``covariance_response``.

    Raises:
        InputError: a temperature that is not positive.
    """
    temperature = checked_temperature(temperature)
    w = _normalised(weights, len(energy))
    deviation = energy - w @ energy
    # <df du^2> = <f (du^2 - <du^2>)>: one factor may keep its mean
    third = np.tensordot(w * (deviation**2 - w @ deviation**2), force, axes=(0, 0))
    first = np.tensordot(w * deviation, force, axes=(0, 0)) / (KB * temperature**2)
    return third / (KB * temperature**2) ** 2 - 2 * first / temperature


def product_response(force: np.ndarray, energy: np.ndarray, temperature: float) -> np.ndarray:
    """Residual products whose mean at given sites is F', kJ/mol/nm/K, shape (time, bead, axis).

    E[(f - F^)(u - U^) | R] = kB T^2 F' + (F - F^)(U - U^): the bias is a product of two model errors.

    Args:
        force: residuals f - F^, kJ/mol/nm, shape (time, bead, axis).
        energy: residuals u - U^, kJ/mol, shape (time,) or (time, 1), or (time, bead) where each bead has its
            own.
        temperature: K.

    Raises:
        InputError: a temperature that is not positive.
    """
    temperature = checked_temperature(temperature)
    return force * _per_component(energy, force) / (KB * temperature**2)


def product_second_response(
    force: np.ndarray,
    energy: np.ndarray,
    temperature: float,
    variance: np.ndarray | float,
    response: np.ndarray,
) -> np.ndarray:
    """Residual products whose mean at given sites is F'', kJ/mol/nm/K^2, shape (time, bead, axis).

    With C^ = kB T^2 F'^ and V^ a model of Var(u | R),

        E[(f - F^)((u - U^)^2 - V^) - 2 (u - U^) C^ | R]
            = kappa_3 + (F - F^)(V - V^ + (U - U^)^2) + 2 (U - U^)(C - C^),

    so that here, too, every term of the bias holds two model errors.

    Args:
        force, energy, temperature: as in ``product_response``.
        variance: V^, kJ2/mol2, a number or of the shape of ``energy``.
        response: F'^, kJ/mol/nm/K, shape (time, bead, axis).

    Raises:
        InputError: a temperature that is not positive.
    """
    temperature = checked_temperature(temperature)
    scale = KB * temperature**2
    e = _per_component(energy, force)
    v = _per_component(np.broadcast_to(variance, np.shape(energy)), force)
    third = force * (e**2 - v) - 2 * e * scale * response
    return third / scale**2 - 2 * product_response(force, energy, temperature) / temperature


def _normalised(weights: np.ndarray | None, n: int) -> np.ndarray:
    w = np.ones(n) if weights is None else weights
    return w / w.sum()


def _per_component(energy: np.ndarray, force: np.ndarray) -> np.ndarray:
    """Energies with trailing axes of length one, so that they multiply forces."""
    energy = np.asarray(energy, float)
    return energy.reshape(energy.shape + (1,) * (force.ndim - energy.ndim))
