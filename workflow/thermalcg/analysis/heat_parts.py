"""What the energy of the sites and the rest carry of a heat capacity, for every member of an ensemble.

The parts are those of ``thermodynamics``.  Members of a bootstrapped ensemble have no CG runs of their own:
what they would show follows from the runs of the first one by first-order perturbation theory
(``training_changes``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import checked_box, checked_positions, checked_temperature
from thermalcg.models.names import ModelKey
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import bias_corrected, block_means, standard_error, variance_free_of_noise
from thermalcg.storage.datasets import box_of
from thermalcg.units import J_PER_KJ, KB

from .training_changes import energy_differences, report_rough

#: Independent pieces of a trajectory for its errors.
PIECES = 8

#: Every so manieth recorded configuration tells how further members differ: energies change slowly, and an
#: error asks for less than a value.
STRIDE = 4


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
        """Of every member of splines but the first, from every ``STRIDE``-th frame."""
        T, box = float(mapped.attrs["temperature_K"]), box_of(mapped)
        mapped = mapped.isel(time=slice(None, None, STRIDE))
        members = MembersSites.of(ensemble, mapped["position"].values.astype(float), box, T)
        return [cls(mapped["potential_energy"].values, sites, T) for sites in members.sites]

    def parts(self, kept: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Parts of the heat capacity from the kept frames, kJ/mol/K, shape (4,).

        The whole, Var(u) / (kB T0^2); the part of the sites, Cov(U, u) / (kB T0^2) + <dU/dT>; C_rest, which
        is the difference of the two; and [Var(u) - Var(U) - Var(u - U)] / (kB T0^2), which the law of total
        variance makes zero for an exact U.
        """
        energy, explained = self.energy[kept], self.sites.energy[kept]
        rest = energy - explained
        covariance = ((explained - explained.mean()) * energy).mean()
        cross = energy.var() - explained.var() - rest.var()
        parts = np.array([energy.var(), covariance, energy.var() - covariance, cross])
        own = self.sites.curvature[kept].mean() * np.array([0.0, 1.0, -1.0, 0.0])
        return parts / (KB * self.reference**2) + own

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
        """What a run with every further member of splines would show, from one with the first member.

        Averages with a member m are <A>_m = <A> - <(A - <A>) (W_m - W)> / (kB T) to first order.  They come
        without errors (NaN): what matters is how they differ.  The log says where this is
        rough (``report_rough``).

        Args:
            ensemble: of splines.
            position: of a run with the first member at T, nm, shape (n, N, 3).
            box: edge or edges, nm.
            T: K.
        """
        members = MembersSites.of(ensemble, position, box, T)
        report_rough(float(members.reduced.std(axis=1).max()), T)
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


class SampledRun(NamedTuple):
    """What one CG run showed.

    Attributes:
        member: that moved it.
        own: what it showed.
        further: what it would have shown with every further member; empty where members have runs of their
            own.
    """

    member: int
    own: Sampled
    further: list[Sampled]


def sampled_runs(ensemble: list[ThermalPotential], data: xr.Dataset, T: float) -> dict[int, SampledRun]:
    """Every run that did not fail of a dataset ``cg/{arch}/{model}/{T}.nc``, by its number."""
    box, members = box_of(data), data["member"].values.tolist()
    bootstrapped = len(ensemble) > 1 and not any(members)
    found = {}
    for run in np.flatnonzero(data["healthy"].values).tolist():
        position = data["position"].values[run].astype(float)
        own = Sampled.of_sites(ensemble[members[run]], position, box, T)
        further = Sampled.of_further(ensemble, position[::STRIDE], box, T) if bootstrapped else []
        # a curve through the values of a member weighs them as one through those of the run does
        found[run] = SampledRun(members[run], own, [one.weighed_as(own) for one in further])
    return found


def combined_error(runs: np.ndarray, further: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Errors of means over runs that come from sampling and from training, each of shape (...).

    The noise of the runs in what they say of further members is kept out of its square by products of
    different runs.

    Args:
        runs: what each run showed, shape (run, ...).
        further: what it would have shown with further members, shape (run, member, ...).  Where that is not
            known, (run, 0), the scatter of the runs holds that of their members, is not divided by the root
            of their number, and stands in the place of both.
    """
    scatter = runs.std(axis=0, ddof=1)
    if not further.size:
        return scatter, np.zeros_like(scatter)
    return scatter / np.sqrt(len(runs)), np.sqrt(variance_free_of_noise(further.swapaxes(0, 1)))


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
    n, T = mapped.sizes["bead"], float(mapped.attrs["temperature_K"])
    names = ("all_atom", "sites", "rest", "cross", "cg_sites")
    rows = []
    for key, trajectory in sorted(cg.items()):
        ensemble = ensembles[key]
        runs = list(sampled_runs(ensemble, trajectory, T).values())
        if len(runs) < 2:
            continue
        used = [run.member for run in runs]
        own = {m: Remainder.of(ensemble[m], mapped).with_errors() for m in set(used)}
        values, errors = (np.array([own[m][i] for m in used]) for i in (0, 1))
        further = Remainder.of_further(ensemble, mapped) if runs[0].further else []
        # the trajectory is the same for all members, whose scatter adds to its error
        scatter = np.std([one.parts() for one in further] if further else values, axis=0, ddof=1)
        carried = np.array([run.own.capacity for run in runs])
        would = np.array([[one.capacity for one in run.further] for run in runs])
        of_runs = np.hypot(*combined_error(carried, would))
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
