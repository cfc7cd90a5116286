"""The response of the projected spline force field along an ordinary trajectory at T0.

Two passes over the trajectory, a batch of frames at a time: the first collects the moments of the basis with
the energies of the shells (``projected``), the second those along a few directions (``projected_second``).
Everything else, models of any law in T, their bootstrap members and errors included, is made from block sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from thermalcg.atomistic.mapping import training_part
from thermalcg.geometry.inputs import checked_box, checked_temperature
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import PairPriors, Prior
from thermalcg.models.species import Species
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.mixture_basis import blocks, pair_count
from thermalcg.models.spline.model import Spline, force_rows
from thermalcg.runtime.progress import Progress
from thermalcg.storage.datasets import box_of

from .moments import Moments, Samples
from .penalty import spline_penalty
from .projected import (
    Penalties,
    ProjectedResponse,
    base_and_shells,
    chosen_penalties,
    projected_response,
)
from .projected_second import (
    DirectionMoments,
    DirectionSamples,
    SecondResponse,
    second_coordinates,
    second_response,
    split_directions,
)
from .shells import SHELLS_NM, shell_energies

#: Force components that go through the basis at once: their rows stay in the processor's cache.
COMPONENTS_AT_ONCE = 6000

#: Coordinates of theta' on the directions of ``split_directions``.
FIRST = np.array([1.0, 1.0, 0.0, 0.0])


@dataclass(frozen=True)
class ProjectionSettings:
    """How the response of a projected spline is estimated.

    Attributes:
        spline: the basis; its ridge is not used.
        blocks: contiguous stretches of the trajectory, the independent pieces of all errors.
        radii_nm: outer radii of the shells, nm.
    """

    spline: SplineSettings
    blocks: int
    radii_nm: tuple[float, ...] = SHELLS_NM


@dataclass(frozen=True)
class SplineProjection:
    """What a trajectory says about the spline force field near T0; ``project_splines`` makes it.

    Attributes:
        settings, prior: of the estimate.
        moments, along: block sums of the two passes.
        penalties: of both fits, and their strengths.
        first: theta_0 and theta'.
        second: theta'' as coordinates on the directions.
        directions: pair and triplet parts of theta' and of theta_0, shape (F, 4).
        species: of the beads, where there are several.
    """

    settings: ProjectionSettings
    prior: Prior | PairPriors
    moments: Moments
    along: DirectionMoments
    penalties: Penalties
    strengths: tuple[float, float]
    first: ProjectedResponse
    second: SecondResponse
    directions: np.ndarray
    species: Species | None = None

    def coefficients(self, kind: str, multiplicity: np.ndarray | None = None) -> np.ndarray:
        """Coefficients of the components of an expansion about T0, shape (K, F).

        Args:
            kind: of the expansion (``models.expansion``); the law in T of the force field.
            multiplicity: how often each block counts, as in a bootstrap, shape (block,); None for once each.
                The weights of shells, penalties and directions stay those of all data.
        """
        size = Expansion(kind, self.first.temperature).size
        if multiplicity is None:
            parts = [self.first.base, self.first.response, self._second(self.second.coordinates)]
            return np.array(parts)[:size]
        temperature = self.first.temperature
        drawn = base_and_shells(self.moments.resampled(multiplicity), temperature, self.penalties)
        second = self.second.weighted(second_coordinates(self.along, temperature, FIRST, multiplicity))
        return np.array([drawn[0], self.first.weights @ drawn[1:], self._second(second)])[:size]

    def potential(self, kind: str, multiplicity: np.ndarray | None = None) -> ThermalPotential:
        """The temperature-dependent force field; arguments as in ``coefficients``."""
        spline = Spline(self.coefficients(kind, multiplicity), self.settings.spline, self.species)
        return ThermalPotential(spline, Expansion(kind, self.first.temperature), self.prior)

    def change(self, kind: str, temperature: float) -> tuple[np.ndarray, float]:
        """Coefficients (F,) of F(T) - F(T0), and their standard error.

        The error is a root mean square of force components over configurations at T0, kJ/mol/nm, from the
        jackknife over blocks.  It knows nothing of what the law in T leaves out.

        Args:
            kind: as in ``coefficients``.
            temperature: T, K.
        """
        h = Expansion(kind, self.first.temperature).values(temperature)[1:]
        without = np.stack(
            [self.first.response_without, np.array([self._second(c) for c in self.second.without])]
        )[: len(h)]
        change = h @ self.coefficients(kind)[1:]
        return change, self.first.error(np.tensordot(h, without, axes=1))

    def _second(self, coordinates: np.ndarray) -> np.ndarray:
        return self.directions @ coordinates


def penalty_shape(spline: SplineSettings, moments: Moments, species: Species | None) -> np.ndarray:
    """The penalty of strength one (``spline_penalty``), shape (F, F)."""
    return spline_penalty(moments.mean_gram(), pair_count(spline, species), blocks(spline, species))


def project_splines(
    mapped: xr.Dataset, molecule_energy: np.ndarray, prior: Prior | PairPriors, settings: ProjectionSettings
) -> SplineProjection:
    """The spline force field of a trajectory at T0, with its first and second response.

    Frames that do not fill the blocks are left out at the start.

    Args:
        mapped: dataset ``mapped/{T}.nc``; its training part is used.
        molecule_energy: of each molecule in each frame, kJ/mol, shape (time, bead).
        prior: taken off the forces.
        settings: basis, blocks and shells.

    Raises:
        ValueError: fewer than three blocks, or more blocks than frames; fewer energies than frames.
        InputError: a temperature that is not positive, or a box below twice a radius or the cutoff.
        OverlapError: two beads on one spot.
    """
    frames = _Frames.of(mapped, molecule_energy, prior, settings)
    temperature = checked_temperature(mapped.attrs["temperature_K"])
    n_pair = pair_count(settings.spline, frames.species)
    with Progress("projected response", 2, "passes") as progress:
        moments = Moments.of(frames.samples(), settings.blocks)
        progress.update(1)
        shape = penalty_shape(settings.spline, moments, frames.species)
        penalties, strengths = chosen_penalties(moments, temperature, shape)
        first = projected_response(moments, temperature, penalties)
        directions = split_directions(first.base, first.response, n_pair)
        samples = frames.along(
            directions, moments.cross_fitted(penalties.base), first.weights, moments.mean_weights
        )
        along = DirectionMoments.of(samples, settings.blocks, directions.shape[1])
        progress.update(1)
    return of_block_sums(settings, prior, temperature, moments, along, strengths, frames.species)


def of_block_sums(
    settings: ProjectionSettings,
    prior: Prior | PairPriors,
    temperature: float,
    moments: Moments,
    along: DirectionMoments,
    strengths: tuple[float, float],
    species: Species | None = None,
) -> SplineProjection:
    """A projection from the block sums of both passes and the strengths of its penalties.

    Args:
        temperature: T0, K.
        species: of the beads, where there are several.
    """
    n_pair, shape = pair_count(settings.spline, species), penalty_shape(settings.spline, moments, species)
    penalties = Penalties(strengths[0] * shape, strengths[1] * shape)
    first = projected_response(moments, temperature, penalties)
    directions = split_directions(first.base, first.response, n_pair)
    second = second_response(along, temperature, FIRST)
    return SplineProjection(
        settings, prior, moments, along, penalties, strengths, first, second, directions, species
    )


def response_at(
    projection: SplineProjection, position: np.ndarray, box: float | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The response of the projected force field at any configurations, first and second order.

    Args:
        position: nm, shape (n, N, 3).
        box: edges, nm.

    Returns:
        kJ/mol/nm/K and kJ/mol/nm/K2; shape (n, N, 3) each.
    """
    own = projection.first.response, projection.directions @ projection.second.coordinates
    found = np.empty((2, *position.shape))
    size = max(1, COMPONENTS_AT_ONCE // position[0].size)
    for start in range(0, len(position), size):
        part = slice(start, start + size)
        rows = force_rows(position[part].astype(float), box, projection.settings.spline, projection.species)
        for order, coefficients in enumerate(own):
            found[order, part] = (rows @ coefficients).reshape(found[order, part].shape)
    return found[0], found[1]


@dataclass(frozen=True)
class _Frames:
    """The frames that fill the blocks, and what goes with them."""

    position: np.ndarray
    force: np.ndarray
    energy: np.ndarray
    box: float | np.ndarray
    species: Species | None
    prior: Prior | PairPriors
    settings: ProjectionSettings

    @classmethod
    def of(
        cls, mapped: xr.Dataset, energy: np.ndarray, prior: Prior | PairPriors, settings: ProjectionSettings
    ) -> _Frames:
        mapped = training_part(mapped)
        n, blocks, box = mapped.sizes["time"], settings.blocks, box_of(mapped)
        checked_box(box, max(settings.radii_nm, default=0.0))
        if not 3 <= blocks <= n:
            raise ValueError(f"response.blocks = {blocks} for {n} frames; allowed: 3 to {n}")
        if len(energy) < n or energy.shape[1:] != (mapped.sizes["bead"],):
            raise ValueError(
                f"energies have shape {energy.shape}; needed: of {mapped.sizes['bead']} molecules "
                f"in each of {n} frames"
            )
        kept = slice(n % blocks, n)
        own = energy[kept]
        position, force = mapped["position"].values[kept], mapped["force"].values[kept]
        species, mean = Species.of(mapped), own.mean()
        if species is not None:
            # else a shell's energy would tell of its composition, and of nothing that fluctuates with forces
            mean = np.array([own[:, species.codes == k].mean() for k in range(len(species.names))])
            mean = mean[species.codes]
        return cls(position, force, own - mean, box, species, prior, settings)

    def samples(self) -> Iterator[Samples]:
        """Of the first pass."""
        for block, rows, force, weights in self.batches():
            yield Samples(block, rows, force, weights)

    def along(
        self, directions: np.ndarray, base: np.ndarray, weights: np.ndarray, means: np.ndarray
    ) -> Iterator[DirectionSamples]:
        """Of the second pass: rows along directions (F, K), residuals of base (block, F), one energy."""
        for block, rows, force, shells in self.batches():
            fields = rows @ np.column_stack([directions, base[block]])
            yield DirectionSamples(block, fields[:, :-1], force - fields[:, -1], (shells - means) @ weights)

    def batches(self) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        """Block, rows, forces and energies of the shells of some frames."""
        length = len(self.position) // self.settings.blocks
        size = max(1, COMPONENTS_AT_ONCE // self.position[0].size)
        for block in range(self.settings.blocks):
            stop = (block + 1) * length
            for start in range(block * length, stop, size):
                own = slice(start, min(start + size, stop))
                position = self.position[own].astype(float)
                rows = force_rows(position, self.box, self.settings.spline, self.species)
                force = self.force[own] - self.prior.energy_force(position, self.box)[1]
                shells = shell_energies(position, self.energy[own], self.box, self.settings.radii_nm)
                yield (
                    block,
                    rows.reshape(-1, rows.shape[-1]),
                    force.reshape(-1),
                    np.repeat(shells.reshape(-1, shells.shape[-1]), 3, axis=0),
                )
