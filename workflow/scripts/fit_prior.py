"""The repulsive prior from the inner flank of g(r) at the reference temperature."""

from _job import begin

job = begin(snakemake)

from thermalcg.models.prior import fit_pair_priors, fit_prior
from thermalcg.models.species import Species
from thermalcg.storage.datasets import read_dataset

observed = read_dataset(snakemake.input.observables, ("rdf",), ("temperature_K",))
r, temperature, s = observed["r"].values, float(observed.attrs["temperature_K"]), job.settings["prior"]
rule = temperature, s["g_threshold"], s["exponent"]
species = Species.of(observed)
if species is None:
    prior = fit_prior(r, observed["rdf"].mean("run").values, *rule)
else:
    prior = fit_pair_priors(r, observed["pair_rdf"].mean("run").values, *rule, species)
prior.write(snakemake.output.prior, temperature)
