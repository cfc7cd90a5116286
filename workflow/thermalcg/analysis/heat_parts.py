"""What the energy of the sites and the rest carry of a heat capacity, for every member of an ensemble.

The parts are those of ``thermodynamics``.  Members of a bootstrapped ensemble have no CG runs of their own:
what they would show follows from the runs of the first one by first-order perturbation theory
(``training_changes``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import checked_box, checked_positions, checked_temperature
from thermalcg.models.names import ModelKey
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import bias_corrected, block_means, standard_error
from thermalcg.storage.datasets import box_of
from thermalcg.units import J_PER_KJ, KB

from .training_changes import energy_differences

#: Independent pieces of a trajectory for its errors.
PIECES = 8

#: Distance of the frames at T0 that averages are taken over, in recorded frames: the energy changes slowly.
STRIDE = 5


@dataclass(frozen=True)
class Sites:
    """What the sites of one member carry, configuration by configuration.

    Attributes:
        energy: U = W - T dW/dT, kJ/mol, shape (n,).
        curvature: dU/dT = -T d2W/dT2 at fixed positions, kJ/mol/K, shape (n,).
    """

    energy: np.ndarray
    curvature: np.ndarray

    @classmethod
    def of(cls, member: ThermalPotential, position: np.ndarray, box: ArrayLike, T: float) -> Sites:
        """Of positions, nm, shape (n, N, 3), at T, K."""
        energy, weights = member.mean_energy(position, box, T), _curvature_weights(member, T)
        if not weights.any():
            return cls(energy, np.zeros(len(position)))
        return cls(energy, member.combination(position, box, weights)[0])


def _curvature_weights(member: ThermalPotential, T: float) -> np.ndarray:
    return -T * member.expansion.second_derivatives(T)


@dataclass(frozen=True)
class MembersSites:
    """What the sites of further members carry in configurations of the first one.

    Attributes:
        sites: of every further member.
        reduced: (W_m - W) / (kB T), shape (member - 1, n).
    """

    sites: list[Sites]
    reduced: np.ndarray

    @classmethod
    def of(
        cls, ensemble: list[ThermalPotential], position: np.ndarray, box: ArrayLike, T: float
    ) -> MembersSites:
        """Of splines; arguments as of ``Sites.of``."""
        first, expansion = Sites.of(ensemble[0], position, box, T), ensemble[0].expansion
        laws = np.array([expansion.values(T), expansion.mean_energy(T), _curvature_weights(ensemble[0], T)])
        free, energy, curvature = energy_differences(ensemble, position, box, laws)
        sites = [Sites(first.energy + e, first.curvature + c) for e, c in zip(energy, curvature, strict=True)]
        return cls(sites, free / (KB * T))


class Remainder:
    """How the all-atom energy at T0 divides into the part of the sites and the rest, for one member.

    Args:
        energy: of the all-atom frames, kJ/mol, shape (n,).
        sites: of the same frames.
        reference: T0, K.
    """

    def __init__(self, energy: np.ndarray, sites: Sites, reference: float) -> None:
        self.energy, self.sites, self.reference = energy, sites, reference

    @classmethod
    def of(cls, member: ThermalPotential, mapped: xr.Dataset) -> Remainder:
        """Of an all-atom trajectory ``mapped/{T0}.nc``."""
        T, box = float(mapped.attrs["temperature_K"]), box_of(mapped)
        position = mapped["position"].values.astype(float)
        return cls(mapped["potential_energy"].values, Sites.of(member, position, box, T), T)

    @classmethod
    def of_further(cls, ensemble: list[ThermalPotential], mapped: xr.Dataset) -> list[Remainder]:
        """Of every member of splines but the first."""
        T, box = float(mapped.attrs["temperature_K"]), box_of(mapped)
        members = MembersSites.of(ensemble, mapped["position"].values.astype(float), box, T)
        return [cls(mapped["potential_energy"].values, sites, T) for sites in members.sites]

    def parts(self, kept: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Parts of the heat capacity from the kept frames, kJ/mol/K, shape (4,).

        The whole Var(u), the part Cov(U, u) of the sites, C_rest, and Var(u) - Var(U) - Var(u - U), which
        the law of total variance makes zero for an exact U; all but C_rest over kB T0^2.
        """
        energy, explained = self.energy[kept], self.sites.energy[kept]
        rest = energy - explained
        covariance = ((explained - explained.mean()) * energy).mean()
        cross = energy.var() - explained.var() - rest.var()
        parts = np.array([energy.var(), covariance, energy.var() - covariance, cross])
        curvature = np.array([0.0, 0.0, self.sites.curvature[kept].mean(), 0.0])
        return parts / (KB * self.reference**2) - curvature

    def with_errors(self) -> tuple[np.ndarray, np.ndarray]:
        """``parts`` of all frames, without the bias of a fluctuation about its own mean, and their errors."""
        return _bias_corrected(len(self.energy), self.parts)

    def capacity(self) -> tuple[float, float]:
        """C_rest and its standard error, kJ/mol/K."""
        values, errors = self.with_errors()
        return float(values[2]), float(errors[2])


