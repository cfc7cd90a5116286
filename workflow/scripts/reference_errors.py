"""Residuals of every model on held-out frames at T0."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.force_losses import HeldOutFrames
from thermalcg.analysis.reference_error import reference_errors
from thermalcg.models.names import ModelKey
from thermalcg.models.potential import load_ensemble
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.tables import write_table

frames = HeldOutFrames.of(read_dataset(snakemake.input.mapped, ("position", "force", "split")))
losses = {
    ModelKey(*model): frames.losses(load_ensemble(path, job.settings["compute"]["device"])[0])
    for model, path in zip(snakemake.params.models, snakemake.input.models, strict=True)
}
write_table(reference_errors(losses, frames.mean_square), snakemake.output.error)
