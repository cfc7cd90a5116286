"""Cost of anchored steps, and conditional sampling per core-second against a plain loop."""

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg.atomistic.water import load_water_model
from thermalcg.benchmark.sampler_cost import step_costs, throughput
from thermalcg.storage.tables import write_table

cell, temperature = job.settings["water"], float(job.settings["temperatures"]["reference_K"])
water, sizes = load_water_model(cell["model"]), job.settings["estimators"]["molecules"]
arguments = (cell["density_g_cm3"], cell["cutoff_nm"], temperature)
steps, whole = [], []
for molecules in sizes:
    # the throughput first: the steps are then measured on one core
    whole.append(throughput(water, molecules, *arguments))
    print(whole[-1].to_string(index=False))
from thermalcg.runtime.platforms import pin_to_one_core

pin_to_one_core()
for molecules in sizes:
    steps.append(step_costs(water, molecules, *arguments))
    print(steps[-1].to_string(index=False))
write_table(pd.concat(steps), snakemake.output.steps)
write_table(pd.concat(whole), snakemake.output.throughput)
