"""Noise of labels and products in a box of one size."""

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg.atomistic.mapping import map_trajectory
from thermalcg.atomistic.molecule_energies import energies_along, energies_of_samples
from thermalcg.atomistic.water import load_water_model
from thermalcg.benchmark.size_scan import BLOCK_PS, BLOCKS, label_noise, product_noise
from thermalcg.models.potential import load_ensemble
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.response.residual_products import CrossFit
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_dataset, read_declared
from thermalcg.storage.tables import write_table

cell, s = job.settings["water"], job.settings["estimators"]
water = load_water_model(cell["model"])
trajectory = read_declared(snakemake.input.trajectory, "all_atom/{T}.nc")
samples = read_dataset(snakemake.input.samples, ("force", "energy", "sample_position"))
samples = samples.assign(sample_energy=energies_of_samples(samples, water, cell["cutoff_nm"]))
direction = load_ensemble(snakemake.input.direction)[0][0]
labels = [
    label_noise(
        samples, direction, s["radii_nm"], block_ps, job.settings["conditional"]["sample_interval_ps"]
    )
    for block_ps in BLOCK_PS
]
products = product_noise(
    map_trajectory(trajectory, water, job.settings["mapping"]),
    Prior.read(snakemake.input.prior),
    direction,
    energies_along(trajectory, water, cell["cutoff_nm"])["molecule_energy"].values,
    s["radii_nm"],
    CrossFit(from_section(SplineSettings, job.settings["spline"]), BLOCKS, job.settings["response"]["folds"]),
)
table = pd.concat(
    [*(x.assign(estimator="covariance") for x in labels), products.assign(estimator="residual products")],
    ignore_index=True,
)
table.insert(0, "molecules", trajectory.sizes["molecule"])
write_table(table, snakemake.output.noise)
