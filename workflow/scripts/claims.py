"""The study's claims as numbers with intervals."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.claims import claims_table
from thermalcg.storage.tables import read_table, write_table

cg_md, blocks = job.settings["cg_md"], job.settings["observables"]["blocks"]
freedom = {
    name: min(cg_md["runs"], job.settings[name]["members"]) - 1 + blocks - 1
    for name in snakemake.params.architectures
}
run = ("architecture", "mode", "temperature_K")
health = read_table(snakemake.input.health, (*run, "healthy"))
bad = health[(health["healthy"] == 0) & health["mode"].isin(["baseline", "trf1"])]
claims = claims_table(
    read_table(snakemake.input.excess, (*run, "ratio_to_baseline", "ratio_low", "ratio_high")),
    read_table(snakemake.input.structure, ("observable", *run, "l1", "stderr")),
    read_table(
        snakemake.input.speed, ("what", "temperature_K", "ratio_to_all_atom", "ratio_low", "ratio_high")
    ),
    job.settings["claims"],
    job.settings["temperatures"]["reference_K"],
    freedom,
    set(zip(bad["architecture"], bad["temperature_K"].astype(float), strict=True)),
    read_table(
        snakemake.input.heat_capacity,
        ("source", "mode", "temperature_K", "heat_capacity_J_per_mol_K", "stderr", "freedom"),
    ),
    read_table(snakemake.input.dynamics) if snakemake.input.dynamics else None,
)
write_table(claims, snakemake.output.claims)
print(claims.to_string(index=False))
