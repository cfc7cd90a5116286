"""Structural errors against the all-atom runs, and the health of the CG runs."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.run_health import cg_health_table
from thermalcg.analysis.structure import ObservedRuns
from thermalcg.analysis.structure_error import (
    observed_structure,
    structure_errors,
    structure_ratios,
    structure_values,
)
from thermalcg.storage.datasets import read_dataset, read_declared
from thermalcg.storage.tables import write_table

read, write = snakemake.input, snakemake.output
recorded = ("healthy", "member", "kinetic_temperature")
cg = [
    ObservedRuns(*run, read_declared(path, "observables/{arch}/{model}/{T}.nc", recorded))
    for run, path in zip(snakemake.params.cg, read.cg, strict=True)
]
observed = observed_structure(
    (read_dataset(path, ("rdf", "adf"), ("temperature_K",)) for path in read.all_atom), cg
)
write_table(structure_errors(observed), write.error)
write_table(structure_ratios(observed), write.ratio)
write_table(structure_values(observed), write.values)
write_table(cg_health_table(cg), write.cg_health)
