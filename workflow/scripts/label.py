"""Labels of every frame and rung of one temperature."""

from _job import begin

job = begin(snakemake)

from thermalcg.conditional.labels import label_batches
from thermalcg.storage.datasets import read_dataset, write_dataset

split = read_dataset(snakemake.input.frames, ("split",))["split"].values
conditional = job.settings["conditional"]
batches = (read_dataset(path, ("force", "energy", "site_position")) for path in snakemake.input.samples)
labels = label_batches(batches, split, conditional["estimator"], conditional["rhat_limit"])
write_dataset(labels, snakemake.output.labels, job.provenance)
