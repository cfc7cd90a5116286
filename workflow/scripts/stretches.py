"""All-atom stretches at constant energy."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.stretches import SpreadStarts, StretchSettings, run_stretches
from thermalcg.atomistic.water import WaterBox
from thermalcg.conditional.frames import evenly_spaced
from thermalcg.dynamics.spread_energies import SPREAD, spread_starts
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.seeds import derive_seed

cell, s = job.settings["water"], job.settings["dynamics"]
T = float(snakemake.wildcards.T)
run = read_dataset(snakemake.input.trajectory, ("atom_position", "potential_energy"))
box = WaterBox.of_run(run, cell["model"], cell["cutoff_nm"])
settings = from_section(StretchSettings, s)
position = run["atom_position"].values
if s["starts"] == "spread":
    seed = derive_seed(job.settings["seed"], "spread starts", T)
    potential = run["potential_energy"].values
    found = spread_starts(potential, 6 * box.molecules - 3, T, s["stretches"], SPREAD, seed)
    starts = SpreadStarts(position[found.frame], found.kinetic)
else:
    starts = position[evenly_spaced(s["stretches"], len(position))]
checkpoints = Checkpoints(
    snakemake.params.checkpoints,
    {
        "settings": job.settings,
        "box": box.numbers,
        "T": T,
        "starts": run.attrs["config_hash"],
    },
)
stretches = run_stretches(
    box,
    starts,
    T,
    settings,
    Compute.of(job.settings["compute"]["platform"], job.threads),
    seed=derive_seed(job.settings["seed"], "dynamics", T),
    checkpoints=checkpoints,
)
write_dataset(stretches, snakemake.output.stretches, job.provenance)
checkpoints.clear()
