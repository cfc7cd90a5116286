"""Conditional runs on frames of a trajectory of the benchmark; atoms of the lowest rung are kept."""

import shutil

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.water import WaterBox
from thermalcg.conditional.batches import sample_frames
from thermalcg.conditional.frames import select_frames
from thermalcg.conditional.sampler import ConditionalSampler, ConditionalSettings
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.seeds import derive_seed

cell, s = job.settings["water"], job.settings["conditional"]
trajectory = read_dataset(snakemake.input.trajectory, ("atom_position",), ("temperature_K",))
frames = select_frames(trajectory, snakemake.params.frames, 0, job.settings["frames"]["spacing_ps"])
sampler = ConditionalSampler(
    WaterBox.of_run(trajectory, cell["model"], cell["cutoff_nm"]),
    job.settings["mapping"],
    snakemake.params.ladder,
    from_section(
        ConditionalSettings,
        s,
        melt_K=max(s["ladder_K"]),
        burn_in_ps=snakemake.params.burn_in_ps,
        production_ps=snakemake.params.production_ps,
    ),
    Compute.of(job.settings["compute"]["platform"], job.threads),
    seed=derive_seed(job.settings["seed"], "estimators", *map(str, snakemake.wildcards)),
    record_atoms=len(snakemake.params.ladder) == 1,
)
samples = sample_frames(sampler, frames, range(snakemake.params.frames), set(), snakemake.params.checkpoints)
write_dataset(samples, snakemake.output.samples, job.provenance)
shutil.rmtree(snakemake.params.checkpoints, ignore_errors=True)
