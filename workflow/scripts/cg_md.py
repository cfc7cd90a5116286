"""Independent CG runs of one model at one temperature."""

from _job import begin

job = begin(snakemake)

from thermalcg.cg.engines import engines_of
from thermalcg.cg.langevin import CGSettings, run_cg_md
from thermalcg.cg.replicas import Beads, members_of_runs
from thermalcg.models.names import ARCHITECTURES
from thermalcg.models.potential import load_ensemble
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.files import digest
from thermalcg.storage.seeds import derive_seed

s, temperature = job.settings["cg_md"], float(snakemake.wildcards.T)
ensemble, _ = load_ensemble(snakemake.input.model, job.settings["compute"]["device"])
bootstrapped = ARCHITECTURES[snakemake.wildcards.arch].bootstrapped
members = members_of_runs(s["runs"], len(ensemble), bootstrapped=bootstrapped)
beads = Beads.of_run(read_dataset(snakemake.input.start, ("position",)), len(members))
inputs = digest(snakemake.input.model, snakemake.input.start)
checkpoints = Checkpoints(
    snakemake.params.checkpoints, {"settings": job.settings, "T": temperature, "inputs": inputs}
)
wildcards = snakemake.wildcards
trajectory = run_cg_md(
    engines_of(ensemble, members, beads.box, temperature, name=s["engine"], threads=snakemake.threads),
    beads,
    temperature,
    from_section(CGSettings, s),
    seed=derive_seed(job.settings["seed"], "cg", wildcards.arch, wildcards.model, wildcards.T),
    members=members,
    checkpoints=checkpoints,
    label=f"CG {wildcards.arch} {wildcards.model} {wildcards.T} K",
)
if trajectory.attrs["failure"]:
    print("WARNING: runs that failed and are no data:", trajectory.attrs["failure"])
write_dataset(trajectory, snakemake.output.trajectory, job.provenance)
checkpoints.clear()
