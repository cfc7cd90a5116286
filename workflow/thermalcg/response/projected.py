"""The thermal response of the projected force field, from one ordinary trajectory.

A force field F_theta = phi theta that is linear in its coefficients is trained by least squares on the instantaneous
forces of the canonical ensemble at T: G theta = E[phi^T f], G = E[phi^T phi].  Its exact derivative is

    G dtheta/dT = E[phi^T r (u - <u>)] / (kB T^2),      r = f - phi theta.

With u the sum of the energies of the molecules, the right side is a sum over shells s around each bead, each with a
response theta_s of its own.  Each gets the weight that an empirical Bayes estimate gives it,

    lambda_s = max(0, 1 - tr(G C_s) / (theta_s^T G theta_s)),      theta' = sum_s lambda_s theta_s,

with C_s the covariance of theta_s over blocks: near shells come in whole, far ones, whose noise is as large as their
signal, hardly.  Derivation: ``docs/explanation/projected_response.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermalcg.geometry.inputs import checked_temperature
from thermalcg.statistics import delete_one
from thermalcg.units import KB

from .moments import Moments


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
        """Standard error of coefficients as a root mean square of force components at T0 (jackknife over blocks).

        Args:
            without: the coefficients without each block, shape (block, F).
        """
        return float(np.sqrt(_noise(without, self.gram)))

    def covariance(self, without: np.ndarray) -> np.ndarray:
        """Jackknife covariance of coefficients over blocks, shape (F, F)."""
        deviation = without - without.mean(axis=0)
        return (len(without) - 1) / len(without) * deviation.T @ deviation


def projected_response(moments: Moments, temperature: float, penalty: np.ndarray) -> ProjectedResponse:
    """The response of the least-squares force field, each shell with its weight.

    Args:
        moments: with the energies of the shells as weights, kJ/mol.
        temperature: T0 of the samples, K.
        penalty: R, added to G, shape (F, F); zeros for none.

    Raises:
        ValueError: fewer than three blocks, from which no jackknife can be cross-fitted.
        InputError: a temperature that is not positive.
    """
    temperature = checked_temperature(temperature)
    if moments.n_blocks < 3:
        raise ValueError(f"blocks is {moments.n_blocks}; allowed: at least 3")

    def estimate(kept: np.ndarray) -> np.ndarray:
        some = moments.kept(kept)
        residual = some.residual_moments(some.cross_fitted(penalty))
        right = np.vstack(
            [some.vector[:, 0].sum(axis=0) / some.count.sum(), residual / (KB * temperature**2)]
        )
        return np.linalg.solve(some.mean_gram() + penalty, right.T).T

    whole, without = delete_one(moments.n_blocks, estimate)
    shells, shells_without, gram = whole[1:], without[:, 1:], moments.mean_gram()
    weights = np.array([shell_weight(shells[s], shells_without[:, s], gram) for s in range(len(shells))])
    return ProjectedResponse(temperature, gram, whole[0], without[:, 0], shells, shells_without, weights)


def shell_weight(theta: np.ndarray, without: np.ndarray, gram: np.ndarray) -> float:
    """The weight lambda of one shell: the share of theta^T G theta that is not noise, 0 to 1.

    Of all factors lambda, 1 - tr(G C) / E[theta^T G theta] has the least mean squared error in the force; with the
    measured theta^T G theta in the place of its mean it is the empirical Bayes estimate, as in James and Stein (1961).

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
