"""Which runs can be trusted: equilibration of the all-atom runs, failures of the CG runs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.statistics import block_means, standard_error

from .structure import ObservedRuns

#: Blocks of a trajectory, for the error of its mean energy.
BLOCKS = 8


def cg_health_table(observed: Iterable[ObservedRuns]) -> pd.DataFrame:
    """The table ``cg_health.csv``: a row for each attempted CG run.

    Args:
        observed: the CG runs of every model and temperature.

    Returns:
        Columns architecture, mode, temperature_K, run, member (of the ensemble), healthy (0 or 1),
        kinetic_temperature_K, failure (its reason, empty for healthy runs).
    """
    rows = []
    for runs in observed:
        data, reasons = runs.data, runs.data.attrs["failure"].split("; ")
        for run in range(data.sizes["attempt"]):
            rows.append(
                {
                    **runs.key._asdict(),
                    "temperature_K": runs.temperature,
                    "run": run,
                    "member": int(data["member"][run]),
                    "healthy": int(data["healthy"][run]),
                    "kinetic_temperature_K": float(data["kinetic_temperature"][run]),
                    "failure": next((text for text in reasons if text.startswith(f"run {run}:")), ""),
                }
            )
    return pd.DataFrame(rows)


def all_atom_health_table(runs: Iterable[tuple[xr.Dataset, xr.Dataset]]) -> pd.DataFrame:
    """The table ``all_atom_health.csv``: a row for each all-atom run.

    Args:
        runs: datasets ``all_atom/{T}.nc`` and ``frames/{T}.nc`` of each temperature.

    Returns:
        Columns temperature_K, potential_energy_kJ_per_mol with its stderr, drift_kJ_per_mol (second half less
        first half of the run) with drift_stderr, kinetic_temperature_K, decorrelation_time_ps, equilibrated
        (0 or 1).
    """
    rows = []
    for run, frames in runs:
        energy = run["potential_energy"].values
        rows.append(
            {
                "temperature_K": run.attrs["temperature_K"],
                "potential_energy_kJ_per_mol": energy.mean(),
                "stderr": float(standard_error(block_means(energy, BLOCKS))),
                "drift_kJ_per_mol": run.attrs["drift"],
                "drift_stderr": run.attrs["drift_se"],
                "kinetic_temperature_K": run.attrs["kinetic_temperature_K"],
                "decorrelation_time_ps": frames.attrs["decorrelation_time_ps"],
                "equilibrated": int(np.round(run.attrs["equilibrated"])),
            }
        )
    return pd.DataFrame(rows)
