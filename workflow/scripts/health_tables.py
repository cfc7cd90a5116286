"""The health of the all-atom runs and of the runs at fixed sites."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.run_health import all_atom_health_table
from thermalcg.conditional.convergence import convergence_table
from thermalcg.storage.datasets import read_by_temperature, read_declared
from thermalcg.storage.tables import write_table

read, write = snakemake.input, snakemake.output
runs = (
    (read_declared(path, "all_atom/{T}.nc"), read_declared(frames, "frames/{T}.nc"))
    for path, frames in zip(read.trajectories, read.frames, strict=True)
)
write_table(all_atom_health_table(runs), write.all_atom_health)
labels = read_by_temperature(read.labels, ("mean_force", "trf"))
write_table(convergence_table(labels), write.convergence)
