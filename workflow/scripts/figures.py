"""The figures that compare modes, as PDF and PNG."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg import figures
from thermalcg.storage.tables import read_table

read, folder = snakemake.input, Path(snakemake.output.png[0]).parent
style, reference = job.settings["figures"], job.settings["temperatures"]["reference_K"]
figures.use(style["dpi"], style["font_size"])
for name, figure in {
    "claims": figures.claims(read_table(read.claims)),
    "force_excess": figures.excess(read_table(read.excess), reference),
    "structure_error": figures.structure_error(read_table(read.structure_error), reference),
}.items():
    figures.save(figure, folder / name)
