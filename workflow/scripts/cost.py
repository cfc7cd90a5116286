"""What the study cost, by stage."""

from _job import begin

job = begin(snakemake)

from thermalcg.cost import cost_table
from thermalcg.datasets import write_table

write_table(cost_table(snakemake.params.folder), snakemake.output.benchmarks)
