"""Figures of the benchmark of the routes to the thermal response."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg import figures
from thermalcg.storage.tables import read_table

read, folder = snakemake.input, Path(snakemake.output.png[0]).parent
style = job.settings["figures"]
figures.use(style["dpi"], style["font_size"])
made = {
    "estimators": figures.routes(read_table(read.errors), read_table(read.cost)),
    "estimator_size": figures.size_scan(read_table(read.noise)),
    "estimator_radius": figures.radius_scan(read_table(read.radius)),
    "frozen": figures.false_convergence(read_table(read.frozen)),
    "sampler_cost": figures.sampler_cost(read_table(read.steps), read_table(read.throughput)),
    "reweighting": figures.rung_comparison(read_table(read.reweighting)),
}
for name, figure in made.items():
    figures.save(figure, folder / name)
