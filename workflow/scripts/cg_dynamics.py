"""CG dynamics at a held-out temperature, with every pair of forces and friction."""

from _job import begin

job = begin(snakemake)

from pathlib import Path

from thermalcg.cg.replicas import Beads
from thermalcg.dynamics.case_runs import run_cases
from thermalcg.dynamics.cases import KnownKernels, plan_cases
from thermalcg.dynamics.cg_runs import DynamicsSettings
from thermalcg.dynamics.kernel_fit import FitSettings
from thermalcg.models.potential import load_ensemble
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, read_declared, write_dataset
from thermalcg.storage.files import digest

s, read, T = job.settings["dynamics"], snakemake.input, float(snakemake.wildcards.T)
scaling = snakemake.params.scaling_K
# from the run at T0: no information of the held-out temperature enters
beads = Beads.of_run(read_dataset(read.start, ("position",), ("bead_mass_amu",)), s["runs"])
known = KnownKernels.of(
    (read_declared(path, "dynamics/kernel/{arch}/{source}.nc") for path in read.kernels),
    (read_declared(path, "dynamics/kernel/{arch}/{source}.nc") for path in read.response),
    float(job.settings["temperatures"]["reference_K"]),
    scaling,
)
inputs = digest(*read.models, *read.kernels, *read.response, read.start)
checkpoints = Checkpoints(
    snakemake.params.checkpoints, {"settings": job.settings, "scaling_K": scaling, "inputs": inputs, "T": T}
)
motions = run_cases(
    plan_cases(T, known, beads.mass, s["law"], from_section(FitSettings, s)),
    {Path(p).stem: load_ensemble(p, job.settings["compute"]["device"])[0][0] for p in read.models},
    beads,
    T,
    from_section(DynamicsSettings, s),
    seed=job.settings["seed"],
    architecture=snakemake.wildcards.arch,
    checkpoints=checkpoints,
)
write_dataset(motions, snakemake.output.motions, job.provenance)
checkpoints.clear()
