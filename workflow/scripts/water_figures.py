"""Figures of labels, thermodynamics, training and cost, as PDF and PNG."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg import figures
from thermalcg.models.names import STUDY_RESPONSE
from thermalcg.models.potential import load_ensemble
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.tables import read_table

read, folder = snakemake.input, Path(snakemake.output.png[0]).parent
style, reference = job.settings["figures"], job.settings["temperatures"]["reference_K"]
figures.use(style["dpi"], style["font_size"])


def save(name, figure):
    figures.save(figure, folder / name)


save("force_error", figures.force_error(read_table(read.force_error), reference))
save("convergence", figures.convergence(read_table(read.convergence)))
save("cost", figures.cost(read_table(read.benchmarks)))
save("speed", figures.speed(read_table(read.speed)))
energy, heat_capacity = read_table(read.energy), read_table(read.heat_capacity)
save("thermodynamics", figures.thermodynamics(energy, heat_capacity, reference))
if read.curve:
    save("learning_curve", figures.learning_curve(read_table(read.curve)))

required = ("label_force", "predicted_force")
parities = {(Path(path).parent.name, STUDY_RESPONSE): read_dataset(path, required) for path in read.parity}
save("parity", figures.parity(parities, STUDY_RESPONSE))

histories = {
    (Path(path).stem, member): figures.history_table(record)
    for path in read.models
    for member, record in enumerate(load_ensemble(path)[1]["members_record"])
}
if histories:
    save("training_history", figures.training_history(histories))
