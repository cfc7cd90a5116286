"""An independent ordinary trajectory at T0, for the benchmark of estimators."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.water import load_water_model
from thermalcg.runtime.platforms import choose_platform
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import write_dataset
from thermalcg.storage.seeds import derive_seed

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
