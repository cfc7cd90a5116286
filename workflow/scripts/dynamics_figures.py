"""Figures of the dynamics, as PDF and PNG."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg.figures import all_atom_motion, arrhenius, dynamics_error, memory_kernels, motion, save, use
from thermalcg.storage.datasets import read_declared
from thermalcg.storage.tables import read_table

read, folder = snakemake.input, Path(snakemake.output.png[0]).parent
style, reference = job.settings["figures"], float(job.settings["temperatures"]["reference_K"])
allowed = job.settings["claims"]["diffusion_deviation"]
use(style["dpi"], style["font_size"])
errors = read_table(read.error)
observations = (read_declared(path, "dynamics/observables/all_atom/{T}.nc") for path in read.observables)
observed = {float(d.attrs["temperature_K"]): d for d in observations}
first = snakemake.params.architectures[0]
diffusion, activation = read_table(read.diffusion), read_table(read.activation)
literature = read_table(read.literature)
own = errors[errors["architecture"] == first]
save(all_atom_motion(observed), folder / "all_atom_motion")
save(arrhenius(diffusion, activation, own, literature, reference), folder / "arrhenius")
for arch in snakemake.params.architectures:
    motions = {
        float(T): read_declared(path, "dynamics/cg/{arch}/{T}.nc")
        for (name, T), path in zip(snakemake.params.motions, read.motions, strict=True)
        if name == arch
    }
    kernels = {
        float(source): read_declared(path, "dynamics/kernel/{arch}/{source}.nc")
        for (name, source), path in zip(snakemake.params.kernels, read.kernels, strict=True)
        if name == arch and source[0].isdigit()  # neither "cooler" nor "hotter"
    }
    save(motion(observed, motions), folder / f"motion_{arch}")
    save(memory_kernels(kernels), folder / f"memory_kernels_{arch}")
    cases = errors[errors["architecture"] == arch]
    save(dynamics_error(cases, allowed), folder / f"dynamics_error_{arch}")
