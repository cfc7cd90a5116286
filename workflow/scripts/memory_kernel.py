"""The memory kernel of one temperature, or of one near T0 from the response at T0; plain and iterated."""

from _job import begin

job = begin(snakemake)

from thermalcg.dynamics.cg_runs import DynamicsSettings
from thermalcg.dynamics.kernel_fit import FitSettings
from thermalcg.dynamics.kernel_iteration import IterationSettings
from thermalcg.dynamics.kernel_measurement import KernelSettings, measure_kernel
from thermalcg.models.potential import load_ensemble
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.files import digest

s, read, shift = job.settings["dynamics"], snakemake.input, snakemake.params.shift_K
inputs = digest(read.stretches, read.mapped, read.model)
checkpoints = Checkpoints(
    snakemake.params.checkpoints, {"settings": job.settings, "inputs": inputs, "shift_K": shift}
)
kernel = measure_kernel(
    read_dataset(
        read.stretches,
        ("position", "velocity", "force", "total_energy"),
        ("temperature_K", "bead_mass_amu"),
    ),
    read_dataset(read.mapped, ("position", "potential_energy"), ("bead_mass_amu",)),
    load_ensemble(read.model, job.settings["compute"]["device"])[0][0],
    KernelSettings(
        s["iteration_runs"],
        from_section(DynamicsSettings, s),
        from_section(IterationSettings, s, fit=from_section(FitSettings, s)),
    ),
    shift=shift,
    seed=job.settings["seed"],
    architecture=snakemake.wildcards.arch,
    checkpoints=checkpoints,
)
write_dataset(kernel, snakemake.output.kernel, job.provenance)
checkpoints.clear()
