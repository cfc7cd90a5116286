"""The table of what data cost and what they give, and its figure."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg import figures
from thermalcg.storage.tables import read_table, write_table

costs = pd.concat(read_table(path, ("purchase", "total_ps")) for path in snakemake.input.errors)
write_table(costs, snakemake.output.table)
style = job.settings["figures"]
figures.use(style["dpi"], style["font_size"])
figures.save(figures.economics(costs), Path(snakemake.output.png).with_suffix(""))
