"""Replica exchange of anchored water for a batch of frames."""

import shutil

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.water import WaterBox
from thermalcg.conditional.batches import frames_of_batch, probed_frames, sample_frames
from thermalcg.conditional.sampler import ConditionalSampler, ConditionalSettings
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_dataset, write_dataset

cell, s = job.settings["water"], job.settings["conditional"]
frames = read_dataset(snakemake.input.frames, ("atom_position", "split"), ("temperature_K",))
sampler = ConditionalSampler(
    WaterBox.of_run(frames, cell["model"], cell["cutoff_nm"]),
    job.settings["mapping"],
    snakemake.params.ladder,
    from_section(
        ConditionalSettings, s, melt_K=max(s["ladder_K"]), production_ps=snakemake.params.production_ps
    ),
    Compute.of(job.settings["compute"]["platform"], job.threads),
    seed=job.settings["seed"],
)
indices = frames_of_batch(int(snakemake.wildcards.batch), s["batch_frames"], frames.sizes["frame"])
probes = probed_frames(frames, s["probe_frames"], indices)
samples = sample_frames(sampler, frames, indices, probes, snakemake.params.checkpoints)
write_dataset(samples, snakemake.output.samples, job.provenance)
shutil.rmtree(snakemake.params.checkpoints, ignore_errors=True)
