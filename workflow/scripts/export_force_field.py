"""A trained force field in the form of another engine."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg.export.folder import write_export
from thermalcg.export.source import Source

temperatures = job.settings["temperatures"]
source = Source.read(
    snakemake.input.model, sorted({temperatures["reference_K"], *temperatures["held_out_K"]})
)
write_export(source, snakemake.wildcards.engine, Path(snakemake.output.folder))
