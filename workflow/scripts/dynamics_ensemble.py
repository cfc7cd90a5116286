"""Table of the all-atom motion at constant energy and with a weak thermostat."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.diffusion import ensemble_table
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.tables import write_table

runs = {
    "constant energy": read_dataset(snakemake.input.constant_energy),
    "weak thermostat": read_dataset(snakemake.input.thermostat),
}
window = tuple(job.settings["dynamics"]["msd_window_ps"])
write_table(ensemble_table(runs, window), snakemake.output.ensemble)
