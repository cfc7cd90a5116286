"""Tables of the memory kernels: before and after each iteration, and the slope of their friction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.dynamics.kernel_fit import plateau_of
from thermalcg.statistics import jackknife_error
from thermalcg.units import KB, NM2_PER_PS

#: What kernels beside T0 are called, whose stretches are those of T0; as in ``SIDES`` of the workflow.
BESIDE = ("cooler", "hotter")


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


def kernel_slopes(architecture: str, kernels: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """The table ``kernel_slopes.csv`` of one architecture: d ln(friction) / d(1/kB T), kJ/mol.

    From the kernels beside T0, which the response at T0 gives, and from those of neighbouring temperatures.
    The kernels beside T0 come from the same stretches, which are left out of both at once; their CG runs, and
    the stretches of different temperatures, are independent.

    Args:
        architecture: name of the architecture whose mean force was used.
        kernels: datasets ``dynamics/kernel/{arch}/{source}.nc`` by source: temperatures, ``cooler``,
            ``hotter``.
    """
    order = sorted(set(kernels) - set(BESIDE), key=lambda source: kernels[source].attrs["temperature_K"])
    pairs = [(BESIDE, True)] if set(BESIDE) <= set(kernels) else []
    pairs += [(pair, False) for pair in zip(order[:-1], order[1:], strict=True)]
    rows = []
    for sources, shared in pairs:
        cold, hot = (kernels[source] for source in sources)
        T = [float(data.attrs["temperature_K"]) for data in (cold, hot)]
        width = (1 / T[0] - 1 / T[1]) / KB
        row: dict[str, object] = {"architecture": architecture}
        row["source"] = "response at T0" if shared else "between temperatures"
        row |= {"from_K": T[0], "to_K": T[1]}
        for name, iteration, own in (
            ("plain", 0, ("plain_scatter",)),
            ("iterated", -1, ("stretch_scatter", "run_scatter")),
        ):
            friction = [float(data["friction"][iteration]) for data in (cold, hot)]
            logs = {scatter: _left_out((cold, hot), friction, scatter) for scatter in own}
            variances = [_variance(both, shared and "run" not in scatter) for scatter, both in logs.items()]
            row[f"{name}_kJ_per_mol"] = np.log(friction[0] / friction[1]) / width
            row[f"{name}_stderr"] = np.sqrt(sum(variances)) / width
        rows.append(row)
    return pd.DataFrame(rows)


def _left_out(
    pair: tuple[xr.Dataset, xr.Dataset], friction: list[float], scatter: str
) -> tuple[np.ndarray, np.ndarray]:
    """Relative changes of both frictions without each piece, each of shape (piece,)."""
    cold, hot = (
        np.array([plateau_of(without) for without in data[scatter].values]) / whole
        for data, whole in zip(pair, friction, strict=True)
    )
    return cold, hot


def _variance(changes: tuple[np.ndarray, np.ndarray], shared: bool) -> float:
    """Of the difference of the logarithms of two frictions, whose pieces are the same or independent."""
    cold, hot = changes
    if shared:
        return float(jackknife_error(cold - hot)) ** 2
    return sum(float(jackknife_error(own)) ** 2 for own in changes if len(own))
