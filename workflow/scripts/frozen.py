"""Runs at one temperature from two starts, without and with replica exchange."""

import shutil

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.water import WaterBox
from thermalcg.benchmark.false_convergence import frozen_runs
from thermalcg.conditional.sampler import ConditionalSampler, ConditionalSettings
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.progress import Progress
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_dataset, write_dataset

cell, s, own = (job.settings[name] for name in ("water", "conditional", "estimators"))
frames = read_dataset(snakemake.input.frames, ("atom_position",))
atoms = frames["atom_position"].values[0].astype(float)
box = WaterBox.of_run(frames, cell["model"], cell["cutoff_nm"])
compute = Compute.of(job.settings["compute"]["platform"], job.threads)
found, cold = {}, snakemake.params.temperature_K
for way, ladder in (
    ("fixed", [cold]),
    ("rungs", [T for T in s["ladder_K"] if cold <= T]),
):
    sampler = ConditionalSampler(
        box,
        job.settings["mapping"],
        ladder,
        from_section(
            ConditionalSettings, s, melt_K=max(s["ladder_K"]), production_ps=own["frozen_ps"], chains=2
        ),
        compute,
        seed=job.settings["seed"],
    )
    total = 3 * (own["frozen_ps"] + s["burn_in_ps"]) * len(ladder)
    with Progress(f"{way} {cold} K", total, "ps") as progress:
        label = f"frozen-{way}"
        chains = sampler.sample(atoms, label, snakemake.params.checkpoints, progress)
        melted = sampler.probe(atoms, label, snakemake.params.checkpoints, progress)
    found[way] = (chains, melted)
runs = frozen_runs(found).assign_attrs(temperature_K=float(cold), sample_ps=float(s["sample_interval_ps"]))
write_dataset(runs, snakemake.output.runs, job.provenance)
shutil.rmtree(snakemake.params.checkpoints, ignore_errors=True)
