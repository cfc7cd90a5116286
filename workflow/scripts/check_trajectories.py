"""Whether the parts of every trajectory belong together."""

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg.storage.datasets import read_declared
from thermalcg.storage.files import DatasetError
from thermalcg.storage.tables import write_table
from thermalcg.trajectories.checks import as_text, check_trajectory

tables, failed = [], []
for path in snakemake.input.mapped:
    found = check_trajectory(read_declared(path, "mapped/{T}.nc"))
    print(f"{path}, {found.temperature:g} K\n{as_text(found)}\n")
    tables.append(found.labelled())
    failed += [path] if found.failed else []
write_table(pd.concat(tables), snakemake.output.table)
if failed:
    raise DatasetError(f"these trajectories fail the check, which the log explains: {', '.join(failed)}")
