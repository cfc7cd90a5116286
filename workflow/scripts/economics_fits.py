"""Splines and their responses from pieces of a run of the study of costs."""

from _job import begin

job = begin(snakemake)

from thermalcg.benchmark.economics_fits import Fitted, fit_pieces
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_declared, write_dataset

run = read_declared(snakemake.input.run, "economics/runs/{T}.nc")
how = Fitted(
    from_section(SplineSettings, job.settings["spline"]),
    Prior.read(snakemake.input.prior),
    job.settings["temperatures"]["reference_K"],
)
write_dataset(fit_pieces(run, how), snakemake.output.fits, job.provenance)
