"""The study's claims as numbers with intervals."""

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg.claims import claims_table
from thermalcg.datasets import write_table

claims = claims_table(
    pd.read_csv(snakemake.input.excess),
    pd.read_csv(snakemake.input.structure),
    pd.read_csv(snakemake.input.speed),
    job.settings["claims"],
    job.settings["temperatures"]["reference_K"],
    job.settings["cg_md"]["runs"],
)
write_table(claims, snakemake.output.claims)
print(claims.to_string(index=False))
