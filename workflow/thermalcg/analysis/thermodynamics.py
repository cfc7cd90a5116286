"""Energy, entropy and heat capacity from a temperature-dependent CG potential.

The model's energy is a free energy, W(R, T).  Its parts are U(R, T) = W - T dW/dT, a model of the mean energy
<u>_R, and the entropy -dW/dT (times T).  The all-atom energy is u = U + (u - U): a part that the sites carry
and a rest that no force shows.  From T0 to T they change by

    <u>_T - <u>_T0 = <U>_(CG, T) - <U>_(CG, T0) + C_rest (T - T0),

both averages over CG runs of the same model, so that what its sites do wrong at T0 is not counted as a
change, and with the derivative of the rest, from the all-atom fluctuation at T0 and kept at its value there,

    C_rest = Cov(u - U, u) / (kB T0^2) - <dU/dT>,        dU/dT = -T d2W/dT2.

The heat capacity is C_V = 3 N kB + C_rest + <dU/dT> + Var(U) / (kB T^2), with 3 N kB of the momenta (half of
the sites, half of the rotations that are no longer there).  For an exact model C_rest is the mean conditional
heat capacity <Var(u | R)> / (kB T0^2) minus the part of it that depends on R.
Derivation: ``docs/explanation/thermal_response.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.geometry.inputs import checked_box, checked_positions, checked_temperature
from thermalcg.models.names import ModelKey
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import bias_corrected, block_means, standard_error, welch_freedom
from thermalcg.storage.datasets import box_of
from thermalcg.units import J_PER_KJ, KB

from .caloric_curve import CaloricData, caloric_curve

#: Independent pieces of a trajectory for its errors.
PIECES = 8

#: Distance of the frames at T0 that averages are taken over, in recorded frames: the energy changes slowly.
STRIDE = 5


class Remainder:
    """How the all-atom energy at T0 divides into the part of the sites and the rest, for one member.

    Args:
        member: the potential.
        mapped: all-atom trajectory ``mapped/{T0}.nc``.
    """

    def __init__(self, member: ThermalPotential, mapped: xr.Dataset) -> None:
        self.reference, box = float(mapped.attrs["temperature_K"]), box_of(mapped)
        position = mapped["position"].values.astype(float)
        self.energy = mapped["potential_energy"].values
        self.explained = member.mean_energy(position, box, self.reference)
        self.curvature = _curvature_energy(member, position, box, self.reference)

    def parts(self, kept: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Parts of the heat capacity from the kept frames, kJ/mol/K, shape (4,).

        The whole Var(u), the part Cov(U, u) of the sites, C_rest, and Var(u) - Var(U) - Var(u - U), which
        the law of total variance makes zero for an exact U; all but C_rest over kB T0^2.
        """
        energy, explained = self.energy[kept], self.explained[kept]
        rest = energy - explained
        covariance = ((explained - explained.mean()) * energy).mean()
        cross = energy.var() - explained.var() - rest.var()
        parts = np.array([energy.var(), covariance, energy.var() - covariance, cross])
        curvature = np.array([0.0, 0.0, self.curvature[kept].mean(), 0.0])
        return parts / (KB * self.reference**2) - curvature

    def with_errors(self) -> tuple[np.ndarray, np.ndarray]:
        """``parts`` of all frames, without the bias of a fluctuation about its own mean, and their errors."""
        return _bias_corrected(len(self.energy), self.parts)

    def capacity(self) -> tuple[float, float]:
        """C_rest and its standard error, kJ/mol/K."""
        values, errors = self.with_errors()
        return float(values[2]), float(errors[2])


def kinetic_heat_capacity(n_molecules: int) -> float:
    """Heat capacity of the six quadratic momenta of each rigid molecule, kJ/mol/K."""
    return 3 * n_molecules * KB


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
        curvature = float(_curvature_energy(member, position, box, T).mean())
        return cls.of_energies(member.mean_energy(position, box, T), T, curvature)


def mean_error(energy: np.ndarray) -> float:
    """Standard error of the mean of a time series, from blocks."""
    return float(standard_error(block_means(energy, PIECES)))


