"""Diffusion in the study's box and in the larger one, all-atom and CG."""

from _job import begin

job = begin(snakemake)

from thermalcg.benchmark.box_diffusion import box_diffusion_table
from thermalcg.storage.datasets import read_by_temperature
from thermalcg.storage.tables import write_table


def both(small, large):
    """Pairs of datasets, of the study's box and the larger one, by temperature."""
    small, large = (read_by_temperature(paths, ("msd",)) for paths in (small, large))
    return {T: (small[T], large[T]) for T in small}


read, s = snakemake.input, job.settings["dynamics"]
all_atom, cg = both(read.small, read.large), both(read.cg_small, read.cg_large)
table = box_diffusion_table(all_atom, cg, tuple(s["msd_window_ps"]), s["viscosity_Pa_s"])
write_table(table, snakemake.output.table)
