"""The thermal response of the projected force field, from one ordinary trajectory.

A force field F_theta = phi theta that is linear in its coefficients is trained by least squares on the
instantaneous forces of the canonical ensemble at T: G theta = E[phi^T f], G = E[phi^T phi].  Its exact
derivative is

    G dtheta/dT = E[phi^T r (u - <u>)] / (kB T^2),      r = f - phi theta.

With u the sum of the energies of the molecules, the right side is a sum over shells s around each bead, each
with a response theta_s of its own.  Each gets the weight that an empirical Bayes estimate gives it,

    lambda_s = max(0, 1 - tr(G C_s) / (theta_s^T G theta_s)),      theta' = sum_s lambda_s theta_s,

with C_s the covariance of theta_s over blocks: near shells come in whole, far ones, whose noise is as large
as their signal, hardly.  Derivation: ``docs/explanation/projected_response.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from thermalcg.geometry.inputs import checked_temperature
from thermalcg.statistics import delete_one
from thermalcg.units import KB

from .moments import Moments
from .penalty import chosen_strength


class Penalties(NamedTuple):
    """What is added to G in the fit of theta_0 and in that of the response, shape (F, F) each."""

    base: np.ndarray
    response: np.ndarray


@dataclass(frozen=True)
class ProjectedResponse:
    """A force field at T0, its response shell by shell, and both without each of the blocks in turn.

    Attributes:
        temperature: T0, K.
        gram: G, mean over force components, shape (F, F).
        base: theta_0, shape (F,).
        base_without: theta_0 from all blocks but one, shape (block, F).
        shells: theta_s, per K, shape (S, F).
        shells_without: shape (block, S, F).
        weights: lambda_s, shape (S,).
    """

    temperature: float
    gram: np.ndarray
    base: np.ndarray
    base_without: np.ndarray
    shells: np.ndarray
    shells_without: np.ndarray
    weights: np.ndarray

    @property
    def response(self) -> np.ndarray:
        """theta', per K, shape (F,)."""
        return self.weights @ self.shells

    @property
    def response_without(self) -> np.ndarray:
        """theta' without each block, with the same weights, shape (block, F)."""
        return np.einsum("s,bsf->bf", self.weights, self.shells_without)

    def size(self, coefficients: np.ndarray) -> float:
        """Root mean square of the force components at T0 that coefficients (F,) give."""
        return float(np.sqrt(max(coefficients @ self.gram @ coefficients, 0.0)))

    def error(self, without: np.ndarray) -> float:
        """Jackknife error of coefficients, as a root mean square of the force components at T0.

        Args:
            without: the coefficients without each block, shape (block, F).
        """
        return float(np.sqrt(_noise(without, self.gram)))

    def covariance(self, without: np.ndarray) -> np.ndarray:
        """Jackknife covariance of coefficients over blocks, shape (F, F)."""
        deviation = without - without.mean(axis=0)
        return (len(without) - 1) / len(without) * deviation.T @ deviation


def projected_response(moments: Moments, temperature: float, penalties: Penalties) -> ProjectedResponse:
    """The response of the least-squares force field, each shell with its weight.

    Args:
        moments: with the energies of the shells as weights, kJ/mol.
        temperature: T0 of the samples, K.
        penalties: of both fits; ``chosen_penalties``.

    Raises:
        ValueError: fewer than three blocks, from which no jackknife can be cross-fitted.
        InputError: a temperature that is not positive.
    """
    if moments.n_blocks < 3:
        raise ValueError(f"blocks is {moments.n_blocks}; allowed: at least 3")
    whole, without = delete_one(
        moments.n_blocks, lambda kept: base_and_shells(moments.kept(kept), temperature, penalties)
    )
    shells, shells_without, gram = whole[1:], without[:, 1:], moments.mean_gram()
    weights = [shell_weight(shells[s], shells_without[:, s], gram) for s in range(len(shells))]
    return ProjectedResponse(
        checked_temperature(temperature),
        gram,
        whole[0],
        without[:, 0],
        shells,
        shells_without,
        np.array(weights),
    )


def base_and_shells(moments: Moments, temperature: float, penalties: Penalties) -> np.ndarray:
    """theta_0, and below it the response theta_s of each shell, per K, shape (1 + S, F).

    Raises:
        InputError: a temperature that is not positive.
    """
    scale = KB * checked_temperature(temperature) ** 2
    residual = moments.mean_residual_moments(moments.cross_fitted(penalties.base))
    shells = np.linalg.solve(moments.mean_gram() + penalties.response, residual.T / scale).T
    return np.vstack([moments.coefficients(penalties.base), shells])


def chosen_penalties(
    moments: Moments, temperature: float, shape: np.ndarray
) -> tuple[Penalties, tuple[float, float]]:
    """Penalties of a given shape, and their strengths, each chosen by cross-validation at T0.

    That of the response is chosen for the weighted sum of the shells, whose weights are those of an estimate
    with the penalty of the force field.

    Args:
        moments, temperature: as in ``projected_response``; blocks of equal length.
        shape: the penalty of strength 1, shape (F, F); ``penalty.spline_penalty``.
    """
    gram = moments.gram[:, 0] / moments.count[:, None, None]
    base = chosen_strength(gram, moments.vector[:, 0] / moments.count[:, None], shape)
    first = projected_response(moments, temperature, Penalties(base * shape, base * shape))
    products = np.einsum(
        "s,bsf->bf", first.weights, moments.residual_moments(moments.cross_fitted(base * shape))
    )
    response = chosen_strength(gram, products / (KB * temperature**2), shape)
    return Penalties(base * shape, response * shape), (base, response)


def shell_weight(theta: np.ndarray, without: np.ndarray, gram: np.ndarray) -> float:
    """The weight lambda of one shell: the share of theta^T G theta that is not noise, 0 to 1.

    Of all factors lambda, 1 - tr(G C) / E[theta^T G theta] has the least mean squared error in the force;
    with the measured theta^T G theta in the place of its mean it is the empirical Bayes estimate, as in James
    and Stein (1961).

    Args:
        theta: response of the shell, shape (F,).
        without: the same without each block, shape (block, F).
        gram: G, shape (F, F).
    """
    signal = theta @ gram @ theta
    return float(max(0.0, 1.0 - _noise(without, gram) / signal)) if signal > 0 else 0.0


def _noise(without: np.ndarray, gram: np.ndarray) -> float:
    """tr(G C) of jackknife replicates, shape (block, F)."""
    deviation = without - without.mean(axis=0)
    return float((len(without) - 1) / len(without) * np.einsum("bf,fg,bg->", deviation, gram, deviation))
