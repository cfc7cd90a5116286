"""Force and RDF errors of every purchase at one temperature."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.structure import ObservableSettings
from thermalcg.benchmark.economics import MovedBeads, economics_rows, points
from thermalcg.benchmark.economics_fits import Fitted
from thermalcg.benchmark.economics_plan import ECONOMICS, purchases
from thermalcg.cg.langevin import CGSettings
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_by_temperature, read_declared
from thermalcg.storage.files import digest
from thermalcg.storage.tables import write_table

read, plan, temperatures = snakemake.input, ECONOMICS, job.settings["temperatures"]
moved = MovedBeads(
    read_declared(read.run, "economics/runs/{T}.nc"),
    from_section(
        CGSettings,
        job.settings["cg_md"],
        equilibration_ps=plan.cg_equilibration_ps,
        production_ps=plan.cg_ps,
        frame_interval_ps=plan.cg_interval_ps,
    ),
    from_section(ObservableSettings, job.settings["observables"]).rdf_edges,
    snakemake.threads,
)
how = Fitted(
    from_section(SplineSettings, job.settings["spline"]),
    Prior.read(read.prior),
    temperatures["reference_K"],
    plan,
)
checkpoints = Checkpoints(
    snakemake.params.checkpoints,
    {"settings": job.settings, "plan": plan, "inputs": digest(read.run, *read.fits, read.prior)},
)
rows = economics_rows(
    points(purchases(*(temperatures[key] for key in ("reference_K", "held_out_K", "multi_K"))), plan),
    read_by_temperature(read.fits, ("base", "whole")),
    moved,
    how,
    equilibration_ps=job.settings["all_atom"]["equilibration_ps"],
    seed=job.settings["seed"],
    checkpoints=checkpoints,
)
write_table(rows, snakemake.output.errors)
checkpoints.clear()
