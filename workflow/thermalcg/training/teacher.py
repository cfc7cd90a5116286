"""What teaches a model that is not linear the response: the splines, which know it best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermalcg.response.projected_splines import SplineProjection, response_at
from thermalcg.statistics import rms
from thermalcg.units import KB


@dataclass(frozen=True)
class Teacher:
    """The response of the projected splines of one run, at any configuration and without noise.

    One sample of the response from one frame has 25 times the size of the response itself.  Splines have a
    hundred coefficients and average it over every frame that was recorded; a network has thousands of
    parameters, sees a few hundred frames, and fits the noise.  So it is taught what the splines found.  It
    still learns the mean force at T0 from the all-atom forces, and what it adds to the splines there stays.

    Attributes:
        projection: of the run.
        seed: of the displacements.
    """

    projection: SplineProjection
    seed: int

    def sites(self, position: np.ndarray, force: np.ndarray) -> np.ndarray:
        """Where to teach: frames of the run, every bead of half of them moved as far as it goes in its cage.

        Contacts that are closer than any in the run occur at higher temperatures, and a response that was
        never taught there is arbitrary.  In a harmonic cage the mean square force along an axis is k kB T0
        and the mean square displacement kB T0 / k, so that the latter is (kB T0)^2 / <f^2>.

        Args:
            position: nm, shape (n, N, 3).
            force: mapped forces there, kJ/mol/nm, of which the mean square is taken.
        """
        rng = np.random.default_rng(self.seed)
        size = KB * self.projection.first.temperature / rms(force)
        moved = rng.random(len(position)) < 0.5
        return position + size * moved[:, None, None] * rng.normal(size=position.shape)

    def responses(self, position: np.ndarray, box: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and second order at configurations (``response_at``), kJ/mol/nm/K and kJ/mol/nm/K2."""
        return response_at(self.projection, position, box)
