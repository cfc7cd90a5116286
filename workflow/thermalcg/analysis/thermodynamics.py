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
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.models.names import ModelKey
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import welch_freedom
from thermalcg.units import J_PER_KJ, KB

from .caloric_curve import CaloricCurve, CaloricData, caloric_curve
from .heat_parts import PIECES, Remainder, Sampled, combined_error, sampled_runs


def kinetic_heat_capacity(n_molecules: int) -> float:
    """Heat capacity of the six quadratic momenta of each rigid molecule, kJ/mol/K."""
    return 3 * n_molecules * KB


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
    member that it was run with, and compared with the run of the same number at T0.  The error has three
    parts: the scatter of the runs; that of the members, which their runs hold, or which follows from the
    runs of the first one (``Sampled.of_further``); and that of the all-atom trajectory at T0, which all runs
    share.

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
    for key in sorted({key for key, _ in cg}):
        trajectories = {T: data for (other, T), data in sorted(cg.items()) if other == key}
        name = f"{key.architecture} {key.mode}"
        chains = _chains(ensembles[key], trajectories, mapped[reference], name)
        for T in trajectories:
            kept = [chain for chain in chains if T in chain.own.sampled]
            if len(kept) > 1:
                rows.append(_row(*key, T, n, _predicted(kept, T)))
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


def _curve(sampled: dict[float, Sampled], reference: float) -> CaloricCurve:
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


def _chains(
    ensemble: list[ThermalPotential],
    trajectories: dict[float, xr.Dataset],
    at_reference: xr.Dataset,
    name: str,
) -> list[_Chains]:
    """Of every run that did not fail at T0."""
    reference, n = float(at_reference.attrs["temperature_K"]), at_reference.sizes["bead"]
    if reference not in trajectories:
        raise ValueError(
            f"CG runs of {name} are at {sorted(trajectories)} K; allowed: {reference:g} K (T0) among them, "
            "which energies are compared with"
        )
    found = {T: sampled_runs(ensemble, data, T) for T, data in trajectories.items()}
    rest: dict[int, tuple[float, float]] = {}
    others: list[float] = []
    chains = []
    for run, at_t0 in found[reference].items():
        own = {T: runs[run] for T, runs in found.items() if run in runs}
        member = at_t0.member
        if {one.member for one in own.values()} != {member}:
            raise ValueError(f"run {run} of {name} changes its member with temperature; allowed: one member")
        if member not in rest:
            rest[member] = Remainder.of(ensemble[member], at_reference).capacity()
        if at_t0.further and not others:
            others = [float(one.parts()[2]) for one in Remainder.of_further(ensemble, at_reference)]
        chain = _Chain({T: one.own for T, one in own.items()}, *rest[member], n, reference)
        further = [
            _Chain({T: one.further[m] for T, one in own.items()}, capacity, 0.0, n, reference)
            for m, capacity in enumerate(others)
        ]
        chains.append(_Chains(chain, further))
    return chains


@dataclass(frozen=True)
class _Chain:
    """A run of one member at all temperatures.

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


class _Chains(NamedTuple):
    """One run at all temperatures, and what further members would show."""

    own: _Chain
    further: list[_Chain]


def _predicted(chains: list[_Chains], T: float) -> _Predictions:
    """Means over runs, with the errors of sampling, of training, and of what all of them share.

    The three are added as independent, though members are resampled from the trajectory at T0 that C_rest
    comes from.
    """
    values, shared = (np.array(x) for x in zip(*(one.own.values(T) for one in chains), strict=True))
    further = np.array([[chain.values(T)[0] for chain in one.further] for one in chains])
    sampling, training = combined_error(values, further)
    parts, degrees = [sampling, shared.mean(axis=0)], [len(chains) - 1, PIECES - 1]
    if further.size:
        parts, degrees = [*parts, training], [*degrees, further.shape[1] - 1]
    freedom = [welch_freedom(each, degrees) for each in zip(*parts, strict=True)]
    chi2 = float(np.mean([one.own.chi2() for one in chains]))
    error = np.sqrt(np.sum(np.square(parts), axis=0))
    return _Predictions(values.mean(axis=0), error, np.array(freedom), chi2)
