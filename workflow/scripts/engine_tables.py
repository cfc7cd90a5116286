"""Tables of the checks of the CG engine."""

from _job import begin

job = begin(snakemake)

from thermalcg.benchmark.engine_plans import TIME_STEP_SCAN
from thermalcg.benchmark.large_box import large_box_table
from thermalcg.benchmark.long_runs import long_runs_table
from thermalcg.benchmark.time_step import longest_step, time_step_table
from thermalcg.storage.datasets import read_by_temperature, read_dataset
from thermalcg.storage.tables import write_table

study_fs, runs = (job.settings["cg_md"][key] for key in ("timestep_fs", "runs"))
steps = time_step_table(
    read_dataset(snakemake.input.scan, ("r",)), runs, TIME_STEP_SCAN.tested_with(study_fs)
)
print(
    f"longest step within the errors of the study: {longest_step(steps):g} fs; the study has {study_fs:g} fs"
)
write_table(steps, snakemake.output.time_step)
long = read_by_temperature(snakemake.input.long, ("healthy",))
write_table(long_runs_table(long.values()), snakemake.output.long_runs)
observed = ("rdf", "adf", "structure_factor", "energy")
all_atom, cg = (
    read_by_temperature(paths, observed) for paths in (snakemake.input.all_atom, snakemake.input.cg)
)
reference = job.settings["temperatures"]["reference_K"]
write_table(large_box_table(all_atom, cg, reference), snakemake.output.large_box)
