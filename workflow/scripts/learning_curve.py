"""Force error against the number of labelled frames."""

from _job import begin

job = begin(snakemake)

import numpy as np
import pandas as pd

from thermalcg.architectures.spline import Spline
from thermalcg.datasets import derive_seed, read_dataset, write_table
from thermalcg.evaluation import force_errors
from thermalcg.potential import ThermalPotential
from thermalcg.prior import Prior
from thermalcg.targets import build_training_set, model_temperature, training_temperatures

temperatures = job.settings["temperatures"]
loaded = [
    read_dataset(path, ("site_position", "mean_force", "trf", "mean_energy"))
    for path in snakemake.input.labels
]
labels = {float(d.attrs["temperature_K"]): d for d in loaded}
prior = Prior.read(snakemake.input.prior)
rows = []
for model in snakemake.params.models:
    own = training_temperatures(model, temperatures["reference_K"], temperatures["multi_K"])
    for n in job.settings["learning_curve_frames"]:
        data = build_training_set(
            model, {float(T): labels[float(T)] for T in own}, temperatures["reference_K"], prior, n_frames=n
        )
        seed = derive_seed(job.settings["seed"], "train", "spline")
        members, _ = Spline.fit(
            data, job.settings["spline"], seed=seed, members=min(8, job.settings["spline"]["members"])
        )
        potentials = [ThermalPotential(m, data.expansion, prior) for m in members]
        for temperature, dataset in labels.items():
            if model_temperature(model) not in (None, temperature):
                continue
            table = force_errors(potentials, dataset)
            errors = table.groupby("member")["squared_error"].mean().to_numpy()
            frames = table[table["member"] == 0]["squared_error"]
            by_frames = frames.std(ddof=1) / np.sqrt(len(frames)) / (2 * np.sqrt(max(frames.mean(), 1e-12)))
            root = np.sqrt(np.maximum(errors, 0))
            rows.append(
                {
                    "architecture": "spline",
                    "mode": model.split("-")[0],
                    "frames": n,
                    "temperature_K": temperature,
                    "rmse_kJ_per_mol_nm": root[0],
                    "stderr": np.hypot(root[1:].std(ddof=1), by_frames) if len(root) > 2 else np.nan,
                }
            )
write_table(pd.DataFrame(rows), snakemake.output.curve)
