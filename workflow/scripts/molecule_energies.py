"""The potential energy of the reference trajectory, molecule by molecule."""

from _job import begin

job = begin(snakemake)

from thermalcg.datasets import read_dataset, write_dataset
from thermalcg.local_energy import energies_along
from thermalcg.water import load_water_model

cell = job.settings["water"]
trajectory = read_dataset(snakemake.input.trajectory, ("atom_position", "potential_energy"))
write_dataset(
    energies_along(trajectory, load_water_model(cell["model"]), cell["cutoff_nm"]),
    snakemake.output.energies,
    job.provenance,
)
