"""Independent CG runs of one model at one temperature."""

from _job import begin

job = begin(snakemake)

import numpy as np

from thermalcg.cg_md import CGSettings, run_cg_md
from thermalcg.checkpoints import Checkpoints
from thermalcg.datasets import derive_seed, read_dataset, write_dataset
from thermalcg.potential import load_ensemble

s, temperature = job.settings["cg_md"], float(snakemake.wildcards.T)
ensemble, metadata = load_ensemble(snakemake.input.model, job.settings["compute"]["device"])
mapped = read_dataset(snakemake.input.start, ("position",))
box = float(mapped.attrs["box_nm"])
member = np.sort(np.arange(s["runs"]) % len(ensemble))
groups = [(ensemble[m].force_field(box, temperature), np.flatnonzero(member == m)) for m in np.unique(member)]
times = np.linspace(0, mapped.sizes["time"] - 1, s["runs"]).round().astype(int)
checkpoints = Checkpoints(
    snakemake.params.checkpoints, {"settings": job.settings, "T": temperature, "model": metadata}
)
wildcards = snakemake.wildcards
trajectory = run_cg_md(
    groups,
    mapped["position"].values[times].astype(float),
    box,
    float(mapped.attrs["bead_mass_amu"]),
    temperature,
    CGSettings(**{k: v for k, v in s.items() if k not in ("runs", "modes")}),
    seed=derive_seed(job.settings["seed"], "cg", wildcards.arch, wildcards.model, wildcards.T),
    members=member,
    checkpoints=checkpoints,
    label=f"CG {wildcards.arch} {wildcards.model} {wildcards.T} K",
    on_failure=lambda text: print("WARNING: a run failed and is no data:", text),
)
write_dataset(trajectory, snakemake.output.trajectory, job.provenance)
checkpoints.clear()
