"""All-atom molecular dynamics at one temperature."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.water import load_water_model
from thermalcg.runtime.platforms import choose_platform
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import write_dataset

water, s = load_water_model(job.settings["water"]["model"]), job.settings["water"]
checkpoints = Checkpoints(snakemake.params.checkpoints, {**job.settings, "water": vars(water), "cell": s})
trajectory = run_all_atom(
    water,
    s["molecules"],
    water.box_length(s["molecules"], s["density_g_cm3"]),
    s["cutoff_nm"],
    float(snakemake.wildcards.T),
    AllAtomSettings(**job.settings["all_atom"]),
    seed=job.settings["seed"],
    platform=choose_platform(job.settings["compute"]["platform"]),
    threads=job.threads,
    checkpoints=checkpoints,
)
if not trajectory.attrs["equilibrated"]:
    print("WARNING: not stationary, or at another temperature:", trajectory.attrs)
write_dataset(trajectory, snakemake.output.trajectory, job.provenance)
checkpoints.clear()
