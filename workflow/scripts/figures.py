"""Every figure, as PDF and PNG."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg import figures
from thermalcg.models.names import ModelName
from thermalcg.models.potential import load_ensemble
from thermalcg.models.prior import Prior
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.tables import read_table

read, folder = snakemake.input, Path(snakemake.output.png[0]).parent
style, temperatures = job.settings["figures"], job.settings["temperatures"]
reference, held_out = temperatures["reference_K"], temperatures["held_out_K"]
figures.use(style["dpi"], style["font_size"])

observed = {
    ("all_atom", float(T)): read_dataset(path)
    for T, path in zip(snakemake.params.temperatures, read.all_atom, strict=True)
}
for (architecture, model, temperature), path in zip(snakemake.params.cg, read.cg, strict=True):
    data = read_dataset(path)
    if "rdf" in data:
        observed[(architecture, ModelName.parse(model).mode), float(temperature)] = data

figures.save(figures.claims(read_table(read.claims)), folder / "claims")
figures.save(figures.force_error(read_table(read.force_error), reference), folder / "force_error")
figures.save(figures.excess(read_table(read.excess), reference), folder / "force_excess")
figures.save(
    figures.structural_error(read_table(read.structure_error), reference), folder / "structure_error"
)
figures.save(figures.convergence(read_table(read.convergence)), folder / "convergence")
figures.save(figures.cost(read_table(read.benchmarks)), folder / "cost")
figures.save(figures.speed(read_table(read.speed)), folder / "speed")
figures.save(
    figures.thermodynamics(read_table(read.energy), read_table(read.heat_capacity), reference),
    folder / "thermodynamics",
)
if read.curve:
    figures.save(figures.learning_curve(read_table(read.curve)), folder / "learning_curve")

parities = {
    (Path(p).parent.name, "trf1"): read_dataset(p, ("label_force", "predicted_force")) for p in read.parity
}
figures.save(figures.parity(parities), folder / "parity")
for architecture in snakemake.params.architectures:
    modes = snakemake.params.modes
    figures.save(figures.rdf_panels(observed, architecture, held_out, modes), folder / f"rdf_{architecture}")
    figures.save(figures.adf_panels(observed, architecture, held_out, modes), folder / f"adf_{architecture}")

prior = Prior.read(read.prior)
rdf = observed["all_atom", float(reference)]["rdf"]
threshold = job.settings["prior"]["g_threshold"]
figures.save(
    figures.prior_figure(rdf["r"].values, rdf.mean("run").values, prior, float(reference), threshold),
    folder / "prior",
)

histories = {}
for path in read.models:
    for member, record in enumerate(load_ensemble(path)[1]["members_record"]):
        history = pd.DataFrame(record["history"], columns=["train", "validation"])
        histories[Path(path).stem, member] = history.assign(epoch=range(1, len(history) + 1))
if histories:
    figures.save(figures.training_history(histories), folder / "training_history")
