"""Force error against the amount of training data."""

from _job import begin

job = begin(snakemake)

import numpy as np
import pandas as pd

from thermalcg.analysis.force_error import force_errors
from thermalcg.models.names import ModelName
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.seeds import derive_seed
from thermalcg.storage.tables import write_table
from thermalcg.training.training_set import build_training_set

temperatures, blocks = job.settings["temperatures"], job.settings["response"]["blocks"]
reference = float(temperatures["reference_K"])
spline = SplineSettings.from_section(job.settings["spline"])


def by_temperature(paths, required):
    loaded = [read_dataset(path, required) for path in paths]
    return {float(d.attrs["temperature_K"]): d for d in loaded}


labels = by_temperature(snakemake.input.labels, ("site_position", "mean_force", "trf"))
mapped = by_temperature(snakemake.input.mapped, ("position", "force", "potential_energy", "split"))
products = read_dataset(snakemake.input.products, ("trf_product",))
prior = Prior.read(snakemake.input.prior)
rows = []
for model in snakemake.params.models:
    name = ModelName.parse(model)
    own = name.training_temperatures(reference, temperatures["multi_K"])
    for fraction in job.settings["learning_curve_fractions"]:
        data = build_training_set(
            model,
            {float(T): mapped[float(T)] for T in own},
            reference,
            prior,
            blocks=blocks,
            products=products,
            labels=labels[reference],
            fraction=fraction,
        )
        seed = derive_seed(job.settings["seed"], "train", "spline")
        members, _ = Spline.fit(data, spline, seed=seed, members=min(8, job.settings["spline"]["members"]))
        potentials = [ThermalPotential(m, data.expansion, prior) for m in members]
        for temperature, dataset in labels.items():
            if name.temperature not in (None, temperature):
                continue
            table = force_errors(potentials, dataset)
            errors = table.groupby("member")["squared_error"].mean().to_numpy()
            frames = table[table["member"] == 0]["squared_error"]
            by_frames = frames.std(ddof=1) / np.sqrt(len(frames)) / (2 * np.sqrt(max(frames.mean(), 1e-12)))
            root = np.sqrt(np.maximum(errors, 0))
            rows.append(
                {
                    "architecture": "spline",
                    "mode": name.mode,
                    "fraction": fraction,
                    "temperature_K": temperature,
                    "rmse_kJ_per_mol_nm": root[0],
                    "stderr": np.hypot(root[1:].std(ddof=1), by_frames) if len(root) > 2 else np.nan,
                }
            )
write_table(pd.DataFrame(rows), snakemake.output.curve)
