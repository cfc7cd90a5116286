"""A user's own OpenMM System at one temperature, mapped to beads."""

from functools import partial

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.nvt import AllAtomSettings
from thermalcg.atomistic.own_run import run_own_system
from thermalcg.atomistic.own_system import OwnFiles, read_own_system
from thermalcg.conditional.frames import training_length
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import write_dataset

files, frames = OwnFiles.of(job.settings["system"]), job.settings["frames"]
own = read_own_system(files)
checkpoints = Checkpoints(snakemake.params.checkpoints, {"settings": job.settings, "files": files.numbers})
mapped = run_own_system(
    own,
    float(snakemake.wildcards.T),
    from_section(AllAtomSettings, job.settings["all_atom"]),
    Compute.of(job.settings["compute"]["platform"], job.threads),
    seed=job.settings["seed"],
    checkpoints=checkpoints,
    energies=snakemake.params.energies,
    training_length=partial(training_length, n_test=frames["test"], spacing_ps=frames["spacing_ps"]),
)
if not mapped.attrs["equilibrated"]:
    print("WARNING: not stationary, or at another temperature:", mapped.attrs)
write_dataset(mapped, snakemake.output.mapped, job.provenance)
checkpoints.clear()
