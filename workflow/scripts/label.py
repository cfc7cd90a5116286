"""Labels of every frame and rung of one temperature."""

from _job import begin

job = begin(snakemake)

import xarray as xr

from thermalcg.datasets import read_dataset, write_dataset
from thermalcg.labels import label_frames

batches = [read_dataset(path, ("force", "energy", "site_position")) for path in snakemake.input.samples]
without_probes = [b.drop_dims("probe", errors="ignore") for b in batches]
shared = xr.concat(without_probes, "frame", compat="override", coords="minimal")
probes = [b[["probe_force", "probe_energy", "probe_frame"]] for b in batches if "probe" in b.dims]
if probes:
    shared = shared.merge(xr.concat(probes, "probe", compat="override", coords="minimal"))
split = read_dataset(snakemake.input.frames, ("split",))["split"].values
conditional = job.settings["conditional"]
labels = label_frames(shared, split, conditional["estimator"], conditional["rhat_limit"])
write_dataset(labels, snakemake.output.labels, job.provenance)
