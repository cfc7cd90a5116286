"""Structure of the mapped all-atom trajectory; contiguous blocks stand for runs."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.structure import ObservableSettings, observe_all_atom
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_dataset, write_dataset

mapped = read_dataset(snakemake.input.mapped, ("position",))
settings = from_section(ObservableSettings, job.settings["observables"])
write_dataset(observe_all_atom(mapped, settings), snakemake.output.observables, job.provenance)
