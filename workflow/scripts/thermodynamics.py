"""Mean energy, entropy and heat capacity from the models with a response; size of the second order."""

from _job import begin

job = begin(snakemake)

import pandas as pd

from thermalcg.analysis.second_order import second_order_table
from thermalcg.analysis.thermodynamics import energy_errors, heat_capacity_table
from thermalcg.conditional.test_frames import converged_test_frames
from thermalcg.models.potential import load_ensemble
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.tables import write_table

reference = float(job.settings["temperatures"]["reference_K"])


def by_temperature(paths, required):
    loaded = [read_dataset(path, required) for path in paths]
    return {float(d.attrs["temperature_K"]): d for d in loaded}


labels = by_temperature(snakemake.input.labels, ("site_position", "mean_energy"))
mapped = by_temperature(snakemake.input.mapped, ("position", "potential_energy"))
ensembles = {
    (arch, model): load_ensemble(path, job.settings["compute"]["device"])[0]
    for (arch, model), path in zip(snakemake.params.models, snakemake.input.models, strict=True)
}
members = {key: ensemble[0] for key, ensemble in ensembles.items()}
rows = [
    {"architecture": arch, "mode": mode, "temperature_K": T, **energy_errors(member, data)}
    for (arch, mode), member in members.items()
    for T, data in labels.items()
]
write_table(pd.DataFrame(rows), snakemake.output.energy)
cg = {
    (arch, model, float(T)): read_dataset(path, ("healthy",))
    for (arch, model, T), path in zip(snakemake.params.cg, snakemake.input.cg, strict=True)
}
write_table(heat_capacity_table(ensembles, cg, mapped, reference), snakemake.output.heat_capacity)
own = converged_test_frames(labels[reference])
second = {key: ensemble for key, ensemble in ensembles.items() if ensemble[0].expansion.size > 2}
if second:
    position = own["site_position"].values.astype(float)
    table = second_order_table(second, position, float(own.attrs["box_nm"]), reference)
else:
    table = pd.DataFrame(columns=["architecture", "mode"])
write_table(table, snakemake.output.second_order)
