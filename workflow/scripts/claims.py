"""The study's claims as numbers with intervals."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.claims import Results, Thresholds, claims_table, failed_runs, structure_freedom
from thermalcg.runtime.settings import from_section
from thermalcg.storage.tables import read_table, write_table

read, cg_md, blocks = snakemake.input, job.settings["cg_md"], job.settings["observables"]["blocks"]
run, ratio = ("architecture", "mode", "temperature_K"), ("ratio_low", "ratio_high")
heat_capacity = ("source", "mode", "temperature_K", "heat_capacity_J_per_mol_K", "stderr", "freedom")
results = Results(
    read_table(read.excess, (*run, "ratio_to_baseline", *ratio)),
    read_table(read.structure, ("observable", *run, "l1", "stderr")),
    read_table(read.speed, ("what", "temperature_K", "ratio_to_all_atom", *ratio)),
    read_table(read.heat_capacity, heat_capacity),
    read_table(read.dynamics) if read.dynamics else None,
)
claims = claims_table(
    results,
    from_section(Thresholds, job.settings["claims"]),
    job.settings["temperatures"]["reference_K"],
    {
        name: structure_freedom(cg_md["runs"], job.settings[name]["members"], blocks)
        for name in snakemake.params.architectures
    },
    failed_runs(read_table(read.health, (*run, "healthy"))),
)
write_table(claims, snakemake.output.claims)
print(claims.to_string(index=False))
