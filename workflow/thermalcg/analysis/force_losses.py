"""Squared residuals of the instantaneous forces of held-out frames, by block of time and ensemble member.

Whatever compares force fields without labels is a difference of these means (``excess_error``).  Splines are
linear in their coefficients c: a block's sums f.f, phi.f and phi.phi give the loss of any of them,

    mean (f - phi c)^2 = mean f^2 - 2 c . mean(phi f) + c . mean(phi phi^T) c,

so that frames are passed over once for all modes and members.  (The prior does not depend on T.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import xarray as xr

from thermalcg.models.potential import ThermalPotential, in_pieces
from thermalcg.models.prior import PairPriors, Prior
from thermalcg.models.species import Species
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.mixture_basis import function_count
from thermalcg.models.spline.model import Spline, force_rows
from thermalcg.statistics import blocks
from thermalcg.storage.datasets import box_of

#: Contiguous blocks of the held-out frames, the independent pieces of all test errors.  In the default study
#: each lasts 10 ps, more than the energy of water stays correlated at any of its temperatures.
BLOCKS = 8

#: Frames that go through the basis at once: their rows stay in the processor's cache.
FRAMES_AT_ONCE = 32


@dataclass(frozen=True)
class HeldOutFrames:
    """Ordinary frames at one temperature that no model was trained on, cut into blocks.

    Attributes:
        position: nm, shape (block, time, N, 3).
        force: instantaneous mapped forces, kJ/mol/nm, shape (block, time, N, 3).
        box: edge or edges of the periodic box, nm.
        temperature: K.
    """

    position: np.ndarray
    force: np.ndarray
    box: float | np.ndarray
    temperature: float

    @classmethod
    def of(cls, mapped: xr.Dataset, n_blocks: int = BLOCKS) -> HeldOutFrames:
        """The test part of a trajectory, the dataset ``mapped/{T}.nc``.

        Raises:
            ValueError: fewer test frames than blocks.
        """
        test = np.flatnonzero(mapped["split"].values == 1)
        position, force = (blocks(mapped[name].values[test], n_blocks) for name in ("position", "force"))
        return cls(position, force, box_of(mapped), float(mapped.attrs["temperature_K"]))

    @property
    def mean_square(self) -> np.ndarray:
        """Mean square of the forces of each block, kJ2/mol2/nm2, shape (block,)."""
        return np.square(self.force, dtype=float).mean(axis=(1, 2, 3))

    def losses(self, members: list[ThermalPotential]) -> np.ndarray:
        """Mean of (f - p)^2 over the components of each block, kJ2/mol2/nm2, shape (member, block)."""
        first = members[0]
        if isinstance(first.components, Spline):
            moments = self._moments(first.components, first.prior)
            weights = first.expansion.values(self.temperature)
            coefficients = np.array([weights @ member.components.coefficients for member in members])
            return moments.losses(coefficients)
        return np.array([self._loss(member) for member in members])

    def _loss(self, member: ThermalPotential) -> np.ndarray:
        field = member.everywhere().force_field(self.box, self.temperature)
        predicted = [in_pieces(field, block.astype(float))[1] for block in self.position]
        return ((self.force - np.array(predicted)) ** 2).mean(axis=(1, 2, 3))

    @cached_property
    def _known(self) -> dict[tuple[SplineSettings, Prior | PairPriors], _SplineMoments]:
        return {}

    def _moments(self, spline: Spline, prior: Prior | PairPriors) -> _SplineMoments:
        key = spline.settings, prior
        if key not in self._known:
            self._known[key] = _SplineMoments.of(self, spline.settings, spline.species, prior)
        return self._known[key]


class _SplineMoments(NamedTuple):
    """Means over the force components of each block, the prior taken off the forces.

    Attributes:
        square: of the squared forces, shape (block,).
        moment: of force times basis, shape (block, F).
        gram: of basis times basis, shape (block, F, F).
    """

    square: np.ndarray
    moment: np.ndarray
    gram: np.ndarray

    @classmethod
    def of(
        cls,
        frames: HeldOutFrames,
        settings: SplineSettings,
        species: Species | None,
        prior: Prior | PairPriors,
    ) -> _SplineMoments:
        functions, n_blocks = function_count(settings, species), len(frames.position)
        square = np.zeros(n_blocks)
        moment, gram = np.zeros((n_blocks, functions)), np.zeros((n_blocks, functions, functions))
        for block, (positions, forces) in enumerate(zip(frames.position, frames.force, strict=True)):
            for start in range(0, len(positions), FRAMES_AT_ONCE):
                position = positions[start : start + FRAMES_AT_ONCE].astype(float)
                rows = force_rows(position, frames.box, settings, species).reshape(-1, functions)
                force = forces[start : start + FRAMES_AT_ONCE] - prior.energy_force(position, frames.box)[1]
                square[block] += (force**2).sum()
                moment[block] += force.reshape(-1) @ rows
                gram[block] += rows.T @ rows
        count = frames.force[0].size
        return cls(square / count, moment / count, gram / count)

    def losses(self, coefficients: np.ndarray) -> np.ndarray:
        """Of coefficients (member, F): shape (member, block)."""
        quadratic = np.einsum("ma,bac,mc->mb", coefficients, self.gram, coefficients, optimize=True)
        return self.square - 2 * coefficients @ self.moment.T + quadratic
