"""CG water in a box of several copies of the study's: its structure and mean energy."""

import numpy as np
from _job import begin

job = begin(snakemake)

from thermalcg.analysis.structure import ObservableSettings
from thermalcg.benchmark.engine_plans import LARGE_BOX
from thermalcg.benchmark.large_box import cg_box, copied_beads
from thermalcg.cg.engines import engines_of
from thermalcg.cg.langevin import CGSettings, run_cg_md
from thermalcg.models.potential import load_ensemble
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.files import digest
from thermalcg.storage.seeds import derive_seed

s, plan, T = job.settings["cg_md"], LARGE_BOX, float(snakemake.wildcards.T)
ensemble, _ = load_ensemble(snakemake.input.model, job.settings["compute"]["device"])
mapped = read_dataset(
    snakemake.input.start, ("position", "potential_energy"), ("bead_mass_amu", "temperature_K")
)
beads, members = copied_beads(mapped, plan.runs, plan.copies), np.zeros(plan.runs, int)
inputs = digest(snakemake.input.model, snakemake.input.start)
checkpoints = Checkpoints(
    snakemake.params.checkpoints, {"settings": job.settings, "T": T, "inputs": inputs, "plan": plan}
)
trajectory = run_cg_md(
    engines_of(ensemble, members, beads.box, T, name=s["engine"], threads=snakemake.threads),
    beads,
    T,
    from_section(
        CGSettings,
        s,
        equilibration_ps=plan.cg_equilibration_ps,
        production_ps=plan.cg_ps,
        frame_interval_ps=plan.cg_interval_ps,
    ),
    seed=derive_seed(job.settings["seed"], "engine", "cg", T),
    members=members,
    checkpoints=checkpoints,
    label=f"CG, {beads.n_beads} beads, {T:g} K",
)
bins = from_section(ObservableSettings, job.settings["observables"])
write_dataset(cg_box(trajectory, ensemble[0], mapped, bins), snakemake.output.observed, job.provenance)
checkpoints.clear()
