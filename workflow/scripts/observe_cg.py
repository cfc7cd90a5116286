"""Structure of the healthy CG runs; a file without curves where fewer than two are healthy."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.structure import ObservableSettings, cg_pieces, observe_cg_runs
from thermalcg.analysis.training_changes import curve_changes, report_rough
from thermalcg.models.names import ARCHITECTURES
from thermalcg.models.potential import load_ensemble
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import box_of, read_dataset, write_dataset

trajectory = read_dataset(snakemake.input.trajectory, ("position", "temperature"))
settings = from_section(ObservableSettings, job.settings["observables"])
observed = observe_cg_runs(trajectory, settings)
if "rdf" not in observed:
    print("WARNING: fewer than two healthy runs:", observed.attrs["failure"])
elif ARCHITECTURES[snakemake.wildcards.arch].linear:
    ensemble, _ = load_ensemble(snakemake.input.model)
    pieces, _ = cg_pieces(trajectory, settings)
    if len(ensemble) > 1:
        T = float(snakemake.wildcards.T)
        observed = observed.merge(curve_changes(ensemble, pieces, box_of(trajectory), T, settings))
        report_rough(float(observed["energy_deviation"].max()), T)
write_dataset(observed, snakemake.output.observables, job.provenance)
