"""Energies of the molecules in the reference trajectory."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.molecule_energies import energies_along
from thermalcg.atomistic.water import load_water_model
from thermalcg.storage.datasets import read_dataset, write_dataset

cell = job.settings["water"]
trajectory = read_dataset(
    snakemake.input.trajectory, ("atom_position", "potential_energy"), ("temperature_K",)
)
write_dataset(
    energies_along(trajectory, load_water_model(cell["model"]), cell["cutoff_nm"]),
    snakemake.output.energies,
    job.provenance,
)
