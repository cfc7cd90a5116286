"""How well the labels have converged, by temperature and rung."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.statistics import rms

#: Frames of a temperature count as converged only if probes differ from the chains by less than this many
#: times what noise alone gives.
PROBE_LIMIT = 1.5


def convergence_table(labels: dict[float, xr.Dataset]) -> pd.DataFrame:
    """The table ``convergence.csv``: medians over frames, root mean squares over components.

    Args:
        labels: datasets ``labels/{T}.nc`` by the temperature of their frames, K.
    """
    rows = []
    for temperature, data in sorted(labels.items()):
        acceptance = data["acceptance"].values.mean(axis=(0, 1)) if data.sizes.get("pair") else np.array([])
        for k, rung in enumerate(data["rung"].values):
            at = data.isel(rung=k)
            chains = at["chain_mean_force"].values
            converged = at["converged"]
            probed = "probe_energy_gap" in data
            # a probe that has not met the chains shows that no frame can be trusted to have converged
            ratio = rms(at["probe_force_difference"]) / rms(at["probe_force_noise"]) if probed else np.nan
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
                    "force_se": rms(at["mean_force_se"]),
                    "trf_se": rms(at["trf_se"]),
                    "chain_difference": rms(chains[:, 0] - chains[:, 1]) / np.sqrt(2),
                    "probe_difference": rms(at["probe_force_difference"]) / np.sqrt(2) if probed else np.nan,
                    "probe_to_noise": ratio,
                    "probe_energy_gap": float(at["probe_energy_gap"].mean()) if probed else np.nan,
                    "converged_fraction": float(converged.mean()),
                    "test_frames": int((at["split"] == 1).sum()),
                    "test_frames_flagged": int(((at["split"] == 1) & (at["converged"] == 0)).sum()),
                }
            )
    return pd.DataFrame(rows)
