"""Force error against the amount of training data."""

from _job import begin

job = begin(snakemake)

from functools import cache

from thermalcg.analysis.learning_curve import learning_curve_table
from thermalcg.atomistic.response_frames import response_frames
from thermalcg.models.names import ModelName
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.response.projection_files import projected, read_projection
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_by_temperature, read_dataset
from thermalcg.storage.seeds import derive_seed
from thermalcg.storage.tables import write_table
from thermalcg.training.projected_models import projected_ensemble
from thermalcg.training.training_set import build_training_set

temperatures, section = job.settings["temperatures"], job.settings["spline"]
spline, members = from_section(SplineSettings, section), min(8, section["members"])
reference, blocks = float(temperatures["reference_K"]), job.settings["response"]["blocks"]
seed = derive_seed(job.settings["seed"], "train", "spline")
labels = read_by_temperature(snakemake.input.labels, ("site_position", "mean_force", "trf"))
mapped = read_by_temperature(snakemake.input.mapped, ("position", "force", "potential_energy", "split"))
recorded = read_by_temperature(snakemake.input.trajectories, ("response_force", "molecule_energy"))
whole = read_by_temperature(snakemake.input.projected, ("gram", "along_gram"))
products = snakemake.input.products and read_dataset(snakemake.input.products, ("trf_product",))
prior = Prior.read(snakemake.input.prior)


@cache
def projection(temperature, fraction):
    """From the first blocks of a run."""
    if fraction == 1:
        return read_projection(whole[temperature], prior, spline)
    frames, first = (
        response_frames(mapped[temperature], blocks, recorded[temperature]),
        round(fraction * blocks),
    )
    part = frames.isel(time=slice(frames.sizes["time"] // blocks * first))
    return projected(part, prior, spline, first)


def ensemble(model, fraction):
    name = ModelName.parse(model)
    sources = [float(T) for T in name.training_temperatures(reference, temperatures["multi_K"])]
    if name.projected:
        runs = [projection(T, fraction) for T in sources]
        return projected_ensemble(model, runs, reference, seed=seed, members=members)[0]
    data = build_training_set(
        model,
        {T: mapped[T] for T in sources},
        reference,
        prior,
        blocks=blocks,
        response={"products": products, "labels": labels[reference]}.get(name.response_source),
        fraction=fraction,
    )
    fitted = Spline.fit(data, spline, seed=seed, members=members)[0]
    return [ThermalPotential(member, data.expansion, prior) for member in fitted]


table = learning_curve_table(
    ensemble, snakemake.params.models, job.settings["learning_curve_fractions"], labels
)
write_table(table, snakemake.output.curve)
