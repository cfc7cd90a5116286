"""Energy, entropy and heat capacity from a temperature-dependent CG potential.

The model's energy is a free energy, W(R, T).  Its parts are <u>_R = W - T dW/dT and the entropy
-dW/dT (times T).  Averages over CG configurations at T give the thermodynamics of the whole system, once
what the sites do not carry is added:

    C_V = 3 N kB + <-T d2W/dT2> + Var(<u>_R) / (kB T^2) + C_rest,

with 3 N kB of the momenta (half of it of the sites, half of the rotations that are no longer there), and
C_rest a function of T alone, which no force can show.  It is measured at T0, where the all-atom
fluctuation of u is known, and taken to be the same at T.  For an exact model C_rest is the mean conditional
heat capacity <Var(u | R)> / (kB T0^2) minus the part of it that depends on R.
Derivation: ``docs/explanation/thermal_response.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.conditional.converged import converged_test_frames
from thermalcg.geometry.inputs import checked_box, checked_positions, checked_temperature
from thermalcg.models.names import ModelKey
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import bias_corrected, block_means, rms, root_of_mean, standard_error, welch_freedom
from thermalcg.storage.datasets import box_of
from thermalcg.units import J_PER_KJ, KB

#: Independent pieces of a trajectory for its errors.
PIECES = 8

#: Distance of the frames at T0 that averages are taken over, in recorded frames: the energy changes slowly.
STRIDE = 5


def mean_energy_table(
    members: dict[ModelKey, ThermalPotential], labels: dict[float, xr.Dataset]
) -> pd.DataFrame:
    """The table ``mean_energy.csv``: ``energy_errors`` of each model at each temperature.

    Args:
        members: a potential by architecture and training mode.
        labels: datasets ``labels/{T}.nc`` by temperature, K.
    """
    return pd.DataFrame(
        [
            {"architecture": architecture, "mode": mode, "temperature_K": T, **energy_errors(member, data)}
            for (architecture, mode), member in members.items()
            for T, data in labels.items()
        ]
    )


def energy_errors(member: ThermalPotential, labels: xr.Dataset) -> dict[str, float]:
    """Errors of W - T dW/dT against the conditional mean energy on test frames.

    Both are compared minus their means over the frames.

    Returns:
        ``rmse`` and ``stderr``, the noise of the labels taken off; ``label_noise``; ``label_std``;
        ``slope`` of labels on predictions with ``slope_stderr``; ``free_energy_std`` and
        ``entropy_std``, of W and of T dW/dT over the frames, all kJ/mol.
    """
    own = converged_test_frames(labels)
    temperature, box = float(labels.attrs["temperature_K"]), box_of(labels)
    position = own["site_position"].values.astype(float)
    predicted = member.mean_energy(position, box, temperature)
    free = member.free_energy(position, box, temperature)
    label, noise = own["mean_energy"].values, own["mean_energy_se"].values
    x, y = predicted - predicted.mean(), label - label.mean()
    squares = (x - y) ** 2 * len(x) / (len(x) - 1) - noise**2
    rmse, stderr = root_of_mean(squares)
    slope = float(x @ y / (x @ x))
    residual = y - slope * x
    return {
        "rmse_kJ_per_mol": rmse,
        "stderr": stderr,
        "label_noise": rms(noise),
        "label_std": float(label.std(ddof=1)),
        "slope": slope,
        "slope_stderr": float(np.sqrt(residual @ residual / (len(x) - 2) / (x @ x))),
        "free_energy_std": float(free.std(ddof=1)),
        "entropy_std": float((free - predicted).std(ddof=1)),
    }


class Remainder:
    """The part of the heat capacity at T0 that the sites do not carry, and the energy at T0, of one member.

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

    def capacity(self, kept: np.ndarray | slice = slice(None)) -> float:
        """C_rest from the kept frames, kJ/mol/K."""
        unexplained = self.energy[kept].var() - self.explained[kept].var()
        return float(unexplained / (KB * self.reference**2) - self.curvature[kept].mean())

    def at(self, temperature: float) -> tuple[np.ndarray, np.ndarray]:
        """C_rest (kJ/mol/K), and C_rest (T - T0) - <U>_T0 (kJ/mol), each with its standard error."""

        def values(kept: np.ndarray) -> np.ndarray:
            capacity = self.capacity(kept)
            return np.array(
                [capacity, capacity * (temperature - self.reference) - self.explained[kept].mean()]
            )

        return _bias_corrected(len(self.energy), values)


def all_atom_heat_capacity(mapped: xr.Dataset) -> tuple[float, float]:
    """C_V of the rigid all-atom water from the fluctuation of its energy, with its error, kJ/mol/K."""
    temperature, energy = float(mapped.attrs["temperature_K"]), mapped["potential_energy"].values
    value, error = _bias_corrected(len(energy), lambda kept: energy[kept].var() / (KB * temperature**2))
    return float(value) + kinetic_heat_capacity(mapped.sizes["bead"]), float(error)


def kinetic_heat_capacity(n_molecules: int) -> float:
    """Heat capacity of the six quadratic momenta of each rigid molecule, kJ/mol/K."""
    return 3 * n_molecules * KB


