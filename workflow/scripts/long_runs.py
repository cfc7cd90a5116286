"""Long CG runs at one temperature, of which only energies are kept."""

import numpy as np
from _job import begin

job = begin(snakemake)

from thermalcg.benchmark.engine_plans import LONG_RUNS
from thermalcg.benchmark.long_runs import run_long
from thermalcg.cg.engines import engines_of
from thermalcg.cg.replicas import Beads
from thermalcg.models.potential import load_ensemble
from thermalcg.runtime.schedule import RunSettings
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.files import digest
from thermalcg.storage.seeds import derive_seed

s, plan, T = job.settings["cg_md"], LONG_RUNS, float(snakemake.wildcards.T)
ensemble, _ = load_ensemble(snakemake.input.model, job.settings["compute"]["device"])
beads = Beads.of_run(read_dataset(snakemake.input.start, ("position",), ("bead_mass_amu",)), plan.runs)
members = np.zeros(plan.runs, int)
inputs = digest(snakemake.input.model, snakemake.input.start)
checkpoints = Checkpoints(
    snakemake.params.checkpoints, {"settings": job.settings, "T": T, "inputs": inputs, "plan": plan}
)
settings = from_section(
    RunSettings,
    s,
    equilibration_ps=plan.equilibration_ps,
    production_ps=plan.run_ps,
    frame_interval_ps=plan.frame_interval_ps,
    checkpoint_ps=plan.checkpoint_ps,
)
runs = run_long(
    engines_of(ensemble, members, beads.box, T, name=s["engine"], threads=snakemake.threads),
    beads,
    T,
    settings,
    seed=derive_seed(job.settings["seed"], "engine", T),
    checkpoints=checkpoints,
)
if runs.attrs["failure"]:
    print("WARNING: runs that failed:", runs.attrs["failure"])
write_dataset(runs, snakemake.output.runs, job.provenance)
checkpoints.clear()
