"""What the study cost, by stage."""

from _job import begin

job = begin(snakemake)

from thermalcg.planning.benchmarks import cost_table
from thermalcg.storage.tables import write_table

write_table(cost_table(snakemake.params.folder), snakemake.output.benchmarks)
