"""The repulsive prior from the inner flank of g(r) at the reference temperature."""

from _job import begin

job = begin(snakemake)

from thermalcg.models.prior import fit_prior
from thermalcg.storage.datasets import read_dataset

observed = read_dataset(snakemake.input.observables, ("rdf",), ("temperature_K",))
g, temperature = observed["rdf"].mean("run").values, float(observed.attrs["temperature_K"])
s = job.settings["prior"]
prior = fit_prior(observed["r"].values, g, temperature, s["g_threshold"], s["exponent"])
prior.write(snakemake.output.prior, temperature)
