"""Table of the memory kernels, before and after each iteration."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from thermalcg.dynamics.kernel_fit import plateau_of
from thermalcg.units import NM2_PER_PS


def kernel_rows(architecture: str, source: str, kernel: xr.Dataset) -> pd.DataFrame:
    """Rows of the table ``memory_kernels.csv``: one kernel before and after its iterations.

    Args:
        architecture: name of the architecture whose mean force was used.
        source: a temperature in K, ``cooler`` or ``hotter``.
        kernel: dataset ``dynamics/kernel/{arch}/{source}.nc``.
    """
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
            row["diffusion_1e9_m2_per_s"] = NM2_PER_PS * float(kernel["diffusion"][i])
            row["diffusion_stderr"] = NM2_PER_PS * float(kernel["diffusion_se"][i])
            row["vacf_error"] = float(kernel["vacf_error"][i])
        if i == 0 and "sampled_friction" in kernel:
            row["friction_stderr_per_ps"] = plateau_of(kernel["integral_se"].values) / mass
            for fs, value in zip(kernel["sampling"].values, kernel["sampled_friction"].values, strict=True):
                row[f"friction_sampled_{fs:g}_fs_per_ps"] = float(value) / mass
        rows.append(row)
    return pd.DataFrame(rows)