@dataclass(frozen=True)
class Sampled:
    """Mean and fluctuation of an energy along one run, each with its standard error from blocks.

    Attributes:
        capacity, capacity_error: <dU/dT> + Var(U) / (kB T^2), kJ/mol/K.
        energy, energy_error: <U>, kJ/mol.
    """

    capacity: float
    capacity_error: float
    energy: float
    energy_error: float

    @classmethod
    def of_energies(cls, energy: np.ndarray, T: float, curvature: float = 0.0) -> Sampled:
        """Of energies, kJ/mol, shape (time,), and the mean dU/dT at fixed positions, kJ/mol/K."""
        value, error = _bias_corrected(len(energy), lambda kept: energy[kept].var() / (KB * T**2))
        return cls(float(value) + curvature, float(error), float(energy.mean()), mean_error(energy))

    @classmethod
    def of_sites(cls, member: ThermalPotential, position: np.ndarray, box: float, T: float) -> Sampled:
        """What the sites of one CG run carry.

        Args:
            member: the potential.
            position: of a CG run at T, nm, shape (time, N, 3).
            box: edge, nm.
            T: K.

        Raises:
            InputError: positions of another shape or not finite, no box, or no temperature.
        """
        position, T = checked_positions(position).values, checked_temperature(T)
        checked_box(box)
        sites = Sites.of(member, position, box, T)
        return cls.of_energies(sites.energy, T, float(sites.curvature.mean()))

    @classmethod
    def of_further(
        cls, ensemble: list[ThermalPotential], position: np.ndarray, box: ArrayLike, T: float
    ) -> list[Sampled]:
        """What runs with every further member of splines would show, from runs with the first one.

        Averages with a member m are <A>_m = <A> - <(A - <A>) (W_m - W)> / (kB T) to first order.  They come
        without errors (NaN): what matters is how they differ.

        Args:
            ensemble: of splines.
            position: of all runs with the first member at T, nm, shape (n, N, 3).
            box: edge or edges, nm.
            T: K.
        """
        members = MembersSites.of(ensemble, position, box, T)
        found = []
        for sites, reduced in zip(members.sites, members.reduced, strict=True):
            weight = 1 - (reduced - reduced.mean())
            energy = (weight * sites.energy).mean()
            variance = (weight * (sites.energy - energy) ** 2).mean()
            capacity = variance / (KB * T**2) + (weight * sites.curvature).mean()
            found.append(cls(float(capacity), np.nan, float(energy), np.nan))
        return found

    def weighed_as(self, other: Sampled) -> Sampled:
        """The same values with the errors of another run."""
        return replace(self, capacity_error=other.capacity_error, energy_error=other.energy_error)


def mean_error(energy: np.ndarray) -> float:
    """Standard error of the mean of a time series, from blocks."""
    return float(standard_error(block_means(energy, PIECES)))