def heat_capacity_table(
    ensembles: dict[ModelKey, list[ThermalPotential]],
    cg: dict[tuple[ModelKey, float], xr.Dataset],
    mapped: dict[float, xr.Dataset],
    reference: float,
) -> pd.DataFrame:
    """The table ``heat_capacity.csv``: per molecule, all-atom and predicted from T0.

    ``energy_change`` is the change of the mean potential energy from T0, and ``heat_capacity`` the value from
    the fluctuation at T.  The columns ``curve`` and ``entropy_change`` are those of one smooth heat capacity
    through means and fluctuations at all temperatures (``caloric_curve``).  Each CG run is evaluated with the
    member that it was run with, and compared with the run of the same number at T0.  The error has two parts:
    the scatter of the runs, which holds that of the members and is not divided by the root of their number,
    and that of the all-atom trajectory at T0, which all runs share.

    Args:
        ensembles: potentials by architecture and training mode.
        cg: datasets ``cg/{arch}/{model}/{T}.nc`` by model and temperature, K; each model's T0 among them.
        mapped: datasets ``mapped/{T}.nc`` by temperature, K.
        reference: T0, K.

    Raises:
        ValueError: a model without runs at T0, or whose runs change their members.
    """
    n = next(iter(mapped.values())).sizes["bead"]
    own = {T: Sampled.of_energies(data["potential_energy"].values, T) for T, data in sorted(mapped.items())}
    rows = _all_atom_rows(own, n, reference)
    at_reference = mapped[reference].isel(time=slice(None, None, STRIDE))
    for key in sorted({key for key, _ in cg}):
        trajectories = {T: data for (other, T), data in sorted(cg.items()) if other == key}
        runs = _sampled_runs(ensembles[key], trajectories, reference, f"{key.architecture} {key.mode}")
        used = {member for member, _ in runs}
        rest = {m: Remainder(ensembles[key][m], at_reference).capacity() for m in sorted(used)}
        chains = [_Chain.of(sampled, rest[m], n, reference) for m, sampled in runs]
        for T in trajectories:
            kept = [chain for chain in chains if T in chain.sampled]
            if len(kept) > 1:
                rows.append(_row(*key, T, n, _predicted(kept, T)))
    return pd.DataFrame(rows)


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
        ((_, runs),) = _sampled_by_run(ensembles[key], {T: trajectory}).items()
        if len(runs) < 2:
            continue
        found = np.array([Remainder(ensembles[key][m], frames).with_errors() for m, _ in runs.values()])
        carried = [sampled.capacity for _, sampled in runs.values()]
        values = [*found[:, 0].mean(axis=0), np.mean(carried)]
        # the trajectory is the same for all members, whose scatter adds to its error
        errors = [
            *np.hypot(found[:, 1].mean(axis=0), found[:, 0].std(axis=0, ddof=1)),
            np.std(carried, ddof=1),
        ]
        row: dict[str, object] = {"architecture": key.architecture, "mode": key.mode}
        for name, value, error in zip(names, values, errors, strict=True):
            row[f"{name}_J_per_mol_K"] = value / n * J_PER_KJ
            row[f"{name}_stderr"] = error / n * J_PER_KJ
        rows.append(row)
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Predictions:
    """What is known at one temperature of a box; values and errors have the shape (4,).

    Attributes:
        values: heat capacity (kJ/mol/K), energy change (kJ/mol), heat capacity and entropy change (kJ/mol/K)
            of the smooth curve.
        errors: of each.
        freedom: degrees of freedom of each error.
        chi2: of the curve, by its degrees of freedom.
    """

    values: np.ndarray
    errors: np.ndarray
    freedom: np.ndarray
    chi2: float


def _row(source: str, mode: str, temperature: float, n: int, found: _Predictions) -> dict[str, object]:
    """A row of ``heat_capacity.csv``: per molecule, J/mol/K and kJ/mol."""
    units = np.array([J_PER_KJ, 1.0, J_PER_KJ, J_PER_KJ]) / n
    value, error = found.values * units, found.errors * units
    return {
        "source": source,
        "mode": mode,
        "temperature_K": temperature,
        "heat_capacity_J_per_mol_K": value[0],
        "stderr": error[0],
        "energy_change_kJ_per_mol": value[1],
        "energy_change_stderr": error[1],
        "freedom": found.freedom[0],
        "energy_change_freedom": found.freedom[1],
        "curve_heat_capacity_J_per_mol_K": value[2],
        "curve_stderr": error[2],
        "entropy_change_J_per_mol_K": value[3],
        "entropy_change_stderr": error[3],
        "curve_chi2": found.chi2,
    }


def _curve(sampled: dict[float, Sampled], reference: float):
    """The smooth curve through what one system showed at several temperatures."""
    each = [(s.energy, s.energy_error, s.capacity, s.capacity_error) for s in sampled.values()]
    return caloric_curve(CaloricData(np.array(list(sampled)), *np.array(each).T), reference)


def _all_atom_rows(own: dict[float, Sampled], n: int, reference: float) -> list[dict[str, object]]:
    base, kinetic = own[reference], kinetic_heat_capacity(n)
    curve = _curve(own, reference) if len(own) > 1 else None
    rows = []
    for T, here in own.items():
        smooth, entropy = (np.nan, np.nan), (np.nan, np.nan)
        if curve:
            smooth, entropy = curve.heat_capacity(T), curve.entropy_change(T)
        change_error = 0.0 if reference == T else np.hypot(here.energy_error, base.energy_error)
        values = [here.capacity + kinetic, here.energy - base.energy, smooth[0] + kinetic]
        values.append(entropy[0] + kinetic * np.log(T / reference))
        errors = [here.capacity_error, change_error, smooth[1], entropy[1]]
        freedom = np.array([PIECES - 1, 2 * (PIECES - 1), PIECES - 1, PIECES - 1])
        chi2 = curve.chi2 / curve.freedom if curve else np.nan
        rows.append(
            _row("all_atom", "", T, n, _Predictions(np.array(values), np.array(errors), freedom, chi2))
        )
    return rows


