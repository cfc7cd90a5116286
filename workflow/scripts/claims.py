"""The study's claims as numbers with intervals."""

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg.claims import claims_table
from thermalcg.datasets import write_table

cg_md, blocks = job.settings["cg_md"], job.settings["observables"]["blocks"]
freedom = {
    name: min(cg_md["runs"], job.settings[name]["members"]) - 1 + blocks - 1
    for name in snakemake.params.architectures
}
health = pd.read_csv(snakemake.input.health)
bad = health[(health["healthy"] == 0) & health["mode"].isin(["baseline", "trf1"])]
claims = claims_table(
    pd.read_csv(snakemake.input.excess),
    pd.read_csv(snakemake.input.structure),
    pd.read_csv(snakemake.input.speed),
    job.settings["claims"],
    job.settings["temperatures"]["reference_K"],
    freedom,
    set(zip(bad["architecture"], bad["temperature_K"].astype(float), strict=True)),
    pd.read_csv(snakemake.input.heat_capacity),
    pd.read_csv(snakemake.input.dynamics) if snakemake.input.dynamics else None,
)
write_table(claims, snakemake.output.claims)
print(claims.to_string(index=False))
