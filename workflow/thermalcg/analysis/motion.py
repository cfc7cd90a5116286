"""Diffusion and velocity autocorrelations: all-atom against CG, with errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.dynamics.cg_runs import vacf_error
from thermalcg.dynamics.constant_energy_averages import canonical_energy, derivative_weights, mean_weights
from thermalcg.dynamics.correlation import (
    box_correction,
    correlate,
    einstein_diffusion,
    green_kubo_diffusion,
    mean_square_displacement,
    self_scattering,
)
from thermalcg.statistics import (
    MEAN_ABSOLUTE_NORMAL,
    delete_one,
    jackknife_error,
    standard_error,
    welch_freedom,
)
from thermalcg.storage.datasets import variable
from thermalcg.units import KB

#: nm^2/ps to 1e-9 m^2/s.
SCALE = 1e3

#: Temperature near which the viscosity of the configuration holds, and how near, K.
VISCOSITY_K, VISCOSITY_RANGE_K = 298.0, 15.0

#: Largest standard error of d ln D / d ln(friction) for which it counts as measured.
SLOPE_ERROR = 0.3


def observe(
    stretches: xr.Dataset,
    potential_energy: np.ndarray,
    memory_ps: float,
    displacement_ps: float,
    wave_number: float,
) -> xr.Dataset:
    """The dataset ``dynamics/observables/{T}.nc`` of ``workflow/README.md``.

    Args:
        stretches: dataset ``dynamics/all_atom/{T}.nc``.
        potential_energy: of the long ordinary run, kJ/mol.
    """
    interval = float(stretches["time"][1] - stretches["time"][0])
    position, velocity = stretches["position"].values, stretches["velocity"].values.astype(float)
    n_lags, far = round(memory_ps / interval) + 1, round(displacement_ps / interval) + 1
    lags = np.unique(np.geomspace(1, far - 1, 40).round().astype(int))
    mean, capacity = canonical_energy(
        potential_energy, position.shape[2], float(stretches.attrs["temperature_K"])
    )
    return xr.Dataset(
        {
            "vacf": variable(("stretch", "lag"), correlate(velocity, velocity, n_lags), "nm2/ps2"),
            "msd": variable(("stretch", "displacement_lag"), mean_square_displacement(position, far), "nm2"),
            "scattering": variable(
                ("stretch", "scattering_lag"), self_scattering(position, wave_number, lags), "1"
            ),
            **{name: stretches[name] for name in ("total_energy", "energy_drift", "kinetic_temperature")},
        },
        coords={
            "lag": variable(("lag",), interval * np.arange(n_lags), "ps"),
            "displacement_lag": variable(("displacement_lag",), interval * np.arange(far), "ps"),
            "scattering_lag": variable(("scattering_lag",), interval * lags, "ps"),
        },
        attrs={
            **{
                k: stretches.attrs[k] for k in ("temperature_K", "box_nm", "bead_mass_amu", "friction_per_ps")
            },
            "canonical_energy": mean,
            "heat_capacity": capacity,
            "wave_number_per_nm": wave_number,
        },
    )


def canonical_mean(observed: xr.Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    """A correlation function at the canonical mean energy, shape (lag,), and its delete-one replicates.

    A thermostatted run has no energy of its own: its stretches count alike.
    """
    values = observed[name].values
    if observed.attrs["friction_per_ps"]:
        return delete_one(len(values), lambda kept: values[kept].mean(axis=0))
    energy, mean = observed["total_energy"].values, observed.attrs["canonical_energy"]
    return delete_one(len(values), lambda kept: mean_weights(energy[kept], mean) @ values[kept])


def normalised(curve: np.ndarray, without: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A correlation function over its value at zero, and its standard error, from delete-one replicates."""
    return curve / curve[0], jackknife_error(without / without[:, :1])


def diffusion_of(observed: xr.Dataset, window: tuple[float, float]) -> dict[str, tuple[float, np.ndarray]]:
    """Diffusion by both routes, nm^2/ps, each with its delete-one replicates, shape (stretch,)."""
    result = {}
    for route, name in (("einstein", "msd"), ("green_kubo", "vacf")):
        value, without = canonical_mean(observed, name)
        curves = np.vstack([value[None], without])
        if route == "einstein":
            interval = float(observed["displacement_lag"][1])
            found = einstein_diffusion(curves, interval, window)
        else:
            found = green_kubo_diffusion(curves, float(observed["lag"][1]))[:, -1]
        result[route] = (float(found[0]), found[1:])
    return result


