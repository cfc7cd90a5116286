"""Energy, entropy and heat capacity from a temperature-dependent CG potential.

The model's energy is a free energy, W(R, T).  Its parts are <u>_R = W - T dW/dT and the entropy
-dW/dT (times T).  Averages over CG configurations at T give the thermodynamics of the whole system, once
what the sites do not carry is added:

    C_V = 3 N kB + <-T d2W/dT2> + Var(<u>_R) / (kB T^2) + C_rest,

with 3 N kB of the momenta (half of it of the sites, half of the rotations that are no longer there), and
C_rest a function of T alone, which no force can show: it is measured at T0, where the all-atom
fluctuation of u is known, and kept.  For an exact model C_rest is the mean conditional heat capacity
<Var(u | R)> / (kB T0^2) less what of it depends on R.  Derivation: ``workflow/docs/thermal_response.md``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.conditional.test_frames import converged_test_frames
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import block_means, jackknife, standard_error, welch_freedom
from thermalcg.units import KB

#: kJ/mol/K to J/mol/K.
JOULE = 1e3

#: Independent pieces of a trajectory for its errors.
PIECES = 8

#: Every so many frames of the trajectory at T0 serve for averages: the energy changes slowly.
STRIDE = 5


def energy_errors(member: ThermalPotential, labels: xr.Dataset) -> dict[str, float]:
    """W - T dW/dT against the conditional mean energy on test frames, both less their means over frames.

    Returns:
        ``rmse`` and ``stderr``, the noise of the labels taken off; ``label_noise``; ``label_std``;
        ``slope`` of labels on predictions with ``slope_stderr``; ``free_energy_std`` and
        ``entropy_std``, of W and of T dW/dT over the frames, all kJ/mol.
    """
    own = converged_test_frames(labels)
    temperature, box = float(labels.attrs["temperature_K"]), float(labels.attrs["box_nm"])
    position = own["site_position"].values.astype(float)
    predicted = member.mean_energy(position, box, temperature)
    free = member.free_energy(position, box, temperature)
    label, noise = own["mean_energy"].values, own["mean_energy_se"].values
    x, y = predicted - predicted.mean(), label - label.mean()
    squares = (x - y) ** 2 * len(x) / (len(x) - 1) - noise**2
    rmse = np.sqrt(max(squares.mean(), 0.0))
    slope = float(x @ y / (x @ x))
    residual = y - slope * x
    return {
        "rmse_kJ_per_mol": rmse,
        "stderr": standard_error(squares) / (2 * rmse) if rmse else np.nan,
        "label_noise": float(np.sqrt((noise**2).mean())),
        "label_std": float(label.std(ddof=1)),
        "slope": slope,
        "slope_stderr": float(np.sqrt(residual @ residual / (len(x) - 2) / (x @ x))),
        "free_energy_std": float(free.std(ddof=1)),
        "entropy_std": float((free - predicted).std(ddof=1)),
    }


class Remainder:
    """What the sites do not carry at T0, and the energy that changes count from, of one member.

    Args:
        mapped: all-atom trajectory ``mapped/{T0}.nc``.
    """

    def __init__(self, member: ThermalPotential, mapped: xr.Dataset) -> None:
        self.reference, box = float(mapped.attrs["temperature_K"]), float(mapped.attrs["box_nm"])
        position = mapped["position"].values.astype(float)
        self.energy = mapped["potential_energy"].values
        self.explained = member.mean_energy(position, box, self.reference)
        self.curvature = _curvature_energy(member, position, box, self.reference)

    def capacity(self, kept: np.ndarray | slice = slice(None)) -> float:
        """C_rest from so many frames, kJ/mol/K."""
        unexplained = self.energy[kept].var() - self.explained[kept].var()
        return float(unexplained / (KB * self.reference**2) - self.curvature[kept].mean())

    def at(self, temperature: float) -> tuple[np.ndarray, np.ndarray]:
        """C_rest (kJ/mol/K), and C_rest (T - T0) - <U>_T0 (kJ/mol), each with its standard error."""

        def values(kept: np.ndarray) -> np.ndarray:
            capacity = self.capacity(kept)
            return np.array(
                [capacity, capacity * (temperature - self.reference) - self.explained[kept].mean()]
            )

        return _jackknifed(len(self.energy), values)


def all_atom_heat_capacity(mapped: xr.Dataset) -> tuple[float, float]:
    """C_V of the rigid all-atom water, kJ/mol/K of the box, from the fluctuation of its energy."""
    temperature, energy = float(mapped.attrs["temperature_K"]), mapped["potential_energy"].values
    value, error = _jackknifed(len(energy), lambda kept: energy[kept].var() / (KB * temperature**2))
    return float(value) + kinetic_heat_capacity(mapped.sizes["bead"]), float(error)


def kinetic_heat_capacity(n_molecules: int) -> float:
    """Of six quadratic momenta a rigid molecule, kJ/mol/K."""
    return 3 * n_molecules * KB


def cg_run(member: ThermalPotential, position: np.ndarray, box: float, T: float) -> tuple[float, float]:
    """What the sites carry: configurational heat capacity (kJ/mol/K) and mean energy (kJ/mol) of one run.

    Args:
        position: of a CG run at T, nm, shape (time, N, 3).
    """
    energy = member.mean_energy(position, box, T)
    fluctuation, _ = _jackknifed(len(energy), lambda kept: energy[kept].var() / (KB * T**2))
    curvature = _curvature_energy(member, position, box, T).mean()
    return float(fluctuation + curvature), float(energy.mean())


def heat_capacity_table(
    ensembles: dict[tuple[str, str], list[ThermalPotential]],
    cg: dict[tuple[str, str, float], xr.Dataset],
    mapped: dict[float, xr.Dataset],
    reference: float,
) -> pd.DataFrame:
    """The table ``heat_capacity.csv``: per molecule, J/mol/K and kJ/mol, all-atom and predicted from T0.

    ``energy_change`` is the change of the mean potential energy from T0.  Each CG run is evaluated with the
    member that it was run with.  The error has two parts: the scatter of the runs, which holds that of the
    members and is not divided by the root of their number, and that of the all-atom trajectory at T0, which
    all runs share.  ``freedom`` is that of the error of the heat capacity.
    """
    n = next(iter(mapped.values())).sizes["bead"]
    base = {T: _mean_energy(data) for T, data in mapped.items()}
    rows = []
    for T, data in sorted(mapped.items()):
        value, error = all_atom_heat_capacity(data)
        change = base[T][0] - base[reference][0]
        change_error = np.hypot(base[T][1], base[reference][1]) if reference != T else 0.0
        rows.append(_row("all_atom", "", T, value, error, change, change_error, n, PIECES - 1))
    at_reference = mapped[reference].isel(time=slice(None, None, STRIDE))
    known: dict[tuple[str, str, int], Remainder] = {}
    for (architecture, mode, T), trajectory in sorted(cg.items(), key=lambda item: item[0]):
        values, errors = [], []
        for run in np.flatnonzero(trajectory["healthy"].values):
            index = int(trajectory["member"].values[run])
            member, box = ensembles[architecture, mode][index], float(trajectory.attrs["box_nm"])
            if (architecture, mode, index) not in known:
                known[architecture, mode, index] = Remainder(member, at_reference)
            remainder, error = known[architecture, mode, index].at(T)
            carried = cg_run(member, trajectory["position"].values[run].astype(float), box, T)
            # U of the model at T over CG configurations, from U at T0 over all-atom ones
            values.append(np.array(carried) + remainder)
            errors.append(error)
        if len(values) > 1:
            mean = np.mean(values, axis=0) + np.array([kinetic_heat_capacity(n), 0.0])
            parts = np.std(values, axis=0, ddof=1), np.mean(errors, axis=0)
            error = np.hypot(*parts)
            freedom = welch_freedom([part[0] for part in parts], [len(values) - 1, PIECES - 1])
            rows.append(_row(architecture, mode, T, mean[0], error[0], mean[1], error[1], n, freedom))
    return pd.DataFrame(rows)


def _row(source, mode, T, value, error, change, change_error, n, freedom) -> dict[str, object]:
    return {
        "source": source,
        "mode": mode,
        "temperature_K": T,
        "heat_capacity_J_per_mol_K": value / n * JOULE,
        "stderr": error / n * JOULE,
        "energy_change_kJ_per_mol": change / n,
        "energy_change_stderr": change_error / n,
        "freedom": freedom,
    }


def _mean_energy(mapped: xr.Dataset) -> tuple[float, float]:
    energy = mapped["potential_energy"].values
    return float(energy.mean()), float(standard_error(block_means(energy, PIECES)))


def _curvature_energy(member: ThermalPotential, position: np.ndarray, box: float, T: float) -> np.ndarray:
    """-T d2W/dT2 of each configuration, kJ/mol/K: zero for a linear expansion."""
    weights = member.expansion.second_derivatives(T)
    if not weights.any():
        return np.zeros(len(position))
    return -T * member.combination(position, box, weights)[0]


def _jackknifed(n: int, value) -> tuple[np.ndarray, np.ndarray]:
    """Values of n frames, without the bias of a fluctuation about their own mean, and standard errors."""
    return jackknife(np.array_split(np.arange(n), PIECES), value)
