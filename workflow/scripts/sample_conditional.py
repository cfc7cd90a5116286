"""Replica exchange of anchored water for a batch of frames."""

import shutil

from _job import begin

job = begin(snakemake)

import numpy as np

from thermalcg.atomistic.water import load_water_model
from thermalcg.conditional.sampler import ConditionalSampler, ConditionalSettings, sample_frames
from thermalcg.runtime.platforms import choose_platform
from thermalcg.storage.datasets import read_dataset, write_dataset

cell, s = job.settings["water"], job.settings["conditional"]
frames = read_dataset(snakemake.input.frames, ("atom_position", "split"))
water = load_water_model(cell["model"])
sampler = ConditionalSampler(
    water,
    cell["molecules"],
    frames.attrs["box_nm"],
    cell["cutoff_nm"],
    job.settings["mapping"],
    snakemake.params.ladder,
    ConditionalSettings.from_section(s, production_ps=snakemake.params.production_ps),
    seed=job.settings["seed"],
    platform=choose_platform(job.settings["compute"]["platform"]),
    threads=job.threads,
)
first = int(snakemake.wildcards.batch) * s["batch_frames"]
indices = range(first, min(first + s["batch_frames"], frames.sizes["frame"]))
probes = set(np.flatnonzero(frames["split"].values == 1)[: s["probe_frames"]].tolist()) & set(indices)
samples = sample_frames(sampler, frames, indices, probes, snakemake.params.checkpoints)
write_dataset(samples, snakemake.output.samples, job.provenance)
shutil.rmtree(snakemake.params.checkpoints, ignore_errors=True)
