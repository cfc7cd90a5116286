"""Figures of the checks of the CG engine."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg import figures
from thermalcg.storage.datasets import read_by_temperature
from thermalcg.storage.tables import read_table

read, folder = snakemake.input, Path(snakemake.output.png[0]).parent
style = job.settings["figures"]
figures.use(style["dpi"], style["font_size"])
curves = ("rdf", "adf", "structure_factor")
made = {
    "time_step": figures.time_step(
        read_table(read.time_step, ("timestep_fs", "within")), job.settings["cg_md"]["timestep_fs"]
    ),
    "large_box": figures.large_box(
        read_by_temperature(read.all_atom, curves), read_by_temperature(read.cg, curves)
    ),
}
for name, figure in made.items():
    figures.save(figure, folder / name)
