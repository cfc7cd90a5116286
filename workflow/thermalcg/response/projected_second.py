"""The second derivative of the projected force field, in the span of a few directions.

In the canonical ensemble the second derivative of the least-squares coefficients obeys

    G theta'' = E[phi^T r (w^2 - <w^2>)] / (kB T^2)^2 - 2 E[phi^T phi theta' w] / (kB T^2) - 2 G theta' / T,

with w = u - <u> and r = f - phi theta_0.  Its noise is that of a third moment: coefficient by coefficient it
is as large as theta'' itself.  So theta'' is sought in the span of a few directions D only, by the same
equation multiplied with D^T from the left: that is its orthogonal projection, in the metric G, on the span.
Derivation: ``docs/explanation/projected_response.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from thermalcg.geometry.inputs import checked_temperature
from thermalcg.statistics import delete_one
from thermalcg.units import KB

from .projected import shell_weight


class DirectionSamples(NamedTuple):
    """Components of forces that belong to one block, seen along the directions.

    Attributes:
        block: its number.
        rows: forces phi D of the directions, shape (n, K).
        residual: f - phi theta_0, theta_0 from other blocks, kJ/mol/nm, shape (n,).
        weight: w, the energy that counts for the component, less its mean, kJ/mol, shape (n,).
    """

    block: int
    rows: np.ndarray
    residual: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class DirectionMoments:
    """Sums over the components of each block, with the powers 0, 1 and 2 of w along the second axis.

    Attributes:
        count: number of components, shape (block,).
        gram: of the rows, shape (block, 3, K, K).
        residual: rows times residual, shape (block, 3, K).
        weight: shape (block, 3).
    """

    count: np.ndarray
    gram: np.ndarray
    residual: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, samples: Iterable[DirectionSamples], n_blocks: int, n_directions: int) -> DirectionMoments:
        """One pass over samples.

        Raises:
            ValueError: a block without samples.
        """
        k = n_directions
        sums = cls(
            np.zeros(n_blocks),
            np.zeros((n_blocks, 3, k, k)),
            np.zeros((n_blocks, 3, k)),
            np.zeros((n_blocks, 3)),
        )
        for block, rows, residual, weight in samples:
            sums.count[block] += len(rows)
            for power in range(3):
                w = weight**power
                weighted = rows * w[:, None]
                sums.gram[block, power] += weighted.T @ rows
                sums.residual[block, power] += residual @ weighted
                sums.weight[block, power] += w.sum()
        if not sums.count.all():
            raise ValueError(f"samples fill {int((sums.count > 0).sum())} of {n_blocks} blocks")
        return sums

    def mean(self, multiplicity: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Means of gram, residual and weight over components, each block counted so many times."""
        m = np.asarray(multiplicity, float)
        return tuple(
            np.tensordot(m, values, axes=1) / (m @ self.count)
            for values in (self.gram, self.residual, self.weight)
        )


@dataclass(frozen=True)
class SecondResponse:
    """theta'' = D c'' in the span of directions, drawn towards a guess as far as it is noise.

    The guess is a response that falls as 1/T, a law in ln T: c'' = -c' / T0.

    Attributes:
        measured: coordinates c'' as they were measured, per K2, shape (K,).
        measured_without: the same without each block, shape (block, K).
        guess: shape (K,).
        weight: of the measured deviation from the guess, 0 to 1.
    """

    measured: np.ndarray
    measured_without: np.ndarray
    guess: np.ndarray
    weight: float

    @property
    def coordinates(self) -> np.ndarray:
        """c'', per K2, shape (K,)."""
        return self.weighted(self.measured)

    @property
    def without(self) -> np.ndarray:
        """c'' without each block, with the same guess and weight, shape (block, K)."""
        return self.weighted(self.measured_without)

    def weighted(self, measured: np.ndarray) -> np.ndarray:
        """Measured coordinates, of a bootstrap resample say, drawn towards the guess, shape (..., K)."""
        return self.guess + self.weight * (measured - self.guess)


def second_response(moments: DirectionMoments, temperature: float, first: np.ndarray) -> SecondResponse:
    """The second derivative of the projected force field, with its jackknife replicates.

    The weight of what deviates from the guess is the empirical Bayes estimate that shells have, too
    (``projected.shell_weight``).  The directions, and theta', are held fixed in the replicates.

    Args:
        moments: along the directions.
        temperature: T0, K.
        first: coordinates c' of theta' = D c' on the directions, per K, shape (K,).

    Raises:
        InputError: a temperature that is not positive.
    """
    temperature = checked_temperature(temperature)
    blocks, guess = np.arange(len(moments.count)), -first / temperature

    def estimate(kept: np.ndarray) -> np.ndarray:
        return second_coordinates(moments, temperature, first, np.isin(blocks, kept))

    measured, without = delete_one(len(blocks), estimate)
    gram = moments.mean(np.ones(len(blocks)))[0][0]
    return SecondResponse(measured, without, guess, shell_weight(measured - guess, without - guess, gram))


def second_coordinates(
    moments: DirectionMoments, temperature: float, first: np.ndarray, multiplicity: np.ndarray
) -> np.ndarray:
    """Coordinates c'' of theta'' on the directions as measured, per K2, shape (K,).

    Args:
        moments, temperature, first: as in ``second_response``.
        multiplicity: how often each block counts, shape (block,).

    Raises:
        InputError: a temperature that is not positive.
    """
    temperature = checked_temperature(temperature)
    scale = KB * temperature**2
    gram, residual, weight = moments.mean(multiplicity)
    third = residual[2] - weight[2] * residual[0]
    right = third / scale**2 - 2 * (gram[1] @ first) / scale
    # a response that is lost in noise altogether is zero, and so are its directions
    used, coordinates = np.diag(gram[0]) > 0, np.zeros(len(first))
    coordinates[used] = np.linalg.solve(gram[0][np.ix_(used, used)], right[used])
    return coordinates - 2 * first / temperature


def split_directions(base: np.ndarray, response: np.ndarray, n_pair: int) -> np.ndarray:
    """Pair and triplet parts of theta' and of theta_0, in this order, as columns, shape (F, 4).

    Args:
        base: theta_0, shape (F,).
        response: theta', shape (F,); its coordinates on the directions are (1, 1, 0, 0).
        n_pair: number of pair functions, which come first.
    """
    directions = np.zeros((len(base), 4))
    for column, coefficients in ((0, response), (2, base)):
        directions[:n_pair, column] = coefficients[:n_pair]
        directions[n_pair:, column + 1] = coefficients[n_pair:]
    return directions
