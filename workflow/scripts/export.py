"""A trained force field in the form of other engines."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg.export.folder import write_export
from thermalcg.export.source import Source

temperatures = job.settings["temperatures"]
source = Source.read(
    snakemake.input.model, sorted({temperatures["reference_K"], *temperatures["held_out_K"]})
)
for readme in map(Path, snakemake.output.readme):
    print(f"export for {readme.parent.name}")
    write_export(source, readme.parent.name, readme.parent)
