"""Which parts of the force field at T0, and of its response, stand out from their noise: table and figure."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg import figures
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.response.projection_files import read_projection
from thermalcg.response.terms import response_terms
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_declared
from thermalcg.storage.tables import write_table

read, style = snakemake.input, job.settings["figures"]
projected = read_declared(read.projected, "projected/{T}.nc")
spline = from_section(SplineSettings, job.settings["spline"])
terms = response_terms(read_projection(projected, Prior.read(read.prior), spline))
write_table(terms, snakemake.output.terms)
figures.use(style["dpi"], style["font_size"])
figures.save(figures.response_terms(terms), Path(snakemake.output.png).with_suffix(""))
