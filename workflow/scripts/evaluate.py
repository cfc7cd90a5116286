"""Force errors of every member on the test frames; parity at the reference temperature."""

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg.analysis.force_error import force_errors, parity
from thermalcg.models.names import ModelName
from thermalcg.models.potential import load_ensemble
from thermalcg.storage.datasets import read_by_temperature, write_dataset
from thermalcg.storage.tables import write_table

loaded, _ = load_ensemble(snakemake.input.model, job.settings["compute"]["device"])
members = [member.everywhere() for member in loaded]
labels = read_by_temperature(snakemake.input.labels, ("site_position", "chain_mean_force", "trf"))
arch, model = snakemake.wildcards.arch, snakemake.wildcards.model
errors = pd.concat([force_errors(members, data) for data in labels.values()], ignore_index=True)
errors.insert(0, "architecture", arch)
errors.insert(1, "mode", ModelName.parse(model).mode)
errors.insert(2, "model", model)
write_table(errors, snakemake.output.errors)
reference = labels[float(job.settings["temperatures"]["reference_K"])]
write_dataset(parity(members[0], reference), snakemake.output.parity, job.provenance)
