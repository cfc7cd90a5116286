"""Mapped positions, velocities and forces of an all-atom trajectory."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.mapping import map_trajectory
from thermalcg.atomistic.water import load_water_model
from thermalcg.conditional.frames import training_length
from thermalcg.storage.datasets import read_dataset, write_dataset

trajectory = read_dataset(
    snakemake.input.trajectory,
    ("atom_position", "atom_velocity", "atom_force", "potential_energy"),
    ("temperature_K",),
)
frames = job.settings["frames"]
mapped = map_trajectory(
    trajectory,
    load_water_model(job.settings["water"]["model"]),
    job.settings["mapping"],
    training_length(trajectory["time"].values, frames["test"], frames["spacing_ps"]),
)
write_dataset(mapped, snakemake.output.mapped, job.provenance)
