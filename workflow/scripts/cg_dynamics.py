"""CG dynamics at a held-out temperature, with every way to get its friction."""

from _job import begin

job = begin(snakemake)

import hashlib
from pathlib import Path

from thermalcg.conditional.frames import evenly_spaced
from thermalcg.dynamics.cases import RECORDED, cases, cases_dataset
from thermalcg.dynamics.cg_runs import DynamicsSettings, UnstableDynamics, no_motions, run_dynamics
from thermalcg.dynamics.damped_cosines import KernelError
from thermalcg.dynamics.kernel_files import measured_kernel
from thermalcg.models.potential import load_ensemble
from thermalcg.runtime.progress import Progress
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import SECONDS_PER_DAY

s, read, T = job.settings["dynamics"], snakemake.input, float(snakemake.wildcards.T)
reference = float(job.settings["temperatures"]["reference_K"])
run = read_dataset(read.start, ("position",))
box, mass = float(run.attrs["box_nm"]), float(run.attrs["bead_mass_amu"])
members = {Path(p).stem: load_ensemble(p, job.settings["compute"]["device"])[0][0] for p in read.models}
data = {
    name: {float(k.attrs["temperature_K"]): k for k in map(read_dataset, paths)}
    for name, paths in (("kernels", read.kernels), ("response", read.response))
}
kernels, response = ({at: measured_kernel(k) for at, k in d.items()} for d in data.values())
window = tuple(s["msd_window_ps"])
settings = DynamicsSettings(
    s["record_fs"], s["equilibration_ps"], s["production_ps"], s["memory_ps"], window[1], s["checkpoint_ps"]
)
planned = cases(
    T,
    reference,
    kernels,
    {**response, reference: kernels[reference]},
    snakemake.params.scaling_K,
    mass,
    data["kernels"][reference]["lag"].values,
    terms=s["terms"],
    tolerance=s["fit_tolerance"],
)
# sites of the reference run: no information from the test temperature enters
start = run["position"].values[evenly_spaced(s["runs"], run.sizes["time"])].astype(float)
case_ps = len(start) * (settings.equilibration_ps + settings.production_ps)
digest = hashlib.sha256(b"".join(Path(p).read_bytes() for p in (*read.models, *read.kernels, *read.response)))
checkpoints = Checkpoints(
    snakemake.params.checkpoints, {"settings": job.settings, "inputs": digest.hexdigest(), "T": T}
)
with Progress(
    f"CG dynamics {T:g} K",
    len(planned) * case_ps,
    "ps",
    rate=("ns/day", SECONDS_PER_DAY * 1e-3),
    done=checkpoints.done * case_ps,
) as progress:
    for case in planned[checkpoints.done :]:
        try:
            motions = run_dynamics(
                lambda case=case: members[case.forces].force_field(box, T),
                case.motion,
                start,
                box,
                mass,
                T,
                settings,
                seed=derive_seed(job.settings["seed"], "cg dynamics", snakemake.wildcards.arch, T, *case[:3]),
                checkpoints=checkpoints.inner(),
                progress=progress,
            )
        except (UnstableDynamics, KernelError) as reason:
            print(f"WARNING: {case.forces}, {case.kernel} kernel, {case.motion_kind}: no data: {reason}")
            motions = no_motions(settings, len(start))
        checkpoints.save({}, {name: getattr(motions, name)[None] for name in RECORDED})
        # of a case that failed
        progress.skip(checkpoints.done * case_ps - progress.done)
write_dataset(
    cases_dataset(planned, checkpoints.parts(), s["record_fs"] * 1e-3, T, mass),
    snakemake.output.motions,
    job.provenance,
)
checkpoints.clear()
