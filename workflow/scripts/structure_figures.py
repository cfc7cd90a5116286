"""The figures of structure, as PDF and PNG."""

from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg import figures
from thermalcg.analysis.structure import ObservedRuns
from thermalcg.analysis.structure_error import ALL_ATOM, observed_structure
from thermalcg.models.prior import Prior
from thermalcg.storage.datasets import read_dataset, read_declared
from thermalcg.storage.tables import read_table

read, folder = snakemake.input, Path(snakemake.output.png[0]).parent
style, temperatures = job.settings["figures"], job.settings["temperatures"]
reference = temperatures["reference_K"]
figures.use(style["dpi"], style["font_size"])


def save(name, figure):
    figures.save(figure, folder / name)


recorded = ("healthy", "member")
observed = observed_structure(
    (read_dataset(path, ("rdf", "adf"), ("temperature_K",)) for path in read.all_atom),
    (
        ObservedRuns(*run, read_declared(path, "observables/{arch}/{model}/{T}.nc", recorded))
        for run, path in zip(snakemake.params.cg, read.cg, strict=True)
    ),
)
shown, modes = temperatures["held_out_K"] or [reference], snakemake.params.modes
for architecture in snakemake.params.architectures:
    save(f"rdf_{architecture}", figures.rdf_panels(observed, architecture, shown, modes))
    save(f"adf_{architecture}", figures.adf_panels(observed, architecture, shown, modes))
threshold = job.settings["prior"]["g_threshold"]
of_prior = observed[ALL_ATOM, float(reference)], Prior.read(read.prior)
save("prior", figures.prior_figure(*of_prior, float(reference), threshold))
save("coordination", figures.coordination(read_table(read.values), reference))
