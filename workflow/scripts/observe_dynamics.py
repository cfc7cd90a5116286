"""Correlation functions of the all-atom stretches of one temperature."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.motion import observed_motion
from thermalcg.storage.datasets import read_dataset, write_dataset

s = job.settings["dynamics"]
observed = observed_motion(
    read_dataset(snakemake.input.stretches, ("position", "velocity", "total_energy"), ("temperature_K",)),
    read_dataset(snakemake.input.mapped, ("potential_energy",))["potential_energy"].values,
    s["memory_ps"],
    s["msd_window_ps"][1],
    s["scattering_per_nm"],
)
write_dataset(observed, snakemake.output.observables, job.provenance)
