"""Table of the all-atom motion at constant energy and with a weak thermostat."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.diffusion import ensemble_table
from thermalcg.storage.datasets import read_declared
from thermalcg.storage.tables import write_table

kind = "dynamics/observables/{ensemble}/{T}.nc"
runs = {
    "constant energy": read_declared(snakemake.input.constant_energy, kind),
    "weak thermostat": read_declared(snakemake.input.thermostat, kind),
}
window = tuple(job.settings["dynamics"]["msd_window_ps"])
write_table(ensemble_table(runs, window), snakemake.output.ensemble)
