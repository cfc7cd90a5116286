"""Mapped positions, forces and energies of a user's trajectory."""

from functools import partial

from _job import begin

job = begin(snakemake)

from thermalcg.conditional.frames import training_length
from thermalcg.trajectories.importing import import_run
from thermalcg.trajectories.run_file import RunFile

frames = job.settings["frames"]
import_run(
    RunFile(snakemake.input.files[0]),
    snakemake.output.mapped,
    job.provenance,
    partial(training_length, n_test=frames["test"], spacing_ps=frames["spacing_ps"]),
)
