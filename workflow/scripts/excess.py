"""Excess force error over the yardstick, from the ordinary held-out frames of every temperature."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.excess_error import excess_table, force_ratios
from thermalcg.analysis.force_losses import HeldOutFrames
from thermalcg.models.names import ModelKey, ModelName
from thermalcg.models.potential import load_ensemble
from thermalcg.storage.datasets import read_by_temperature
from thermalcg.storage.tables import write_table

mapped = read_by_temperature(snakemake.input.mapped, ("position", "force", "split"))
frames = {T: HeldOutFrames.of(data) for T, data in mapped.items()}
losses = {}
for (arch, model, temperatures), path in zip(snakemake.params.tested, snakemake.input.models, strict=True):
    members, _ = load_ensemble(path, job.settings["compute"]["device"])
    for T in temperatures:
        losses[ModelKey(arch, ModelName.parse(model).mode), float(T)] = frames[float(T)].losses(members)
write_table(excess_table(losses), snakemake.output.excess)
write_table(force_ratios(losses), snakemake.output.ratio)
