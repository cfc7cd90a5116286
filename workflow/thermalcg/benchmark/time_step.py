"""How long the time step of the CG runs may be.

**The rule, fixed before the numbers.**  A step is within the errors of a study if no run with it fails, and
if its mean energy and g(r) differ from those at half of it by no more than the statistical error of the
study's own runs: the mean energy by at most its standard error, and g(r), as the root of the mean square over
the bins, by at most the same mean of its standard errors.  The step of a study may be the longest for which
this is true of it and of every shorter step that was tested.

The study's error is that of ``cg_md.runs`` runs of ``cg_md.production_ps`` of one model.  It is measured with
the runs made here, which are longer: a variance of means falls as one over the simulated time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.analysis.pair_structure import radial_distribution
from thermalcg.analysis.structure import ObservableSettings
from thermalcg.cg.engines import EngineName, engines_of
from thermalcg.cg.langevin import CGSettings, run_cg_md
from thermalcg.cg.replicas import Beads
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import rms, standard_error
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import variable
from thermalcg.storage.seeds import derive_seed

from .engine_plans import TIME_STEP_SCAN, TimeStepScan


class Moved(NamedTuple):
    """What moves the beads, and the temperature, K, of thermostat and potential."""

    member: ThermalPotential
    temperature: float
    engine: EngineName = "auto"
    threads: int = 1


def scan_time_steps(
    moved: Moved,
    mapped: xr.Dataset,
    study: CGSettings,
    bins: ObservableSettings,
    checkpoints: Callable[[float], Checkpoints],
    *,
    seed: int,
    plan: TimeStepScan = TIME_STEP_SCAN,
) -> xr.Dataset:
    """Mean energy and g(r) of independent runs with each time step.

    Args:
        moved: potential, temperature and engine.
        mapped: the dataset ``mapped/{T0}.nc``, whose configurations the runs start from.
        study: settings of the study's runs; friction and limits are kept, step and lengths are the plan's.
        bins: of g(r).
        checkpoints: of the runs with one step, fs, each in a folder of its own.
        seed: every random number of the runs is derived from it and the step.

    Returns:
        The dataset ``engine/time_step.nc``; energy and g(r) of a run that failed are NaN.
    """
    beads, steps = Beads.of_run(mapped, plan.runs), plan.steps_fs(study.timestep_fs)
    engines = engines_of(
        [moved.member], np.zeros(plan.runs, int), beads.box, moved.temperature,
        name=moved.engine, threads=moved.threads,
    )  # fmt: skip
    energy = np.full((len(steps), plan.runs), np.nan)
    edges = bins.rdf_edges
    rdf = np.full((*energy.shape, edges.size - 1), np.nan)
    for i, step in enumerate(steps):
        own = replace(
            study,
            timestep_fs=step,
            equilibration_ps=plan.equilibration_ps,
            production_ps=plan.run_ps,
            frame_interval_ps=plan.frame_interval_ps,
        )
        data = run_cg_md(
            engines, beads, moved.temperature, own, seed=derive_seed(seed, "time step", step),
            members=np.zeros(plan.runs, int), checkpoints=checkpoints(step), label=f"step of {step:g} fs",
        )  # fmt: skip
        for run in np.flatnonzero(data["healthy"].values):
            energy[i, run] = data["potential_energy"].values[run].mean() / beads.n_beads
            rdf[i, run] = radial_distribution(data["position"].values[run], beads.box, edges)
    return xr.Dataset(
        {
            "energy": variable(("timestep", "run"), energy, "kJ/mol"),
            "rdf": variable(("timestep", "run", "r"), rdf, "1"),
        },
        coords={
            "timestep": variable(("timestep",), np.array(steps), "fs"),
            "r": variable(("r",), (edges[1:] + edges[:-1]) / 2, "nm"),
        },
        attrs={
            "temperature_K": moved.temperature,
            "run_ps": plan.run_ps,
            "study_ps": study.production_ps,
            "study_timestep_fs": study.timestep_fs,
        },
    )


def time_step_table(scan: xr.Dataset, study_runs: int, tested_fs: Iterable[float]) -> pd.DataFrame:
    """The table ``time_step.csv``: every step, and every tested one against half of it.

    Args:
        scan: the dataset of ``scan_time_steps``.
        study_runs: runs of the study of one model at one temperature, each of ``study_ps``.
        tested_fs: steps that are compared with half of each, fs.
    """
    tested, longer = set(tested_fs), scan.attrs["run_ps"] / (study_runs * scan.attrs["study_ps"])
    known = {float(step): _Healthy.of(scan.sel(timestep=step)) for step in scan["timestep"].values}
    rows = []
    for step, own in known.items():
        row = {
            "temperature_K": scan.attrs["temperature_K"],
            "timestep_fs": step,
            "runs": scan.sizes["run"],
            "run_ps": scan.attrs["run_ps"],
            "failed": scan.sizes["run"] - len(own.energy),
            "energy_kJ_per_mol": _mean(own.energy)[0],
            "energy_stderr": _mean(own.energy)[1],
        }
        if step in tested:
            row |= _compared(own, known[step / 2], longer)
            row["within"] = int(within(row["energy_over_study"], row["rdf_over_study"], row["failed"]))
        rows.append(row)
    return pd.DataFrame(rows, columns=list(rows[-1]))


def within(energy_over_study: float, rdf_over_study: float, failed: int) -> bool:
    """Whether a step agrees with half of it within the study's errors: the rule of this module.

    Args:
        energy_over_study, rdf_over_study: differences over the study's statistical errors.
        failed: runs that failed.
    """
    return not failed and abs(energy_over_study) <= 1 and rdf_over_study <= 1


def longest_step(table: pd.DataFrame) -> float:
    """The longest step, fs, that is within the errors with every shorter one that was tested; NaN if none is.

    Args:
        table: of ``time_step_table``.
    """
    tested = table.dropna(subset="within").sort_values("timestep_fs")
    good = tested[tested["within"].cumprod() == 1]
    return float(good["timestep_fs"].max()) if len(good) else np.nan


class _Healthy(NamedTuple):
    """Energy (run,) and g(r) (run, r) of the runs that did not fail."""

    energy: np.ndarray
    rdf: np.ndarray

    @classmethod
    def of(cls, runs: xr.Dataset) -> _Healthy:
        healthy = np.isfinite(runs["energy"].values)
        return cls(runs["energy"].values[healthy], runs["rdf"].values[healthy])


_COMPARED = (
    "energy_difference_kJ_per_mol",
    "energy_difference_stderr",
    "energy_study_error",
    "energy_over_study",
    "rdf_difference",
    "rdf_difference_noise",
    "rdf_study_error",
    "rdf_over_study",
    "rdf_worst_difference",
    "rdf_worst_stderr",
    "rdf_worst_over_study",
)


def _mean(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the runs and its standard error; NaN where fewer than two are healthy."""
    if len(values) < 2:
        return np.full(values.shape[1:], np.nan), np.full(values.shape[1:], np.nan)
    return values.mean(axis=0), standard_error(values)


def _compared(own: _Healthy, half: _Healthy, longer: float) -> dict[str, float]:
    """Differences of a step from half of it, with their errors and over those of the study.

    Args:
        longer: length of a run over all the time that the study simulates.
    """

    def differences(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        (mean, error), (other, other_error) = _mean(a), _mean(b)
        variances = (len(a) * error**2 + len(b) * other_error**2) / 2  # of one run, from both steps
        return mean - other, np.hypot(error, other_error), np.sqrt(variances * longer)

    energy, energy_error, study = differences(own.energy, half.energy)
    rdf, noise, rdf_study = differences(own.rdf, half.rdf)
    # where no bead ever comes, nothing differs
    share = np.divide(np.abs(rdf), rdf_study, out=np.zeros_like(rdf), where=rdf_study != 0)
    worst = int(np.argmax(share))
    values = (
        float(energy), float(energy_error), float(study), float(energy / study),
        rms(rdf), rms(noise), rms(rdf_study), rms(rdf) / rms(rdf_study),
        float(np.abs(rdf)[worst]), float(noise[worst]), float(share[worst]),
    )  # fmt: skip
    return dict(zip(_COMPARED, values, strict=True))
