"""An independent ordinary trajectory at T0, for the benchmark of estimators."""

from _job import begin

job = begin(snakemake)

from thermalcg.all_atom import AllAtomSettings, run_all_atom
from thermalcg.checkpoints import Checkpoints
from thermalcg.datasets import derive_seed, write_dataset
from thermalcg.platforms import choose_platform
from thermalcg.water import load_water_model

cell, molecules = job.settings["water"], snakemake.params.molecules
water = load_water_model(cell["model"])
# wildcards name the replicate or the size of the box
seed = derive_seed(job.settings["seed"], "estimators", *map(str, snakemake.wildcards))
temperature = float(job.settings["temperatures"]["reference_K"])
checkpoints = Checkpoints(snakemake.params.checkpoints, {"settings": job.settings, "seed": seed})
trajectory = run_all_atom(
    water,
    molecules,
    water.box_length(molecules, cell["density_g_cm3"]),
    cell["cutoff_nm"],
    temperature,
    AllAtomSettings(**{**job.settings["all_atom"], "production_ps": snakemake.params.production_ps}),
    seed=seed,
    platform=choose_platform(job.settings["compute"]["platform"]),
    threads=job.threads,
    checkpoints=checkpoints,
)
write_dataset(trajectory, snakemake.output.trajectory, job.provenance)
checkpoints.clear()
