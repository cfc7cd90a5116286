"""CG runs with several time steps."""

import shutil
from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.structure import ObservableSettings
from thermalcg.benchmark.engine_plans import TIME_STEP_SCAN
from thermalcg.benchmark.time_step import Moved, scan_time_steps
from thermalcg.cg.langevin import CGSettings
from thermalcg.models.potential import load_ensemble
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.files import digest
from thermalcg.storage.seeds import derive_seed

s, folder = job.settings["cg_md"], Path(snakemake.params.checkpoints)
member = load_ensemble(snakemake.input.model, job.settings["compute"]["device"])[0][0]
mapped = read_dataset(snakemake.input.start, ("position",), ("bead_mass_amu", "temperature_K"))
key = {"settings": job.settings, "inputs": digest(snakemake.input.model, snakemake.input.start)}
scan = scan_time_steps(
    Moved(member, float(mapped.attrs["temperature_K"]), s["engine"], snakemake.threads),
    mapped,
    from_section(CGSettings, s),
    from_section(ObservableSettings, job.settings["observables"]),
    lambda step: Checkpoints(folder / f"{step:g}fs", key | {"step": step, "plan": TIME_STEP_SCAN}),
    seed=derive_seed(job.settings["seed"], "engine"),
)
write_dataset(scan, snakemake.output.scan, job.provenance)
shutil.rmtree(folder, ignore_errors=True)