def diffusion_table(
    observed: dict[float, xr.Dataset], window: tuple[float, float], viscosity: float
) -> pd.DataFrame:
    """The table ``diffusion.csv`` of all-atom runs, with what an infinite box would give.

    The box takes xi kB T / (6 pi eta L) (Yeh and Hummer).  The viscosity is known near 298 K; with the
    Stokes-Einstein relation the share that the box takes is the same at all temperatures, and is found at
    the one nearest to 298 K; where none is near, the infinite box stays empty.
    """
    near = min(observed, key=lambda T: abs(T - VISCOSITY_K))
    share = np.nan
    if abs(near - VISCOSITY_K) <= VISCOSITY_RANGE_K:
        box = observed[near].attrs["box_nm"]
        share = box_correction(near, viscosity, box) / diffusion_of(observed[near], window)["einstein"][0]
    rows = []
    for T, data in sorted(observed.items()):
        for route, (value, without) in diffusion_of(data, window).items():
            rows.append(
                {
                    "temperature_K": T,
                    "route": route,
                    "diffusion_1e9_m2_per_s": SCALE * value,
                    "stderr": SCALE * float(jackknife_error(without)),
                    "infinite_box_1e9_m2_per_s": SCALE * value * (1 + share),
                    "kinetic_temperature_K": float(data["kinetic_temperature"].mean()),
                    "energy_drift_kJ_per_mol_ps": float(data["energy_drift"].mean()),
                    "energy_drift_stderr": float(standard_error(data["energy_drift"].values)),
                }
            )
    return pd.DataFrame(rows)


def activation_table(
    observed: dict[float, xr.Dataset], reference: float, window: tuple[float, float]
) -> pd.DataFrame:
    """The table ``activation.csv``: -d ln D / d(1/kB T), from the response at T0 and between temperatures."""
    data = observed[reference]
    energy, capacity = data["total_energy"].values, data.attrs["heat_capacity"]
    msd, interval = data["msd"].values, float(data["displacement_lag"][1])

    def slope(kept: np.ndarray) -> float:
        weights = (
            mean_weights(energy[kept], data.attrs["canonical_energy"]),
            derivative_weights(energy[kept], capacity),
        )
        value, derivative = einstein_diffusion(np.stack(weights) @ msd[kept], interval, window)
        return KB * reference**2 * derivative / value

    value, without = delete_one(len(energy), slope)
    rows = [
        _activation("response at T0", reference, reference, float(value), float(jackknife_error(without)))
    ]
    known = {T: diffusion_of(o, window)["einstein"] for T, o in observed.items()}
    ordered = sorted(known)
    for cold, hot in zip(ordered[:-1], ordered[1:], strict=True):
        width = (1 / cold - 1 / hot) / KB
        logs = [np.log(known[T][0]) for T in (cold, hot)]
        errors = [float(jackknife_error(known[T][1])) / known[T][0] for T in (cold, hot)]
        value = (logs[1] - logs[0]) / width
        rows.append(_activation("between temperatures", cold, hot, value, np.hypot(*errors) / width))
    return pd.DataFrame(rows)


def _activation(source: str, cold: float, hot: float, value: float, error: float) -> dict[str, object]:
    return {
        "source": source,
        "from_K": cold,
        "to_K": hot,
        "activation_energy_kJ_per_mol": value,
        "stderr": error,
    }


def ensemble_table(runs: dict[str, xr.Dataset], window: tuple[float, float]) -> pd.DataFrame:
    """The table ``dynamics_ensemble.csv``: diffusion and velocity autocorrelation in two ensembles.

    ``vacf_noise`` is the L1 distance from the first ensemble that the errors of both alone would give.
    """
    reference, reference_error = normalised(*canonical_mean(next(iter(runs.values())), "vacf"))
    rows = []
    for name, data in runs.items():
        vacf, error = normalised(*canonical_mean(data, "vacf"))
        noise = np.hypot(error, reference_error)
        for route, (value, others) in diffusion_of(data, window).items():
            rows.append(
                {
                    "ensemble": name,
                    "temperature_K": data.attrs["temperature_K"],
                    "friction_per_ps": data.attrs["friction_per_ps"],
                    "route": route,
                    "diffusion_1e9_m2_per_s": SCALE * value,
                    "stderr": SCALE * float(jackknife_error(others)),
                    "vacf_distance": vacf_error(vacf, reference),
                    "vacf_noise": MEAN_ABSOLUTE_NORMAL * noise.sum() / np.abs(reference).sum(),
                }
            )
    return pd.DataFrame(rows)


