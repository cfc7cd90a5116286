"""Tables of the dynamics: diffusion, its activation, kernels, and every CG case against all-atom."""

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg.analysis.diffusion import activation_table, apparent_speed, diffusion_table
from thermalcg.analysis.memory_kernels import kernel_rows
from thermalcg.analysis.motion_error import motion_errors
from thermalcg.analysis.speed import WITH_MEMORY
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.tables import read_table, write_table

s, read, write = job.settings["dynamics"], snakemake.input, snakemake.output
window, reference = tuple(s["msd_window_ps"]), float(job.settings["temperatures"]["reference_K"])
observed = {float(d.attrs["temperature_K"]): d for d in map(read_dataset, read.observables)}
write_table(diffusion_table(observed, window, s["viscosity_Pa_s"]), write.diffusion)
write_table(activation_table(observed, reference, window), write.activation)
kernels = zip(snakemake.params.kernels, read.kernels, strict=True)
write_table(
    pd.concat([kernel_rows(arch, source, read_dataset(path)) for (arch, source), path in kernels]),
    write.kernels,
)
errors = []
for (arch, temperature), path in zip(snakemake.params.motions, read.motions, strict=True):
    errors.append(motion_errors(arch, read_dataset(path), observed[float(temperature)], window))
write_table(pd.concat(errors), write.error)
write_table(apparent_speed(read_table(read.speed), pd.concat(errors), WITH_MEMORY), write.speed)
