"""Choose decorrelated configurations at one temperature."""

from _job import begin

job = begin(snakemake)

from thermalcg.conditional.frames import select_frames
from thermalcg.storage.datasets import read_dataset, write_dataset

s = job.settings["frames"]
trajectory = read_dataset(
    snakemake.input.trajectory, ("atom_position", "potential_energy"), ("temperature_K",)
)
frames = select_frames(trajectory, snakemake.params.training_frames, s["test"], s["spacing_ps"])
if frames.attrs["decorrelation_time_ps"] > frames.attrs["spacing_ps"]:
    print("WARNING: the potential energy decorrelates in", frames.attrs["decorrelation_time_ps"], "ps")
write_dataset(frames, snakemake.output.frames, job.provenance)
