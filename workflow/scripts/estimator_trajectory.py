"""An independent ordinary trajectory at T0, for the benchmark of estimators."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.water import WaterBox
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import write_dataset
from thermalcg.storage.seeds import derive_seed

# wildcards name the replicate or the size of the box
seed = derive_seed(job.settings["seed"], "estimators", *map(str, snakemake.wildcards))
temperature = float(job.settings["temperatures"]["reference_K"])
box = WaterBox.of(**{**job.settings["water"], "molecules": snakemake.params.molecules})
checkpoints = Checkpoints(
    snakemake.params.checkpoints,
    {
        "settings": job.settings,
        "box": box.numbers,
        "seed": seed,
        "response_of": snakemake.params.response_of,
    },
)
trajectory = run_all_atom(
    box,
    temperature,
    from_section(AllAtomSettings, job.settings["all_atom"], production_ps=snakemake.params.production_ps),
    Compute.of(job.settings["compute"]["platform"], job.threads),
    seed=seed,
    checkpoints=checkpoints,
    response_of=snakemake.params.response_of,
)
write_dataset(trajectory, snakemake.output.trajectory, job.provenance)
checkpoints.clear()
