"""Tables of the diffusion: all-atom, its activation energy, and the speed it would feign."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.dynamics.correlation import box_correction, einstein_diffusion
from thermalcg.models.names import STUDY_RESPONSE
from thermalcg.statistics import jackknife_error, standard_error, with_jackknife_error
from thermalcg.units import KB, NM2_PER_PS

from .motion import diffusion_of, energies_of

#: Temperature near which the viscosity of the configuration holds, and how near, K.
VISCOSITY_K, VISCOSITY_RANGE_K = 298.0, 15.0


def diffusion_table(
    observed: dict[float, xr.Dataset], window: tuple[float, float], viscosity: float
) -> pd.DataFrame:
    """The table ``diffusion.csv`` of all-atom runs, in the box of the study and in an infinite one.

    Args:
        observed, window, viscosity: as ``box_share`` takes them.
    """
    share = box_share(observed, window, viscosity)
    rows = []
    for T, data in sorted(observed.items()):
        for route, (value, without) in diffusion_of(data, window).items():
            rows.append(
                {
                    "temperature_K": T,
                    "route": route,
                    "diffusion_1e9_m2_per_s": NM2_PER_PS * value,
                    "stderr": NM2_PER_PS * float(jackknife_error(without)),
                    "infinite_box_1e9_m2_per_s": NM2_PER_PS * value * (1 + share),
                    "kinetic_temperature_K": float(data["kinetic_temperature"].mean()),
                    "energy_drift_kJ_per_mol_ps": float(data["energy_drift"].mean()),
                    "energy_drift_stderr": float(standard_error(data["energy_drift"].values)),
                }
            )
    return pd.DataFrame(rows)


def box_share(observed: dict[float, xr.Dataset], window: tuple[float, float], viscosity: float) -> float:
    """What an infinite box adds to the diffusion, as a share of it; one for all temperatures.

    A periodic box lowers the diffusion by xi kB T / (6 pi eta L) (Yeh and Hummer).  The viscosity eta is
    known near 298 K only.  By the Stokes-Einstein relation D eta / T is constant, so that the box takes the
    same share of D at all temperatures: the share at the temperature nearest to 298 K.  Where none is near,
    it is NaN.

    Args:
        observed: datasets ``dynamics/observables/all_atom/{T}.nc`` by temperature, K.
        window: first and last time of the straight line through the displacement, ps.
        viscosity: eta near 298 K, Pa s.
    """
    near = min(observed, key=lambda T: abs(T - VISCOSITY_K))
    if abs(near - VISCOSITY_K) > VISCOSITY_RANGE_K:
        return np.nan
    correction = box_correction(near, viscosity, observed[near].attrs["box_nm"])
    return correction / diffusion_of(observed[near], window)["einstein"][0]


def activation_table(
    observed: dict[float, xr.Dataset], reference: float, window: tuple[float, float]
) -> pd.DataFrame:
    """The table ``activation.csv``: the activation energy -d ln D / d(1/kB T), kJ/mol.

    From the temperature derivative of the displacement at T0 alone, and from the diffusion at neighbouring
    temperatures; also from these at T0, where there are some on both sides.

    Args:
        observed: datasets ``dynamics/observables/all_atom/{T}.nc`` by temperature, K.
        reference: T0, K.
        window: first and last time of the straight line through the displacement, ps.
    """
    own = response_activation(observed[reference], window)
    rows = [_activation("response at T0", reference, reference, *own)]
    known = {T: diffusion_of(o, window)["einstein"] for T, o in observed.items()}
    ordered = sorted(known)
    for cold, hot in zip(ordered[:-1], ordered[1:], strict=True):
        width = (1 / cold - 1 / hot) / KB
        logs = [np.log(known[T][0]) for T in (cold, hot)]
        errors = [float(jackknife_error(known[T][1])) / known[T][0] for T in (cold, hot)]
        value = (logs[1] - logs[0]) / width
        rows.append(_activation("between temperatures", cold, hot, value, np.hypot(*errors) / width))
    if reference in ordered[1:-1]:
        place = ordered.index(reference)
        own = {T: known[T] for T in ordered[place - 1 : place + 2]}
        rows.append(_activation("interpolated to T0", reference, reference, *_slope_at_middle(own)))
    return pd.DataFrame(rows)


def response_activation(data: xr.Dataset, window: tuple[float, float]) -> tuple[float, float]:
    """-d ln D / d(1/kB T) from the temperature derivative at one temperature, and its error, kJ/mol.

    Args:
        data: dataset ``dynamics/observables/all_atom/{T}.nc``.
        window: first and last time of the straight line through the displacement, ps.
    """
    energies, msd, interval = energies_of(data), data["msd"].values, float(data["displacement_lag"][1])

    def slope(kept: np.ndarray) -> float:
        value, derivative = einstein_diffusion(np.stack(energies.weights(kept)) @ msd[kept], interval, window)
        return KB * energies.temperature**2 * derivative / value

    return with_jackknife_error(len(msd), slope)


def _slope_at_middle(known: dict[float, tuple[float, np.ndarray]]) -> tuple[float, float]:
    """-d ln D / d(1/kB T) at the second of three temperatures, and its standard error, kJ/mol.

    The slope of a parabola through ln D against 1/T; that ln D is none adds an error that is not stated.

    Args:
        known: diffusion and its delete-one values by temperature, K, in rising order.
    """
    x = 1 / (KB * np.array(list(known)))
    # derivatives at x[1] of the polynomials of Lagrange
    weights = np.array(
        [
            (x[1] - x[2]) / ((x[0] - x[1]) * (x[0] - x[2])),
            1 / (x[1] - x[0]) + 1 / (x[1] - x[2]),
            (x[1] - x[0]) / ((x[2] - x[0]) * (x[2] - x[1])),
        ]
    )
    logs = np.array([np.log(value) for value, _ in known.values()])
    errors = np.array([float(jackknife_error(without)) / value for value, without in known.values()])
    return float(-weights @ logs), float(np.sqrt(weights**2 @ errors**2))


def _activation(source: str, cold: float, hot: float, value: float, error: float) -> dict[str, object]:
    """A row of ``activation.csv``."""
    return {
        "source": source,
        "from_K": cold,
        "to_K": hot,
        "activation_energy_kJ_per_mol": value,
        "stderr": error,
    }


def apparent_speed(speed: pd.DataFrame, errors: pd.DataFrame, memory_suffix: str) -> pd.DataFrame:
    """The table ``dynamics_speed.csv``: speed in ns/day, and the speed that a too fast diffusion would feign.

    The apparent ratio is the ratio of ns/day, CG over all-atom, times the ratio of the diffusion.

    Args:
        speed: table ``speed.csv``.
        errors: table ``dynamics_error.csv``.
        memory_suffix: ends the names of the rows of ``speed`` whose runs had a memory kernel.
    """
    rows = []
    for _, row in speed.iterrows():
        architecture = row["what"].removesuffix(memory_suffix)
        own = errors[errors["architecture"] == architecture]
        kernel = "response" if row["what"].endswith(memory_suffix) else "none"
        own = own[
            (own["kernel"] == kernel) & (own["forces"] == STUDY_RESPONSE) & (own["motion"] != "friction")
        ]
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
