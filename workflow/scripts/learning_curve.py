"""Force error against the amount of training data."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.learning_curve import learning_curve_table
from thermalcg.models.names import ModelName
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import read_by_temperature, read_dataset
from thermalcg.storage.seeds import derive_seed
from thermalcg.storage.tables import write_table
from thermalcg.training.training_set import build_training_set

temperatures, section = job.settings["temperatures"], job.settings["spline"]
spline, members = from_section(SplineSettings, section), min(8, section["members"])
reference = float(temperatures["reference_K"])
labels = read_by_temperature(snakemake.input.labels, ("site_position", "mean_force", "trf"))
mapped = read_by_temperature(snakemake.input.mapped, ("position", "force", "potential_energy", "split"))
products = read_dataset(snakemake.input.products, ("trf_product",))
prior = Prior.read(snakemake.input.prior)


def training_set(model, fraction):
    sources = ModelName.parse(model).training_temperatures(reference, temperatures["multi_K"])
    return build_training_set(
        model,
        {float(T): mapped[float(T)] for T in sources},
        reference,
        prior,
        blocks=job.settings["response"]["blocks"],
        products=products,
        labels=labels[reference],
        fraction=fraction,
    )


def fit(data):
    seed = derive_seed(job.settings["seed"], "train", "spline")
    return Spline.fit(data, spline, seed=seed, members=members)[0]


table = learning_curve_table(
    training_set, fit, prior, snakemake.params.models, job.settings["learning_curve_fractions"], labels
)
write_table(table, snakemake.output.curve)
