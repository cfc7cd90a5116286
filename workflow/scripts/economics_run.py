"""An all-atom run for the study of costs, mapped."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.nvt import AllAtomSettings
from thermalcg.atomistic.water import WaterBox
from thermalcg.benchmark.economics_plan import ECONOMICS, production_ps, responding_K
from thermalcg.benchmark.economics_runs import AllAtomWater, Wanted, sample_run
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import write_dataset

T, temperatures = float(snakemake.wildcards.T), job.settings["temperatures"]
reference = temperatures["reference_K"]
water = AllAtomWater(
    WaterBox.of(**job.settings["water"]),
    job.settings["mapping"],
    from_section(AllAtomSettings, job.settings["all_atom"]),
    Compute.of(job.settings["compute"]["platform"], job.threads),
)
wanted = Wanted(
    T,
    production_ps(T, reference),
    energies=T in responding_K(reference, temperatures["multi_K"]),
    tested=T in temperatures["held_out_K"],
)
checkpoints = Checkpoints(
    snakemake.params.checkpoints,
    {"settings": job.settings, "box": water.box.numbers, "wanted": wanted, "plan": ECONOMICS},
)
run = sample_run(water, wanted, seed=job.settings["seed"], checkpoints=checkpoints)
write_dataset(run, snakemake.output.run, job.provenance)
checkpoints.clear()