def _sampled_by_run(
    ensemble: list[ThermalPotential], trajectories: dict[float, xr.Dataset]
) -> dict[float, dict[int, tuple[int, Sampled]]]:
    """By temperature: of every run that did not fail, its member and what it showed."""
    found = {}
    for T, data in trajectories.items():
        box, member = box_of(data), data["member"].values
        found[T] = {
            int(run): (
                int(member[run]),
                Sampled.of_sites(ensemble[member[run]], data["position"].values[run].astype(float), box, T),
            )
            for run in np.flatnonzero(data["healthy"].values)
        }
    return found


def _sampled_runs(
    ensemble: list[ThermalPotential], trajectories: dict[float, xr.Dataset], reference: float, name: str
) -> list[tuple[int, dict[float, Sampled]]]:
    """Of every run that did not fail at T0: its member, and what it showed at each temperature."""
    if reference not in trajectories:
        raise ValueError(
            f"CG runs of {name} are at {sorted(trajectories)} K; allowed: {reference:g} K (T0) among them, "
            "which energies are compared with"
        )
    found = _sampled_by_run(ensemble, trajectories)
    chains = []
    for run, (member, _) in found[reference].items():
        own = {T: runs[run] for T, runs in found.items() if run in runs}
        if {m for m, _ in own.values()} != {member}:
            raise ValueError(f"run {run} of {name} changes its member with temperature; allowed: one member")
        chains.append((member, {T: sampled for T, (_, sampled) in own.items()}))
    return chains


@dataclass(frozen=True)
class _Chain:
    """Runs of one member at all temperatures.

    Attributes:
        sampled: by temperature, K.
        rest, rest_error: C_rest, kJ/mol/K.
        n: number of molecules.
        reference: T0, K.
    """

    sampled: dict[float, Sampled]
    rest: float
    rest_error: float
    n: int
    reference: float

    @classmethod
    def of(cls, sampled: dict[float, Sampled], rest: tuple[float, float], n: int, reference: float) -> _Chain:
        return cls(sampled, *rest, n, reference)

    def values(self, T: float) -> tuple[np.ndarray, np.ndarray]:
        """The values of ``_Predictions`` at T, and the part of their errors that comes from C_rest."""
        here, base = self.sampled[T], self.sampled[self.reference]
        values = [here.capacity, here.energy - base.energy, np.nan, np.nan]
        if len(self.sampled) > 1:
            curve = _curve(self.sampled, self.reference)
            values[2:] = curve.heat_capacity(T)[0], curve.entropy_change(T)[0]
        logarithm = np.log(T / self.reference)
        weights = np.array([1.0, T - self.reference, 1.0, logarithm])
        kinetic = kinetic_heat_capacity(self.n) * np.array([1.0, 0.0, 1.0, logarithm])
        return np.array(values) + weights * self.rest + kinetic, np.abs(weights) * self.rest_error

    def chi2(self) -> float:
        if len(self.sampled) < 2:
            return np.nan
        curve = _curve(self.sampled, self.reference)
        return curve.chi2 / curve.freedom


def _predicted(chains: list[_Chain], T: float) -> _Predictions:
    """Means over runs, with their scatter and what all of them share."""
    values, shared = (np.array(x) for x in zip(*(chain.values(T) for chain in chains), strict=True))
    parts = values.std(axis=0, ddof=1), shared.mean(axis=0)
    freedom = [welch_freedom(pair, [len(chains) - 1, PIECES - 1]) for pair in zip(*parts, strict=True)]
    chi2 = float(np.mean([chain.chi2() for chain in chains]))
    return _Predictions(values.mean(axis=0), np.hypot(*parts), np.array(freedom), chi2)


def _curvature_energy(member: ThermalPotential, position: np.ndarray, box: float, T: float) -> np.ndarray:
    """-T d2W/dT2 of each configuration, kJ/mol/K: zero for a linear expansion."""
    weights = member.expansion.second_derivatives(T)
    if not weights.any():
        return np.zeros(len(position))
    return -T * member.combination(position, box, weights)[0]


def _bias_corrected(n: int, value) -> tuple[np.ndarray, np.ndarray]:
    """Values of n frames, without the bias of a fluctuation about their own mean, and standard errors."""
    return bias_corrected(np.array_split(np.arange(n), PIECES), value)
