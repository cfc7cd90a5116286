"""All-atom molecular dynamics at one temperature."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.water import WaterBox
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import write_dataset

box = WaterBox.of(**job.settings["water"])
checkpoints = Checkpoints(
    snakemake.params.checkpoints,
    {"settings": job.settings, "box": box.numbers, "response_of": snakemake.params.response_of},
)
trajectory = run_all_atom(
    box,
    float(snakemake.wildcards.T),
    from_section(AllAtomSettings, job.settings["all_atom"]),
    Compute.of(job.settings["compute"]["platform"], job.threads),
    seed=job.settings["seed"],
    checkpoints=checkpoints,
    response_of=snakemake.params.response_of,
)
if not trajectory.attrs["equilibrated"]:
    print("WARNING: not stationary, or at another temperature:", trajectory.attrs)
write_dataset(trajectory, snakemake.output.trajectory, job.provenance)
checkpoints.clear()
