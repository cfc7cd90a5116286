"""Structure of the mapped all-atom trajectory; contiguous blocks stand for runs."""

from types import SimpleNamespace

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.structure import blocks, observe
from thermalcg.storage.datasets import read_dataset, write_dataset

mapped = read_dataset(snakemake.input.mapped, ("position",))
settings = SimpleNamespace(**job.settings["observables"])
observed = observe(
    blocks(mapped["position"].values, settings.blocks), float(mapped.attrs["box_nm"]), settings
)
observed.attrs["temperature_K"] = float(mapped.attrs["temperature_K"])
write_dataset(observed, snakemake.output.observables, job.provenance)