def error_table(
    architecture: str, motions: xr.Dataset, observed: xr.Dataset, window: tuple[float, float]
) -> pd.DataFrame:
    """Rows of ``dynamics_error.csv``: every case at one temperature against the all-atom run there.

    Errors: over CG runs and, by the jackknife, over all-atom stretches.  ``ratio_stderr`` and
    ``vacf_error_stderr`` have in them what the runs behind a kernel leave open, by way of its friction.  The
    yardstick's kernel comes from the very stretches it is compared with, whose noise largely cancels; it is
    counted once, so its error is generous.
    Cases whose runs failed have no row.
    """
    exact, exact_without = diffusion_of(observed, window)["einstein"]
    exact_error = float(jackknife_error(exact_without)) / exact
    reference, reference_without = canonical_mean(observed, "vacf")
    interval = float(motions["displacement_lag"][1])
    response = diffusion_by_friction(motions, window)
    by_friction = {kind: vacf_by_friction(motions, kind) for kind in np.unique(motions["motion"].values)}
    # the CG runs have the all-atom runs' sampling, so the curves are compared record by record
    rows = []
    for case in np.flatnonzero(motions["healthy"].values):
        own = motions.isel(case=case)
        diffusion = einstein_diffusion(own["msd"].values, interval, window)
        vacf = own["vacf"].values
        ratio, run_error = diffusion.mean() / exact, standard_error(diffusion) / diffusion.mean()
        saw = str(own["kernel"].values) == "measured"
        friction, origins = float(own["friction"]), ["runs"] if saw else ["stretches", "runs"]
        # how Langevin dynamics depends on its friction is not measured
        slope = response if str(own["motion"].values) == "memory" else -1.0
        relative = own["friction_stderr"].sel(origin=origins).values / (friction or 1.0)
        ratio_errors = np.append([run_error, exact_error], abs(slope) * relative)
        own_error, runs = delete_one(
            len(vacf), lambda kept, vacf=vacf: vacf_error(vacf[kept].mean(axis=0), reference)
        )
        stretches = [vacf_error(vacf.mean(axis=0), other) for other in reference_without]
        bent = by_friction[str(own["motion"].values)]
        moved = [
            np.linalg.norm([vacf_error(vacf.mean(axis=0) + d, reference) - own_error for d in (c, -c)])
            / np.sqrt(2)
            for c in (bent * r for r in relative)
        ]
        vacf_errors = [jackknife_error(runs), jackknife_error(stretches), *moved]
        pieces = {"runs": len(vacf) - 1, "stretches": len(reference_without) - 1}
        freedom = [pieces[origin] for origin in ("runs", "stretches", *origins)]
        rows.append(
            {
                "architecture": architecture,
                "forces": str(own["forces"].values),
                "kernel": str(own["kernel"].values),
                "motion": str(own["motion"].values),
                "temperature_K": float(motions.attrs["temperature_K"]),
                "diffusion_1e9_m2_per_s": SCALE * diffusion.mean(),
                "diffusion_stderr": SCALE * float(standard_error(diffusion)),
                "kernel_stderr": SCALE * float(diffusion.mean() * np.linalg.norm(ratio_errors[2:])),
                "ratio_to_all_atom": ratio,
                "ratio_stderr": ratio * np.linalg.norm(ratio_errors),
                "freedom": welch_freedom(ratio_errors, freedom),
                "vacf_error": float(own_error),
                "vacf_error_stderr": float(np.linalg.norm(vacf_errors)),
                "vacf_freedom": welch_freedom(vacf_errors, freedom),
                "friction_per_ps": friction,
                "friction_stderr": float(np.linalg.norm(relative) * friction),
                "kinetic_temperature_K": float(own["kinetic_temperature"].mean()),
                "saw_temperature": int(saw),
            }
        )
    return pd.DataFrame(rows)


