"""Runs at one temperature from two starts, without and with replica exchange."""

import shutil

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.water import WaterBox
from thermalcg.benchmark.false_convergence import frozen_runs, ladders, sample_both_starts
from thermalcg.conditional.sampler import ConditionalSampler, ConditionalSettings
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_dataset, write_dataset

cell, s, own = (job.settings[name] for name in ("water", "conditional", "estimators"))
frames = read_dataset(snakemake.input.frames, ("atom_position",))
atoms = frames["atom_position"].values[0].astype(float)
box = WaterBox.of_run(frames, cell["model"], cell["cutoff_nm"])
compute = Compute.of(job.settings["compute"]["platform"], job.threads)
cold = snakemake.params.temperature_K
settings = from_section(
    ConditionalSettings, s, melt_K=max(s["ladder_K"]), production_ps=own["frozen_ps"], chains=2
)
samplers = {
    way: ConditionalSampler(
        box, job.settings["mapping"], ladder, settings, compute, seed=job.settings["seed"]
    )
    for way, ladder in ladders(s["ladder_K"], cold).items()
}
found = sample_both_starts(samplers, atoms, snakemake.params.checkpoints)
runs = frozen_runs(found).assign_attrs(temperature_K=float(cold), sample_ps=float(s["sample_interval_ps"]))
write_dataset(runs, snakemake.output.runs, job.provenance)
shutil.rmtree(snakemake.params.checkpoints, ignore_errors=True)
