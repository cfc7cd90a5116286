"""Figures of the benchmark of estimators."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg import figures
from thermalcg.storage.tables import read_table

read, folder = snakemake.input, Path(snakemake.output.png[0]).parent
style = job.settings["figures"]
figures.use(style["dpi"], style["font_size"])
errors, cost, size, radius, frozen, reweighting, steps, throughput = (
    read_table(path)
    for path in (
        read.errors,
        read.cost,
        read.noise,
        read.radius,
        read.frozen,
        read.reweighting,
        read.steps,
        read.throughput,
    )
)
figures.save(figures.estimators(errors, cost), folder / "estimators")
figures.save(figures.estimator_size(size), folder / "estimator_size")
figures.save(figures.estimator_radius(radius), folder / "estimator_radius")
figures.save(figures.frozen(frozen), folder / "frozen")
figures.save(figures.sampler_cost(steps, throughput), folder / "sampler_cost")
figures.save(figures.reweighting(reweighting), folder / "reweighting")
