"""The repulsive prior from the inner flank of g(r) at the reference temperature."""

import json

from _job import begin

job = begin(snakemake)

from thermalcg.models.prior import fit_prior
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.files import atomic_path

observed = read_dataset(snakemake.input.observables, ("rdf",), ("temperature_K",))
g, temperature = observed["rdf"].mean("run").values, float(observed.attrs["temperature_K"])
s = job.settings["prior"]
prior = fit_prior(observed["r"].values, g, temperature, s["g_threshold"], s["exponent"])
with atomic_path(snakemake.output.prior) as path:
    path.write_text(json.dumps({**prior.metadata(), "temperature_K": temperature}, indent=1) + "\n")
