"""Tables of the dynamics: diffusion, its activation, kernels, and every CG case against all-atom."""

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg.analysis.diffusion import activation_table, apparent_speed, diffusion_table
from thermalcg.analysis.memory_kernels import kernel_rows, kernel_slopes
from thermalcg.analysis.motion_error import motion_errors
from thermalcg.analysis.speed import WITH_MEMORY
from thermalcg.storage.datasets import read_declared
from thermalcg.storage.tables import read_table, write_table

s, read, write = job.settings["dynamics"], snakemake.input, snakemake.output
window, reference = tuple(s["msd_window_ps"]), float(job.settings["temperatures"]["reference_K"])
observations = (read_declared(path, "dynamics/observables/all_atom/{T}.nc") for path in read.observables)
observed = {float(d.attrs["temperature_K"]): d for d in observations}
write_table(diffusion_table(observed, window, s["viscosity_Pa_s"]), write.diffusion)
write_table(activation_table(observed, reference, window), write.activation)
kernels: dict = {}
for (arch, source), path in zip(snakemake.params.kernels, read.kernels, strict=True):
    kernels.setdefault(arch, {})[source] = read_declared(path, "dynamics/kernel/{arch}/{source}.nc")
rows = [kernel_rows(arch, source, data) for arch, own in kernels.items() for source, data in own.items()]
write_table(pd.concat(rows), write.kernels)
write_table(pd.concat([kernel_slopes(arch, own) for arch, own in kernels.items()]), write.slopes)
errors = []
for (arch, temperature), path in zip(snakemake.params.motions, read.motions, strict=True):
    motions = read_declared(path, "dynamics/cg/{arch}/{T}.nc")
    errors.append(motion_errors(arch, motions, observed[float(temperature)], window))
write_table(pd.concat(errors), write.error)
write_table(apparent_speed(read_table(read.speed), pd.concat(errors), WITH_MEMORY), write.speed)
