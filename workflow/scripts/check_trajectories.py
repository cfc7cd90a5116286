"""Whether the parts of every trajectory belong together: a table, and a figure for each."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg import figures
from thermalcg.storage.datasets import read_declared
from thermalcg.storage.files import DatasetError
from thermalcg.storage.tables import write_table
from thermalcg.trajectories.checks import as_text, check_trajectory

style, tables, failed = job.settings["figures"], [], []
figures.use(style["dpi"], style["font_size"])
for path, figure in zip(snakemake.input.mapped, snakemake.output.figures, strict=True):
    found = check_trajectory(read_declared(path, "mapped/{T}.nc"))
    print(f"{path}, {found.temperature:g} K\n{as_text(found)}\n")
    tables.append(found.labelled())
    figures.save(
        figures.force_balance_panels(found.balances, found.temperature), Path(figure).with_suffix("")
    )
    failed += [path] if found.failed else []
write_table(pd.concat(tables), snakemake.output.table)
if failed:
    raise DatasetError(f"these trajectories fail the check, which the log explains: {', '.join(failed)}")
