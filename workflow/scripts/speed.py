"""All-atom against CG speed."""

from _job import begin

job = begin(snakemake)

from thermalcg.analysis.speed import WITH_MEMORY, all_atom_stepper, cg_stepper, measure
from thermalcg.atomistic.water import WaterBox, load_water_model
from thermalcg.dynamics.kernel_files import embedding_of
from thermalcg.models.potential import load_ensemble
from thermalcg.runtime.platforms import choose_platform
from thermalcg.storage.datasets import read_dataset
from thermalcg.storage.tables import write_table

cell = job.settings["water"]
water = load_water_model(cell["model"])
frames = read_dataset(snakemake.input.frames, ("atom_position",), ("temperature_K",))
atoms, box = frames["atom_position"].values[0].astype(float), float(frames.attrs["box_nm"])
temperature = float(frames.attrs["temperature_K"])
step, cg_step = job.settings["all_atom"]["timestep_fs"], job.settings["cg_md"]["timestep_fs"]
platform = choose_platform(job.settings["compute"]["platform"])
water_box = WaterBox(water, len(atoms), box, cell["cutoff_nm"])
steppers = {"all_atom": (all_atom_stepper(water_box, atoms, temperature, step, platform), step)}
for path in snakemake.input.models:
    members, metadata = load_ensemble(path, job.settings["compute"]["device"])
    cg = cg_stepper(members[0], water, job.settings["mapping"], atoms, box, temperature, cg_step)
    steppers[metadata["architecture"]] = (cg, cg_step)
    if snakemake.input.kernel:
        # the speed does not depend on whose kernel it is, only on the number of its terms
        memory = embedding_of(read_dataset(snakemake.input.kernel[0]))
        slow_step = job.settings["dynamics"]["record_fs"]
        cg = cg_stepper(
            members[0], water, job.settings["mapping"], atoms, box, temperature, slow_step, memory
        )
        steppers[metadata["architecture"] + WITH_MEMORY] = (cg, slow_step)
write_table(measure(steppers, temperature), snakemake.output.speed)
