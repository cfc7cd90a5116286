"""Claims of the benchmark of the routes to the thermal response."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.claims import Thresholds, estimator_claims
from thermalcg.runtime.settings import from_section
from thermalcg.storage.tables import read_table, write_table

ratio = ("what", "molecules", "ratio", "low", "high")
claims = estimator_claims(
    read_table(snakemake.input.cost, ("quantity", "estimator", "times_cheaper", "low", "high", "bound")),
    read_table(snakemake.input.steps, ratio),
    read_table(snakemake.input.throughput, ratio),
    from_section(Thresholds, job.settings["claims"]),
)
write_table(claims, snakemake.output.claims)
print(claims.to_string(index=False))
