"""The response of the projected spline force field along the ordinary trajectory at one temperature."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.response_frames import response_frames
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.response.projection_files import projected, projection_dataset
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_dataset, read_declared, write_dataset

trajectory, blocks = None, job.settings["response"]["blocks"]
if snakemake.input.trajectory:
    recorded = ("response_position", "response_force", "molecule_energy")
    trajectory = read_declared(snakemake.input.trajectory, "all_atom/{T}.nc", recorded)
mapped = read_dataset(snakemake.input.mapped, ("position", "force", "potential_energy", "split"))
frames = response_frames(mapped, blocks, trajectory)
spline = from_section(SplineSettings, job.settings["spline"])
found = projected(frames, Prior.read(snakemake.input.prior), spline, blocks)
write_dataset(projection_dataset(found, frames), snakemake.output.projected, job.provenance)
