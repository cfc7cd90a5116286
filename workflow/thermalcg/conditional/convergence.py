"""How well converged the labels are, per temperature and rung."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.statistics import split_rhat
from thermalcg.storage.datasets import variable

#: Frames of a temperature count as converged only if probes differ from the chains by less than this many
#: times what noise alone gives.
PROBE_LIMIT = 1.5


def convergence_table(labels: dict[float, xr.Dataset]) -> pd.DataFrame:
    """The table ``convergence.csv``: medians over frames, root mean squares over components."""
    rows = []
    for temperature, data in sorted(labels.items()):
        acceptance = data["acceptance"].values.mean(axis=(0, 1)) if data.sizes.get("pair") else np.array([])
        for k, rung in enumerate(data["rung"].values):
            at = data.isel(rung=k)
            chains = at["chain_mean_force"].values
            converged = at["converged"]
            probed = "probe_energy_gap" in data
            # a probe that has not met the chains shows that the frames cannot be trusted to have converged
            ratio = _rms(at["probe_force_difference"]) / _rms(at["probe_force_noise"]) if probed else np.nan
            if ratio > PROBE_LIMIT:
                converged = xr.zeros_like(converged)
            rows.append(
                {
                    "temperature_K": temperature,
                    "rung_K": float(rung),
                    "frames": data.sizes["frame"],
                    "rhat_energy": float(at["rhat_energy"].median()),
                    "rhat_force": float(at["rhat_force"].median()),
                    "ess_energy": float(at["ess_energy"].median()),
                    "acceptance": float(acceptance[k]) if k < len(acceptance) else np.nan,
                    "round_trips": float(data["round_trips"].mean()),
                    "force_se": _rms(at["mean_force_se"]),
                    "trf_se": _rms(at["trf_se"]),
                    "chain_difference": _rms(chains[:, 0] - chains[:, 1]) / np.sqrt(2),
                    "probe_difference": _rms(at["probe_force_difference"]) / np.sqrt(2) if probed else np.nan,
                    "probe_to_noise": ratio,
                    "probe_energy_gap": float(at["probe_energy_gap"].mean()) if probed else np.nan,
                    "converged_fraction": float(converged.mean()),
                    "test_frames": int((at["split"] == 1).sum()),
                    "test_frames_left_out": int(((at["split"] == 1) & (at["converged"] == 0)).sum()),
                }
            )
    return pd.DataFrame(rows)


def _rms(values) -> float:
    return float(np.sqrt(np.mean(np.square(np.asarray(values, float)))))


def frozen_runs(found: dict[str, tuple[xr.Dataset, xr.Dataset]]) -> xr.Dataset:
    """Forces and energies of the lowest rung of two chains from one start and one from melted orientations.

    Args:
        found: for each way of sampling, what ``ConditionalSampler.sample`` and ``probe`` return.

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
    """The table ``frozen.csv``: what one run says of its own convergence, and what another one says.

    ``halves`` compares the halves of one run, ``same start`` two runs from the frame's orientations,
    ``melted start`` one of them with a run from melted ones.

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
                    "rms_difference_kJ_per_mol_nm": _rms(first - second),
                    "worst_molecule_kJ_per_mol_nm": float(np.linalg.norm(first - second, axis=1).max()),
                    "correlation": float(np.corrcoef(first.ravel(), second.ravel())[0, 1]),
                    "rhat": float(np.percentile(split_rhat(split, method="split"), 95)),
                    "energy_gap_kJ_per_mol": float(gap),
                }
            )
    return pd.DataFrame(rows)