def diffusion_by_friction(motions: xr.Dataset, window: tuple[float, float]) -> float:
    """d ln D / d ln(friction) across the runs with memory and forces of ``trf1``.

    It is -1 for a free particle, and taken to be -1 where the frictions are too alike to tell.
    """
    own = _of_motion(motions, "memory")
    interval = float(motions["displacement_lag"][1])
    diffusion = np.array([einstein_diffusion(msd, interval, window) for msd in own["msd"].values])
    if len(diffusion) < 2:
        return -1.0
    x = np.log(own["friction"].values)
    error = diffusion.std(axis=1, ddof=1) / np.sqrt(diffusion.shape[1]) / diffusion.mean(axis=1)
    spread = np.sqrt(((x - x.mean()) ** 2).sum())
    if spread * SLOPE_ERROR <= np.sqrt((error**2).mean()):
        return -1.0
    return float(np.polyfit(x, np.log(diffusion.mean(axis=1)), 1)[0])


def vacf_by_friction(motions: xr.Dataset, motion: str) -> np.ndarray:
    """Derivative of the velocity autocorrelation by ln(friction), shape (lag,).

    Across the kernels of one kind of motion with forces of ``trf1``; zero where there is one friction only.
    """
    own = _of_motion(motions, motion)
    friction = own["friction"].values
    if len(np.unique(friction)) < 2:
        return np.zeros(own.sizes["lag"])
    return np.polyfit(np.log(friction), own["vacf"].mean("run").values, 1)[0]


def _of_motion(motions: xr.Dataset, motion: str) -> xr.Dataset:
    """The healthy cases of a kind of motion, with forces of ``trf1``."""
    chosen = (motions["motion"] == motion) & (motions["forces"] == "trf1") & (motions["healthy"] == 1)
    return motions.isel(case=np.flatnonzero(chosen))


def kernel_rows(architecture: str, source: str, kernel: xr.Dataset) -> pd.DataFrame:
    """Rows of ``memory_kernels.csv``: one kernel before and after its iterations."""
    mass = kernel.attrs["bead_mass_amu"]
    n = kernel.sizes["iteration"]
    corrected = kernel.sizes.get("corrected", 0)
    rows = []
    for i in range(n):
        row = {
            "architecture": architecture,
            "source": source,
            "temperature_K": float(kernel.attrs["temperature_K"]),
            "iteration": i,
            "friction_per_ps": float(kernel["friction"][i]) / mass,
            "fit_error": float(kernel["fit_error"][i]),
        }
        if i < corrected:
            row["diffusion_1e9_m2_per_s"] = SCALE * float(kernel["diffusion"][i])
            row["diffusion_stderr"] = SCALE * float(kernel["diffusion_se"][i])
            row["vacf_error"] = float(kernel["vacf_error"][i])
        if i == 0 and "sampled_friction" in kernel:
            quarter = slice(-max(1, kernel.sizes["lag"] // 4), None)
            row["friction_stderr_per_ps"] = float(kernel["integral_se"][quarter].mean()) / mass
            for fs, value in zip(kernel["sampling"].values, kernel["sampled_friction"].values, strict=True):
                row[f"friction_sampled_{fs:g}_fs_per_ps"] = float(value) / mass
        rows.append(row)
    return pd.DataFrame(rows)


def apparent_speed(speed: pd.DataFrame, errors: pd.DataFrame, memory_suffix: str) -> pd.DataFrame:
    """The table ``dynamics_speed.csv``: speed in ns/day, and what too fast a diffusion would add to it.

    The apparent ratio multiplies the ratio of ns/day by that of the diffusion.

    Args:
        speed: table ``speed.csv``.
        errors: table ``dynamics_error.csv``.
        memory_suffix: ends the names of the rows with memory.
    """
    rows = []
    for _, row in speed.iterrows():
        architecture = row["what"].removesuffix(memory_suffix)
        own = errors[errors["architecture"] == architecture]
        kernel = "response" if row["what"].endswith(memory_suffix) else "none"
        own = own[(own["kernel"] == kernel) & (own["forces"] == "trf1") & (own["motion"] != "friction")]
        for _, e in own.iterrows():
            rows.append(
                {
                    "architecture": architecture,
                    "motion": e["motion"],
                    "temperature_K": e["temperature_K"],
                    "ns_per_day": row["ns_per_day"],
                    "ratio_to_all_atom": row["ratio_to_all_atom"],
                    "diffusion_ratio": e["ratio_to_all_atom"],
                    "apparent_ratio": row["ratio_to_all_atom"] * e["ratio_to_all_atom"],
                }
            )
    columns = "architecture motion temperature_K ns_per_day ratio_to_all_atom diffusion_ratio apparent_ratio"
    return pd.DataFrame(rows, columns=columns.split())