@dataclass(frozen=True)
class SampledRuns:
    """What the CG runs of one model showed at one temperature.

    Attributes:
        runs: by number of the run, of those that did not fail: its member, and what it showed.
        further: what runs with every further member would show; empty where members have runs of their own.
    """

    runs: dict[int, tuple[int, Sampled]]
    further: list[Sampled]

    @classmethod
    def of(cls, ensemble: list[ThermalPotential], data: xr.Dataset, T: float) -> SampledRuns:
        """Of a dataset ``cg/{arch}/{model}/{T}.nc``."""
        box, member = box_of(data), data["member"].values
        healthy = np.flatnonzero(data["healthy"].values)
        position = {int(run): data["position"].values[run].astype(float) for run in healthy}
        runs = {
            run: (int(member[run]), Sampled.of_sites(ensemble[member[run]], own, box, T))
            for run, own in position.items()
        }
        if len(ensemble) < 2 or member.any() or not runs:
            return cls(runs, [])
        further = Sampled.of_further(ensemble, np.concatenate(list(position.values())), box, T)
        # a curve through the values of a member weighs them as one through those of a run does
        return cls(runs, [one.weighed_as(next(iter(runs.values()))[1]) for one in further])


def combined_error(runs: np.ndarray, further: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Errors of means over runs that come from sampling and from training, each of shape (...).

    Args:
        runs: what each run showed, shape (run, ...).
        further: what runs with further members would show, shape (member, ...).  Where there are none, runs
            have different members: their scatter holds that of the members, is not divided by the root of
            their number, and stands in the place of both.
    """
    scatter = runs.std(axis=0, ddof=1)
    if not len(further):
        return scatter, np.zeros_like(scatter)
    return scatter / np.sqrt(len(runs)), further.std(axis=0, ddof=1)


def heat_parts_table(
    ensembles: dict[ModelKey, list[ThermalPotential]],
    cg: dict[ModelKey, xr.Dataset],
    mapped: xr.Dataset,
) -> pd.DataFrame:
    """The table ``heat_parts.csv``: the configurational heat capacity at T0 in its parts, per molecule.

    Where the CG heat capacity at T0 differs from the all-atom one, it does so by ``cg_sites`` - ``sites``:
    by how the energy of the sites fluctuates in the CG runs.

    Args:
        ensembles: potentials by architecture and training mode.
        cg: datasets ``cg/{arch}/{model}/{T0}.nc`` by model.
        mapped: dataset ``mapped/{T0}.nc``.
    """
    n, frames = mapped.sizes["bead"], mapped.isel(time=slice(None, None, STRIDE))
    T = float(mapped.attrs["temperature_K"])
    names = ("all_atom", "sites", "rest", "cross", "cg_sites")
    rows = []
    for key, trajectory in sorted(cg.items()):
        ensemble, sampled = ensembles[key], SampledRuns.of(ensembles[key], trajectory, T)
        if len(sampled.runs) < 2:
            continue
        used = [member for member, _ in sampled.runs.values()]
        own = {m: Remainder.of(ensemble[m], frames).with_errors() for m in set(used)}
        values, errors = (np.array([own[m][i] for m in used]) for i in (0, 1))
        further = Remainder.of_further(ensemble, frames) if sampled.further else []
        # the trajectory is the same for all members, whose scatter adds to its error
        scatter = np.std([one.parts() for one in further] if further else values, axis=0, ddof=1)
        carried = np.array([one.capacity for _, one in sampled.runs.values()])
        of_runs = np.hypot(*combined_error(carried, np.array([one.capacity for one in sampled.further])))
        all_values = [*values.mean(axis=0), carried.mean()]
        all_errors = [*np.hypot(errors.mean(axis=0), scatter), of_runs]
        row: dict[str, object] = {"architecture": key.architecture, "mode": key.mode}
        for name, value, error in zip(names, all_values, all_errors, strict=True):
            row[f"{name}_J_per_mol_K"] = value / n * J_PER_KJ
            row[f"{name}_stderr"] = error / n * J_PER_KJ
        rows.append(row)
    return pd.DataFrame(rows)


def _bias_corrected(n: int, value) -> tuple[np.ndarray, np.ndarray]:
    """Values of n frames, without the bias of a fluctuation about their own mean, and standard errors."""
    return bias_corrected(np.array_split(np.arange(n), PIECES), value)
