"""All-atom against CG speed."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.speed import WITH_MEMORY, all_atom_stepper, cg_stepper, speed_table
from thermalcg.atomistic.mapping import mapped_sites
from thermalcg.atomistic.water import WaterBox
from thermalcg.cg.replicas import Beads
from thermalcg.dynamics.kernel_files import embedding_of
from thermalcg.models.potential import load_ensemble
from thermalcg.runtime.platforms import choose_platform
from thermalcg.storage.datasets import read_dataset, read_declared
from thermalcg.storage.tables import write_table

cell, compute = job.settings["water"], job.settings["compute"]
frames = read_dataset(snakemake.input.frames, ("atom_position",), ("temperature_K",))
atoms, temperature = frames["atom_position"].values[0].astype(float), float(frames.attrs["temperature_K"])
box = WaterBox.of_run(frames, cell["model"], cell["cutoff_nm"])
beads = Beads(mapped_sites(box.model, job.settings["mapping"], atoms)[None], box.edge, box.model.mass)
step, cg_step = job.settings["all_atom"]["timestep_fs"], job.settings["cg_md"]["timestep_fs"]
platform = choose_platform(compute["platform"])
steppers = {"all_atom": all_atom_stepper(box, atoms, temperature, step, platform)}
for path in snakemake.input.models:
    members, metadata = load_ensemble(path, compute["device"])
    name = metadata["architecture"]
    steppers[name] = cg_stepper(members[0], beads, temperature, cg_step)
    if snakemake.input.kernel:
        # the speed does not depend on whose kernel it is, only on the number of its terms
        memory = embedding_of(read_declared(snakemake.input.kernel[0], "dynamics/kernel/{arch}/{source}.nc"))
        slow_step = job.settings["dynamics"]["record_fs"]
        steppers[name + WITH_MEMORY] = cg_stepper(members[0], beads, temperature, slow_step, memory)
write_table(speed_table(steppers, temperature), snakemake.output.speed)
