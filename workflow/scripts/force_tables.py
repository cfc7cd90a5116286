"""Force and response errors against labels of fixed sites."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg.analysis.force_error import summarise_force_errors, trf_errors
from thermalcg.models.names import ARCHITECTURES, ModelKey
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.tables import read_table, write_table

columns = ("architecture", "mode", "model", "member", "temperature_K", "frame", "squared_error")
frames = pd.concat([read_table(path, columns) for path in snakemake.input.errors], ignore_index=True)
write_table(frames, snakemake.output.frames)
central = {name: facts.bootstrapped for name, facts in ARCHITECTURES.items()}
reference = float(job.settings["temperatures"]["reference_K"])
write_table(summarise_force_errors(frames, central, reference), snakemake.output.force_error)
parities = {
    ModelKey(Path(path).parent.name, Path(path).stem): read_dataset(path, ("label_trf", "predicted_trf"))
    for path in snakemake.input.parity
}
write_table(trf_errors(parities), snakemake.output.trf_error)