def cg_run(member: ThermalPotential, position: np.ndarray, box: float, T: float) -> tuple[float, float]:
    """Configurational heat capacity (kJ/mol/K) and mean energy (kJ/mol) that the sites of one run carry.

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
    energy = member.mean_energy(position, box, T)
    fluctuation, _ = _bias_corrected(len(energy), lambda kept: energy[kept].var() / (KB * T**2))
    curvature = _curvature_energy(member, position, box, T).mean()
    return float(fluctuation + curvature), float(energy.mean())


@dataclass(frozen=True)
class Caloric:
    """Heat capacity and energy of a box of molecules at one temperature.

    Attributes:
        heat_capacity, heat_capacity_error: at constant volume, kJ/mol/K.
        change, change_error: of the mean potential energy from T0, kJ/mol.
        freedom: degrees of freedom of the error of the heat capacity.
    """

    heat_capacity: float
    heat_capacity_error: float
    change: float
    change_error: float
    freedom: float

    def row(self, source: str, mode: str, temperature: float, n_molecules: int) -> dict[str, object]:
        """A row of ``heat_capacity.csv``: per molecule, J/mol/K and kJ/mol."""
        return {
            "source": source,
            "mode": mode,
            "temperature_K": temperature,
            "heat_capacity_J_per_mol_K": self.heat_capacity / n_molecules * J_PER_KJ,
            "stderr": self.heat_capacity_error / n_molecules * J_PER_KJ,
            "energy_change_kJ_per_mol": self.change / n_molecules,
            "energy_change_stderr": self.change_error / n_molecules,
            "freedom": self.freedom,
        }


def heat_capacity_table(
    ensembles: dict[ModelKey, list[ThermalPotential]],
    cg: dict[tuple[ModelKey, float], xr.Dataset],
    mapped: dict[float, xr.Dataset],
    reference: float,
) -> pd.DataFrame:
    """The table ``heat_capacity.csv``: per molecule, J/mol/K and kJ/mol, all-atom and predicted from T0.

    ``energy_change`` is the change of the mean potential energy from T0.  Each CG run is evaluated with the
    member that it was run with.  The error has two parts: the scatter of the runs, which holds that of the
    members and is not divided by the root of their number, and that of the all-atom trajectory at T0, which
    all runs share.  ``freedom`` is that of the error of the heat capacity.

    Args:
        ensembles: potentials by architecture and training mode.
        cg: datasets ``cg/{arch}/{model}/{T}.nc`` by model and temperature, K.
        mapped: datasets ``mapped/{T}.nc`` by temperature, K.
        reference: T0, K.
    """
    n = next(iter(mapped.values())).sizes["bead"]
    base = {T: _mean_energy(data) for T, data in mapped.items()}
    rows = []
    for T, data in sorted(mapped.items()):
        value, error = all_atom_heat_capacity(data)
        change = base[T][0] - base[reference][0]
        change_error = np.hypot(base[T][1], base[reference][1]) if reference != T else 0.0
        rows.append(Caloric(value, error, change, change_error, PIECES - 1).row("all_atom", "", T, n))
    at_reference = mapped[reference].isel(time=slice(None, None, STRIDE))
    known: dict[tuple[ModelKey, int], Remainder] = {}
    for (key, T), trajectory in sorted(cg.items(), key=lambda item: item[0]):
        values, errors = [], []
        for run in np.flatnonzero(trajectory["healthy"].values):
            index = int(trajectory["member"].values[run])
            member, box = ensembles[key][index], box_of(trajectory)
            if (key, index) not in known:
                known[key, index] = Remainder(member, at_reference)
            remainder, error = known[key, index].at(T)
            carried = cg_run(member, trajectory["position"].values[run].astype(float), box, T)
            # U of the model at T over CG configurations, from U at T0 over all-atom ones
            values.append(np.array(carried) + remainder)
            errors.append(error)
        if len(values) > 1:
            rows.append(_predicted(np.array(values), np.array(errors), n).row(*key, T, n))
    return pd.DataFrame(rows)


def _predicted(values: np.ndarray, errors: np.ndarray, n_molecules: int) -> Caloric:
    """Means over runs of the heat capacity of the sites and of the energy.

    Args:
        values: of each run, shape (run, 2).
        errors: the part that all runs share, shape (run, 2).
    """
    value, change = values.mean(axis=0) + np.array([kinetic_heat_capacity(n_molecules), 0.0])
    parts = values.std(axis=0, ddof=1), errors.mean(axis=0)
    error, change_error = np.hypot(*parts)
    freedom = welch_freedom([part[0] for part in parts], [len(values) - 1, PIECES - 1])
    return Caloric(value, error, change, change_error, freedom)


def _mean_energy(mapped: xr.Dataset) -> tuple[float, float]:
    energy = mapped["potential_energy"].values
    return float(energy.mean()), float(standard_error(block_means(energy, PIECES)))


def _curvature_energy(member: ThermalPotential, position: np.ndarray, box: float, T: float) -> np.ndarray:
    """-T d2W/dT2 of each configuration, kJ/mol/K: zero for a linear expansion."""
    weights = member.expansion.second_derivatives(T)
    if not weights.any():
        return np.zeros(len(position))
    return -T * member.combination(position, box, weights)[0]


def _bias_corrected(n: int, value) -> tuple[np.ndarray, np.ndarray]:
    """Values of n frames, without the bias of a fluctuation about their own mean, and standard errors."""
    return bias_corrected(np.array_split(np.arange(n), PIECES), value)
