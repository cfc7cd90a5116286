"""Every route to the thermal response on the data of one replicate."""

import time

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.mapping import map_trajectory
from thermalcg.atomistic.molecule_energies import energies_along, energies_of_samples
from thermalcg.atomistic.water import load_water_model
from thermalcg.benchmark.radius_scan import scan_radii
from thermalcg.benchmark.routes import Replicate, compare_routes, seconds_per_ps
from thermalcg.models.potential import load_ensemble
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.response.residual_products import CrossFit
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_by_temperature, read_dataset, read_declared, write_dataset

cell, own = job.settings["water"], job.settings["estimators"]
water = load_water_model(cell["model"])
trajectory = read_declared(
    snakemake.input.trajectory, "all_atom/{T}.nc", ("response_force", "molecule_energy")
)
started = time.process_time()
molecules = energies_along(trajectory, water, cell["cutoff_nm"])["molecule_energy"].values
molecule_s = time.process_time() - started
fixed = read_dataset(snakemake.input.fixed, ("force", "energy", "sample_position"))
started = time.process_time()
fixed = fixed.assign(sample_energy=energies_of_samples(fixed, water, cell["cutoff_nm"]))
fixed_s = time.process_time() - started
replicate = Replicate(
    mapped=map_trajectory(trajectory, water, job.settings["mapping"]),
    wall_s_per_ps=seconds_per_ps(trajectory),
    molecule_energy=molecules,
    molecule_energy_s=molecule_s,
    fixed=fixed,
    fixed_burn_in=own["fixed_burn_in_ps"] / job.settings["conditional"]["sample_interval_ps"],
    fixed_energy_s=fixed_s,
    rungs=read_dataset(snakemake.input.rungs, ("force", "energy")),
    spacing_ps=job.settings["frames"]["spacing_ps"],
    trajectory=trajectory,
)
tests = read_by_temperature(snakemake.input.labels, ("site_position", "chain_mean_force"))
response = job.settings["response"]
cross_fit = CrossFit(
    from_section(SplineSettings, job.settings["spline"]), response["blocks"], response["folds"]
)
# local routes need a radius: without one, that of the first shell
radius = response["radius_nm"] if response["radius_nm"] != "box" else job.settings["observables"]["shell_nm"]
baseline, direction = (
    load_ensemble(path)[0][0] for path in (snakemake.input.baseline, snakemake.input.direction)
)
estimates = compare_routes(replicate, baseline, tests, cross_fit, radius_nm=radius, budgets=own["budgets"])
write_dataset(estimates, snakemake.output.estimates, job.provenance)
scanned = scan_radii(replicate, baseline, direction, tests, own["radii_nm"], cross_fit)
write_dataset(scanned, snakemake.output.radii, job.provenance)
