"""Errors of CG motion at held-out temperatures against the all-atom motion there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.dynamics.correlation import einstein_diffusion, vacf_error
from thermalcg.models.names import STUDY_RESPONSE
from thermalcg.statistics import delete_one, jackknife_error, rms, standard_error, welch_freedom
from thermalcg.units import NM2_PER_PS

from .motion import canonical_mean, diffusion_of

#: Largest standard error of d ln D / d ln(friction) for which it counts as measured.
SLOPE_ERROR = 0.3


def motion_errors(
    architecture: str, motions: xr.Dataset, observed: xr.Dataset, window: tuple[float, float]
) -> pd.DataFrame:
    """Rows of the table ``dynamics_error.csv``: every case at one temperature against the all-atom run there.

    Errors have three parts: the scatter of the CG runs, the jackknife over all-atom stretches, and the error
    of the kernel's friction, which becomes one of the diffusion and of the velocity autocorrelation by their
    dependence on the friction.  The yardstick's kernel comes from the very stretches that it is compared
    with; their noise largely cancels and is counted once all the same, so that its error is generous.
    Cases whose runs failed have no row.

    Args:
        architecture: name of the architecture whose mean force was used.
        motions: dataset ``dynamics/cg/{arch}/{T}.nc``, sampled as the all-atom run.
        observed: dataset ``dynamics/observables/all_atom/{T}.nc``.
        window: first and last time of the straight line through the displacement, ps.
    """
    all_atom = _AllAtom.of(observed, window)
    slope = diffusion_by_friction(motions, window)
    bends = {kind: vacf_by_friction(motions, kind) for kind in np.unique(motions["motion"].values)}
    rows = []
    for case in np.flatnonzero(motions["healthy"].values):
        own = motions.isel(case=case)
        motion = str(own["motion"].values)
        # how the diffusion of Langevin dynamics depends on its friction is not measured
        changes = _Changes(slope if motion == "memory" else -1.0, bends[motion])
        rows.append({"architecture": architecture, **_case_row(own, all_atom, changes, window)})
    return pd.DataFrame(rows)


class _AllAtom(NamedTuple):
    """The all-atom motion at one temperature, with delete-one replicates."""

    diffusion: float
    diffusion_error: float  # relative
    vacf: np.ndarray
    vacf_without: np.ndarray

    @classmethod
    def of(cls, observed: xr.Dataset, window: tuple[float, float]) -> _AllAtom:
        """From a dataset ``dynamics/observables/all_atom/{T}.nc``."""
        value, without = diffusion_of(observed, window)["einstein"]
        return cls(value, float(jackknife_error(without)) / value, *canonical_mean(observed, "vacf"))


class _Changes(NamedTuple):
    """Derivatives by ln(friction): of ln D, and of the velocity autocorrelation, shape (lag,)."""

    diffusion: float
    vacf: np.ndarray


def _case_row(
    own: xr.Dataset, all_atom: _AllAtom, changes: _Changes, window: tuple[float, float]
) -> dict[str, object]:
    """What ``dynamics_error.csv`` says of one case."""
    diffusion = einstein_diffusion(own["msd"].values, float(own["displacement_lag"][1]), window)
    vacf = own["vacf"].values
    saw = str(own["kernel"].values) == "measured"
    friction, origins = float(own["friction"]), ["runs"] if saw else ["stretches", "runs"]
    # relative errors of the friction, by origin
    relative = own["friction_stderr"].sel(origin=origins).values / (friction or 1.0)
    pieces = {"runs": len(vacf) - 1, "stretches": len(all_atom.vacf_without) - 1}
    freedom = [pieces[origin] for origin in ("runs", "stretches", *origins)]

    ratio = diffusion.mean() / all_atom.diffusion
    run_error = standard_error(diffusion) / diffusion.mean()
    ratio_errors = np.append([run_error, all_atom.diffusion_error], abs(changes.diffusion) * relative)

    error, without = delete_one(len(vacf), lambda kept: vacf_error(vacf[kept].mean(axis=0), all_atom.vacf))
    mean = vacf.mean(axis=0)
    stretches = [vacf_error(mean, other) for other in all_atom.vacf_without]
    moved = [
        np.linalg.norm([vacf_error(mean + d, all_atom.vacf) - error for d in (c, -c)]) / np.sqrt(2)
        for c in (changes.vacf * r for r in relative)
    ]
    vacf_errors = [jackknife_error(without), jackknife_error(stretches), *moved]
    return {
        "forces": str(own["forces"].values),
        "kernel": str(own["kernel"].values),
        "motion": str(own["motion"].values),
        "temperature_K": float(own.attrs["temperature_K"]),
        "diffusion_1e9_m2_per_s": NM2_PER_PS * diffusion.mean(),
        "diffusion_stderr": NM2_PER_PS * float(standard_error(diffusion)),
        "kernel_stderr": NM2_PER_PS * float(diffusion.mean() * np.linalg.norm(ratio_errors[2:])),
        "ratio_to_all_atom": ratio,
        "ratio_stderr": ratio * np.linalg.norm(ratio_errors),
        "freedom": welch_freedom(ratio_errors, freedom),
        "vacf_error": float(error),
        "vacf_error_stderr": float(np.linalg.norm(vacf_errors)),
        "vacf_freedom": welch_freedom(vacf_errors, freedom),
        "friction_per_ps": friction,
        "friction_stderr": float(np.linalg.norm(relative) * friction),
        "kinetic_temperature_K": float(own["kinetic_temperature"].mean()),
        "saw_temperature": int(saw),
    }


def diffusion_by_friction(motions: xr.Dataset, window: tuple[float, float]) -> float:
    """The slope d ln D / d ln(friction) across the runs with memory and forces of ``STUDY_RESPONSE``.

    It is -1 for a free particle, and is taken to be -1 where the frictions are too alike to measure it.

    Args:
        motions: dataset ``dynamics/cg/{arch}/{T}.nc``.
        window: first and last time of the straight line through the displacement, ps.
    """
    own = _of_motion(motions, "memory")
    interval = float(motions["displacement_lag"][1])
    diffusion = np.array([einstein_diffusion(msd, interval, window) for msd in own["msd"].values])
    if len(diffusion) < 2:
        return -1.0
    x = np.log(own["friction"].values)
    error = diffusion.std(axis=1, ddof=1) / np.sqrt(diffusion.shape[1]) / diffusion.mean(axis=1)
    spread = np.sqrt(((x - x.mean()) ** 2).sum())
    if spread * SLOPE_ERROR <= rms(error):
        return -1.0
    return float(np.polyfit(x, np.log(diffusion.mean(axis=1)), 1)[0])


def vacf_by_friction(motions: xr.Dataset, motion: str) -> np.ndarray:
    """The derivative of the velocity autocorrelation by ln(friction), nm^2/ps^2, shape (lag,).

    It is measured across the kernels of one kind of motion with forces of ``STUDY_RESPONSE``, and is zero
    where there is one friction only.

    Args:
        motions: dataset ``dynamics/cg/{arch}/{T}.nc``.
        motion: ``memory``, ``friction`` or ``none``.
    """
    own = _of_motion(motions, motion)
    friction = own["friction"].values
    if len(np.unique(friction)) < 2:
        return np.zeros(own.sizes["lag"])
    return np.polyfit(np.log(friction), own["vacf"].mean("run").values, 1)[0]


def _of_motion(motions: xr.Dataset, motion: str) -> xr.Dataset:
    """The healthy cases of a kind of motion, with forces of ``STUDY_RESPONSE``."""
    chosen = (motions["motion"] == motion) & (motions["forces"] == STUDY_RESPONSE) & (motions["healthy"] == 1)
    return motions.isel(case=np.flatnonzero(chosen))
