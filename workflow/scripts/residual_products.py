"""Cross-fitted residual products of the ordinary trajectory at T0."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.mapping import bead_energies
from thermalcg.atomistic.response_frames import molecule_energies_at
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.response.residual_products import CrossFit, residual_products
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_dataset, write_dataset

s, energies = job.settings["response"], None
mapped = read_dataset(snakemake.input.mapped, ("position", "force", "potential_energy"))
if snakemake.input.trajectory:
    energies = molecule_energies_at(read_dataset(snakemake.input.trajectory, ("molecule_energy",)))
elif s["radius_nm"] != "box":
    energies = bead_energies(mapped, f"response.radius_nm is {s['radius_nm']}")
products = residual_products(
    mapped,
    Prior.read(snakemake.input.prior),
    CrossFit(from_section(SplineSettings, job.settings["spline"]), s["blocks"], s["folds"]),
    radius_nm=None if s["radius_nm"] == "box" else s["radius_nm"],
    molecule_energy=energies,
)
write_dataset(products, snakemake.output.products, job.provenance)
