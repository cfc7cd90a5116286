"""Energy, free energy, entropy and heat capacity of the models with a response; size of the second order."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.heat_parts import heat_parts_table
from thermalcg.analysis.mean_energy import fixed_site_table, mean_energy_table
from thermalcg.analysis.second_order import second_order_table
from thermalcg.analysis.thermodynamics import heat_capacity_table
from thermalcg.conditional.own_frames import own_test_frames
from thermalcg.models.names import ModelKey
from thermalcg.models.potential import load_ensemble
from thermalcg.storage.datasets import box_of, read_by_temperature, read_declared
from thermalcg.storage.tables import write_table

read, write = snakemake.input, snakemake.output
reference = float(job.settings["temperatures"]["reference_K"])
labels = read_by_temperature(read.labels, ("site_position", "mean_energy", "mean_energy_se", "converged"))
mapped = read_by_temperature(read.mapped, ("position", "potential_energy"))
ensembles = {
    ModelKey(arch, model): load_ensemble(path, job.settings["compute"]["device"])[0]
    for (arch, model), path in zip(snakemake.params.models, read.models, strict=True)
}
members = {key: ensemble[0] for key, ensemble in ensembles.items()}
write_table(mean_energy_table(members, labels), write.energy)
write_table(fixed_site_table(members, labels[reference]), write.free_energy)
cg = {
    (ModelKey(arch, model), float(T)): read_declared(path, "cg/{arch}/{model}/{T}.nc")
    for (arch, model, T), path in zip(snakemake.params.cg, read.cg, strict=True)
}
write_table(heat_capacity_table(ensembles, cg, mapped, reference), write.heat_capacity)
at_reference = {key: data for (key, T), data in cg.items() if reference == T}
write_table(heat_parts_table(ensembles, at_reference, mapped[reference]), write.parts)
own = own_test_frames(labels[reference])
position, box = own["site_position"].values.astype(float), box_of(own)
write_table(second_order_table(ensembles, position, box, reference), write.second_order)
