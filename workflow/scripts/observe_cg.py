"""Structure of the healthy CG runs; a file without curves where fewer than two are healthy."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.structure import ObservableSettings, observe_cg_runs
from thermalcg.models.names import ARCHITECTURES
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_dataset, write_dataset

trajectory = read_dataset(snakemake.input.trajectory, ("position", "temperature"))
settings = from_section(ObservableSettings, job.settings["observables"])
bootstrapped = ARCHITECTURES[snakemake.wildcards.arch].bootstrapped
observed = observe_cg_runs(trajectory, settings, bootstrapped=bootstrapped)
if "rdf" not in observed:
    print("WARNING: fewer than two healthy runs:", observed.attrs["failure"])
write_dataset(observed, snakemake.output.observables, job.provenance)
