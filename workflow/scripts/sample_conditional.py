"""Replica exchange of anchored water for a batch of frames."""

import shutil

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.water import WaterBox, load_water_model
from thermalcg.conditional.batches import frames_of_batch, probed_frames, sample_frames
from thermalcg.conditional.sampler import ConditionalSampler, ConditionalSettings
from thermalcg.runtime.platforms import Compute, choose_platform
from thermalcg.storage.datasets import read_dataset, write_dataset

cell, s = job.settings["water"], job.settings["conditional"]
frames = read_dataset(snakemake.input.frames, ("atom_position", "split"), ("temperature_K",))
sampler = ConditionalSampler(
    WaterBox(
        load_water_model(cell["model"]),
        frames.sizes["molecule"],
        float(frames.attrs["box_nm"]),
        cell["cutoff_nm"],
    ),
    job.settings["mapping"],
    snakemake.params.ladder,
    ConditionalSettings.from_section(s, production_ps=snakemake.params.production_ps),
    Compute(choose_platform(job.settings["compute"]["platform"]), job.threads),
    seed=job.settings["seed"],
)
indices = frames_of_batch(int(snakemake.wildcards.batch), s["batch_frames"], frames.sizes["frame"])
probes = probed_frames(frames, s["probe_frames"], indices)
samples = sample_frames(sampler, frames, indices, probes, snakemake.params.checkpoints)
write_dataset(samples, snakemake.output.samples, job.provenance)
shutil.rmtree(snakemake.params.checkpoints, ignore_errors=True)
