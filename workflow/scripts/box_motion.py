"""CG runs with memory in the study's box or in a larger one, with the kernel of the study's."""

from _job import begin

job = begin(snakemake)

from thermalcg.benchmark.box_diffusion import motion_in_box
from thermalcg.benchmark.engine_plans import LARGE_BOX
from thermalcg.benchmark.large_box import copied_beads
from thermalcg.dynamics.cg_runs import DynamicsSettings
from thermalcg.dynamics.kernel_files import measured_kernel
from thermalcg.models.potential import load_ensemble
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, read_declared, write_dataset
from thermalcg.storage.files import digest
from thermalcg.storage.seeds import derive_seed

read, T, copies = snakemake.input, float(snakemake.wildcards.T), int(snakemake.wildcards.copies)
inputs = digest(read.model, read.kernel, read.start)
checkpoints = Checkpoints(
    snakemake.params.checkpoints, {"settings": job.settings, "inputs": inputs, "T": T, "copies": copies}
)
mapped = read_dataset(read.start, ("position",), ("bead_mass_amu", "box_nm"))
motions = motion_in_box(
    copied_beads(mapped, LARGE_BOX.runs_in(copies), copies),
    load_ensemble(read.model, job.settings["compute"]["device"])[0][0],
    measured_kernel(read_declared(read.kernel, "dynamics/kernel/{arch}/{source}.nc")).embedding,
    T,
    from_section(DynamicsSettings, job.settings["dynamics"]),
    seed=derive_seed(job.settings["seed"], "box motion", copies),
    checkpoints=checkpoints,
)
write_dataset(motions, snakemake.output.motions, job.provenance)
checkpoints.clear()
