"""All-atom against CG speed by size and cores: table and figure."""

from functools import partial
from pathlib import Path

from _job import begin

job = begin(snakemake)

from thermalcg import figures
from thermalcg.atomistic.water import WaterBox
from thermalcg.benchmark.engine_speed import engine_speeds, study_steppers
from thermalcg.dynamics.kernel_files import embedding_of
from thermalcg.export.lammps_speed import lammps_steppers
from thermalcg.export.source import Source
from thermalcg.models.potential import load_ensemble
from thermalcg.storage.datasets import read_dataset, read_declared
from thermalcg.storage.tables import write_table
from thermalcg.units import PS_PER_FS

s, read = job.settings, snakemake.input
frames = read_dataset(read.frames, ("atom_position",), ("temperature_K",))
atoms, temperature = frames["atom_position"].values[0].astype(float), float(frames.attrs["temperature_K"])
box = WaterBox.of_run(frames, s["water"]["model"], s["water"]["cutoff_nm"])
models, memory, spline = {}, None, None
for path in read.models:
    members, metadata = load_ensemble(path, s["compute"]["device"])
    models[metadata["architecture"]] = members[0]
    if metadata["architecture"] == "spline":
        spline = Source.read(path, [temperature])
if read.kernel:
    memory = embedding_of(read_declared(read.kernel[0], "dynamics/kernel/{arch}/{source}.nc"))
timesteps = {name: s[name]["timestep_fs"] for name in ("all_atom", "cg_md")}
timesteps["dynamics"] = s["dynamics"]["record_fs"]
others = spline and partial(lammps_steppers, spline, step_ps=timesteps["cg_md"] * PS_PER_FS)
make = study_steppers(models, memory, s["mapping"], temperature, timesteps, others)
speeds = engine_speeds(box, box.checked_atoms(atoms), make, temperature)
write_table(speeds, snakemake.output.speed)
figures.use(s["figures"]["dpi"], s["figures"]["font_size"])
figures.save(figures.engine_speed(speeds), Path(snakemake.output.png).with_suffix(""))
