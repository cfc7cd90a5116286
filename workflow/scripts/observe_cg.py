"""Structure of the healthy CG runs; a file without curves where fewer than two are left."""

from types import SimpleNamespace

from _job import begin

job = begin(snakemake)

import xarray as xr

from thermalcg.analysis.structure import observe
from thermalcg.storage.datasets import read_dataset, write_dataset

trajectory = read_dataset(snakemake.input.trajectory, ("position", "temperature"))
healthy = trajectory["healthy"].values.astype(bool)
if healthy.sum() >= 2:
    settings = SimpleNamespace(**job.settings["observables"])
    observed = observe(trajectory["position"].values[healthy], float(trajectory.attrs["box_nm"]), settings)
else:
    print("WARNING: fewer than two healthy runs:", trajectory.attrs["failure"])
    observed = xr.Dataset()
observed = observed.merge(
    trajectory[["healthy", "member"]]
    .rename(run="attempt")
    .assign(kinetic_temperature=trajectory["temperature"].mean("time").rename(run="attempt"))
)
observed["kinetic_temperature"].attrs["units"] = "K"
observed.attrs |= {
    "temperature_K": float(trajectory.attrs["temperature_K"]),
    "failure": trajectory.attrs["failure"],
}
write_dataset(observed, snakemake.output.observables, job.provenance)
