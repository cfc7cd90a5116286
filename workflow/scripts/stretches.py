"""All-atom stretches at constant energy, or with a weak thermostat for comparison."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.stretches import StretchSettings, run_stretches
from thermalcg.atomistic.water import WaterBox
from thermalcg.conditional.frames import evenly_spaced
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.seeds import derive_seed

cell, s = job.settings["water"], job.settings["dynamics"]
T = float(snakemake.wildcards.T)
run = read_dataset(snakemake.input.trajectory, ("atom_position",))
box = WaterBox.of_run(run, cell["model"], cell["cutoff_nm"])
chosen = evenly_spaced(s["stretches"], run.sizes["time"])
settings = from_section(StretchSettings, s, friction_per_ps=snakemake.params.friction_per_ps)
checkpoints = Checkpoints(
    snakemake.params.checkpoints,
    {
        "settings": job.settings,
        "friction_per_ps": settings.friction_per_ps,
        "box": box.numbers,
        "T": T,
        "starts": run.attrs["config_hash"],
    },
)
stretches = run_stretches(
    box,
    run["atom_position"].values[chosen],
    T,
    settings,
    Compute.of(job.settings["compute"]["platform"], job.threads),
    # with a thermostat, other velocities: the two are compared as independent
    seed=derive_seed(job.settings["seed"], "thermostat" if settings.friction_per_ps else "dynamics", T),
    checkpoints=checkpoints,
)
write_dataset(stretches, snakemake.output.stretches, job.provenance)
checkpoints.clear()
