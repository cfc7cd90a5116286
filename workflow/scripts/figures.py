"""Every figure, as PDF and PNG."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg import figures
from thermalcg.analysis.structure import ObservedRuns
from thermalcg.analysis.structure_error import ALL_ATOM, observed_structure
from thermalcg.models.names import STUDY_RESPONSE
from thermalcg.models.potential import load_ensemble
from thermalcg.models.prior import Prior
from thermalcg.storage.datasets import read_dataset, read_declared
from thermalcg.storage.tables import read_table

read, folder = snakemake.input, Path(snakemake.output.png[0]).parent
style, temperatures = job.settings["figures"], job.settings["temperatures"]
reference, held_out = temperatures["reference_K"], temperatures["held_out_K"]
figures.use(style["dpi"], style["font_size"])


def save(name, figure):
    figures.save(figure, folder / name)


save("claims", figures.claims(read_table(read.claims)))
save("force_error", figures.force_error(read_table(read.force_error), reference))
save("force_excess", figures.excess(read_table(read.excess), reference))
save("structure_error", figures.structure_error(read_table(read.structure_error), reference))
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

cg = zip(snakemake.params.cg, read.cg, strict=True)
observed = observed_structure(
    (read_dataset(path, ("rdf", "adf"), ("temperature_K",)) for path in read.all_atom),
    (
        ObservedRuns(*run, read_declared(path, "observables/{arch}/{model}/{T}.nc", ("healthy", "member")))
        for run, path in cg
    ),
)
modes = snakemake.params.modes
for architecture in snakemake.params.architectures:
    save(f"rdf_{architecture}", figures.rdf_panels(observed, architecture, held_out, modes))
    save(f"adf_{architecture}", figures.adf_panels(observed, architecture, held_out, modes))

threshold = job.settings["prior"]["g_threshold"]
of_prior = observed[ALL_ATOM, float(reference)], Prior.read(read.prior)
save("prior", figures.prior_figure(*of_prior, float(reference), threshold))

histories = {
    (Path(path).stem, member): figures.history_table(record)
    for path in read.models
    for member, record in enumerate(load_ensemble(path)[1]["members_record"])
}
if histories:
    save("training_history", figures.training_history(histories))
