"""Structure of the healthy CG runs; a file without curves where fewer than two are healthy."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.structure import ObservableSettings, observe_cg_runs
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_dataset, write_dataset

trajectory = read_dataset(snakemake.input.trajectory, ("position", "temperature"))
observed = observe_cg_runs(trajectory, from_section(ObservableSettings, job.settings["observables"]))
if "rdf" not in observed:
    print("WARNING: fewer than two healthy runs:", observed.attrs["failure"])
write_dataset(observed, snakemake.output.observables, job.provenance)
