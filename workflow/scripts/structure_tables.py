"""Structural errors against the all-atom runs, and the health of every run."""

from _job import begin

job = begin(snakemake)

import numpy as np
import pandas as pd

from thermalcg.analysis.structure_error import structure_errors, structure_values
from thermalcg.conditional.convergence import convergence_table
from thermalcg.models.names import ModelName
from thermalcg.statistics import block_means, standard_error
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.tables import write_table

observed, health = {}, []
for path in snakemake.input.all_atom:
    data = read_dataset(path, ("rdf", "adf"))
    observed[("all_atom", ""), float(data.attrs["temperature_K"])] = data
for path, (architecture, model, temperature) in zip(snakemake.input.cg, snakemake.params.cg, strict=True):
    data = read_dataset(path, ("healthy",))
    mode = ModelName.parse(model).mode
    if "rdf" in data:
        observed[(architecture, mode), float(temperature)] = data
    for run in range(data.sizes["attempt"]):
        health.append(
            {
                "architecture": architecture,
                "mode": mode,
                "temperature_K": temperature,
                "run": run,
                "member": int(data["member"][run]),
                "healthy": int(data["healthy"][run]),
                "kinetic_temperature_K": float(data["kinetic_temperature"][run]),
                "failure": next(
                    (t for t in data.attrs["failure"].split("; ") if t.startswith(f"run {run}:")), ""
                ),
            }
        )
write_table(structure_errors(observed), snakemake.output.error)
write_table(structure_values(observed), snakemake.output.values)
write_table(pd.DataFrame(health), snakemake.output.cg_health)

rows = []
for path, frames_path in zip(snakemake.input.trajectories, snakemake.input.frames, strict=True):
    data, frames = read_dataset(path, ("potential_energy",)), read_dataset(frames_path)
    energy = data["potential_energy"].values
    rows.append(
        {
            "temperature_K": data.attrs["temperature_K"],
            "potential_energy_kJ_per_mol": energy.mean(),
            "stderr": float(standard_error(block_means(energy, 8))),
            "drift_kJ_per_mol": data.attrs["drift"],
            "drift_stderr": data.attrs["drift_se"],
            "kinetic_temperature_K": data.attrs["kinetic_temperature_K"],
            "decorrelation_time_ps": frames.attrs["decorrelation_time_ps"],
            "equilibrated": int(np.round(data.attrs["equilibrated"])),
        }
    )
write_table(pd.DataFrame(rows), snakemake.output.all_atom_health)
labels = [read_dataset(path, ("mean_force", "trf")) for path in snakemake.input.labels]
write_table(
    convergence_table({float(d.attrs["temperature_K"]): d for d in labels}), snakemake.output.convergence
)
