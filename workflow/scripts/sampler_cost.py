"""Cost of anchored steps, and conditional sampling per core-second against a plain loop."""

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg.atomistic.water import WaterBox
from thermalcg.benchmark.sampler_cost import step_costs, throughput
from thermalcg.runtime.platforms import pin_to_one_core
from thermalcg.storage.tables import write_table

cell, temperature = job.settings["water"], float(job.settings["temperatures"]["reference_K"])
boxes = [
    WaterBox.of(cell["model"], molecules, cell["density_g_cm3"], cell["cutoff_nm"])
    for molecules in job.settings["estimators"]["molecules"]
]
steps, whole = [], []
for box in boxes:
    # the throughput first: the steps are then measured on one core
    whole.append(throughput(box, temperature))
    print(whole[-1].to_string(index=False))
pin_to_one_core()
for box in boxes:
    steps.append(step_costs(box, temperature))
    print(steps[-1].to_string(index=False))
write_table(pd.concat(steps), snakemake.output.steps)
write_table(pd.concat(whole), snakemake.output.throughput)
