"""All-atom water in a box of several copies of the study's: the run, its structure and mean energy."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.structure import ObservableSettings
from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.water import WaterBox
from thermalcg.benchmark.engine_plans import LARGE_BOX
from thermalcg.benchmark.large_box import all_atom_box, copied_molecules
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.seeds import derive_seed

cell, plan, T = job.settings["water"], LARGE_BOX, float(snakemake.wildcards.T)
small = read_dataset(snakemake.input.start, ("atom_position",))
molecules, edge = small.sizes["molecule"], float(small.attrs["box_nm"])
box = WaterBox.of(**{**cell, "molecules": plan.copies**3 * molecules})
checkpoints = Checkpoints(
    snakemake.params.checkpoints,
    {
        "settings": job.settings,
        "box": box.numbers,
        "T": T,
        "start": small.attrs["config_hash"],
        "plan": plan,
    },
)
run = run_all_atom(
    box,
    T,
    from_section(
        AllAtomSettings,
        job.settings["all_atom"],
        equilibration_ps=plan.equilibration_ps,
        production_ps=plan.all_atom_ps,
        frame_interval_ps=plan.all_atom_interval_ps,
    ),
    Compute.of(job.settings["compute"]["platform"], job.threads),
    seed=derive_seed(job.settings["seed"], "engine", "all_atom"),
    checkpoints=checkpoints,
    start=copied_molecules(small["atom_position"].values[-1].astype(float), edge, plan.copies),
)
write_dataset(run, snakemake.output.run, job.provenance)
bins = from_section(ObservableSettings, job.settings["observables"])
write_dataset(
    all_atom_box(run, box, job.settings["mapping"], bins), snakemake.output.observed, job.provenance
)
checkpoints.clear()
