"""Runs at fixed sites that seem converged and are not: two runs from one start against one from another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.conditional.sampler import ConditionalSampler
from thermalcg.runtime.progress import Progress
from thermalcg.statistics import rms, split_rhat
from thermalcg.storage.datasets import variable


def ladders(rungs: Sequence[float], temperature: float) -> dict[str, list[float]]:
    """The ladder of each way of sampling, K: a temperature alone, and all rungs from it upwards."""
    return {"fixed": [temperature], "rungs": [T for T in rungs if temperature <= T]}


def sample_both_starts(
    samplers: Mapping[str, ConditionalSampler], atoms: np.ndarray, checkpoints_folder: str | Path
) -> dict[str, tuple[xr.Dataset, xr.Dataset]]:
    """For each way of sampling, chains from the frame's own orientations and one from melted ones.

    Args:
        samplers: by the names of the ways.
        atoms: positions of (O, H, H) of the frame, nm, shape (molecules, 3, 3).
        checkpoints_folder: keeps what an interrupted run has done; left to the caller.

    Returns:
        What ``ConditionalSampler.sample`` and ``probe`` return, by way.
    """
    found = {}
    for way, sampler in samplers.items():
        s, label = sampler.settings, f"frozen-{way}"
        total = (s.chains + 1) * (s.production_ps + s.burn_in_ps) * len(sampler.ladder)
        with Progress(f"{way} {sampler.ladder[0]:g} K", total, "ps") as progress:
            chains = sampler.sample(atoms, label, checkpoints_folder, progress)
            melted = sampler.probe(atoms, label, checkpoints_folder, progress)
        found[way] = (chains, melted)
    return found


def frozen_runs(found: dict[str, tuple[xr.Dataset, xr.Dataset]]) -> xr.Dataset:
    """Forces and energies on the lowest rung: two chains from one start, one from melted orientations.

    Args:
        found: of ``sample_both_starts``.

    Returns:
        ``force`` (way, run, sample, bead, axis) and ``energy`` (way, run, sample).
    """
    force = [
        np.concatenate([chains["force"].values[:, 0], melted["probe_force"].values[None, 0]])
        for chains, melted in found.values()
    ]
    energy = [
        np.concatenate([chains["energy"].values[:, 0], melted["probe_energy"].values[None, 0]])
        for chains, melted in found.values()
    ]
    return xr.Dataset(
        {
            "force": variable(("way", "run", "sample", "bead", "axis"), np.stack(force), "kJ/mol/nm"),
            "energy": variable(("way", "run", "sample"), np.stack(energy), "kJ/mol"),
        },
        coords={"way": list(found), "run": ["first", "second", "melted"]},
    )


def frozen_table(runs: xr.Dataset) -> pd.DataFrame:
    """The table ``frozen.csv``: how far a run seems to have converged, judged by itself and by another run.

    ``halves`` compares the halves of one run, ``same start`` two runs from the frame's orientations,
    ``melted start`` one of these with a run from melted orientations.

    Args:
        runs: of ``frozen_runs``.

    Returns:
        Columns way, compared, rms_difference and worst_molecule (kJ/mol/nm; the largest difference of a
        molecule's mean force), correlation, rhat (95th percentile over forces of split R-hat),
        energy_gap_kJ_per_mol.
    """
    rows = []
    for way in runs["way"].values:
        force = runs["force"].sel(way=way).values.astype(float)
        energy = runs["energy"].sel(way=way).values
        half = force.shape[1] // 2
        pairs = {
            "halves": (
                force[0, :half],
                force[0, half:],
                force[:1],
                energy[0, half:].mean() - energy[0, :half].mean(),
            ),
            "same start": (force[0], force[1], force[:2], energy[1].mean() - energy[0].mean()),
            "melted start": (force[0], force[2], force[[0, 2]], energy[2].mean() - energy[0].mean()),
        }
        for name, (a, b, chains, gap) in pairs.items():
            first, second = a.mean(axis=0), b.mean(axis=0)
            # the R-hat of one run is that of its halves, which is all that it can know of itself
            split = chains if len(chains) > 1 else np.stack([a[:half], b[:half]])
            rows.append(
                {
                    "way": way,
                    "compared": name,
                    "rms_difference_kJ_per_mol_nm": rms(first - second),
                    "worst_molecule_kJ_per_mol_nm": float(np.linalg.norm(first - second, axis=1).max()),
                    "correlation": float(np.corrcoef(first.ravel(), second.ravel())[0, 1]),
                    "rhat": float(np.percentile(split_rhat(split, method="split"), 95)),
                    "energy_gap_kJ_per_mol": float(gap),
                }
            )
    return pd.DataFrame(rows)
