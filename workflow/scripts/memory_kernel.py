"""The memory kernel of one temperature, or derived for one near T0 from the response at T0; iterated."""

from _job import begin

job = begin(snakemake)

import hashlib

import numpy as np

from thermalcg.conditional.frames import evenly_spaced
from thermalcg.dynamics.cg_runs import DynamicsSettings, run_dynamics
from thermalcg.dynamics.constant_energy_averages import canonical_energy, correlations_of, weights_near
from thermalcg.dynamics.kernel_files import kernel_dataset
from thermalcg.dynamics.kernel_iteration import iterate_kernel
from thermalcg.models.potential import load_ensemble
from thermalcg.runtime.progress import Progress
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import SECONDS_PER_DAY

s, read = job.settings["dynamics"], snakemake.input
shift = snakemake.params.shift_K
stretches, run = read_dataset(read.stretches), read_dataset(read.mapped, ("position", "potential_energy"))
T = float(stretches.attrs["temperature_K"])
box, mass = float(run.attrs["box_nm"]), float(run.attrs["bead_mass_amu"])
member = load_ensemble(read.model, job.settings["compute"]["device"])[0][0]


def force_field():
    return member.force_field(box, T + shift)


interval = float(stretches["time"][1] - stretches["time"][0])
lags = round(s["memory_ps"] / interval) + 1
each = correlations_of(stretches, force_field(), lags)
energy = stretches["total_energy"].values
mean, capacity = canonical_energy(run["potential_energy"].values, run.sizes["bead"], T)


def weights(kept):
    return weights_near(energy[kept], mean, capacity, shift)


average = each.mean(weights(np.arange(len(energy))))
start = run["position"].values[evenly_spaced(s["runs"], run.sizes["time"])].astype(float)
window = tuple(s["msd_window_ps"])
settings = DynamicsSettings(
    s["record_fs"], s["equilibration_ps"], s["production_ps"], s["memory_ps"], window[1], s["checkpoint_ps"]
)
run_ps = len(start) * (settings.equilibration_ps + settings.production_ps)
digest = hashlib.sha256(average.vv.tobytes() + average.residual_f.tobytes()).hexdigest()
checkpoints = Checkpoints(
    snakemake.params.checkpoints, {"settings": job.settings, "inputs": digest, "T": T + shift}
)


def simulate(embedding):
    index = checkpoints.done
    print(f"iteration {index}: friction {embedding.friction / mass:.3f} 1/ps")
    seed = derive_seed(job.settings["seed"], "kernel", snakemake.wildcards.arch, T + shift, index)
    return run_dynamics(
        force_field,
        embedding,
        start,
        box,
        mass,
        T + shift,
        settings,
        seed=seed,
        checkpoints=checkpoints.inner(),
        progress=progress,
    )


with Progress(
    f"memory kernel {T + shift:g} K",
    s["iterations"] * run_ps,
    "ps",
    rate=("ns/day", SECONDS_PER_DAY * 1e-3),
    done=checkpoints.done * run_ps,
) as progress:
    iterated = iterate_kernel(
        average,
        simulate,
        lags=lags,
        terms=s["terms"],
        tolerance=s["fit_tolerance"],
        iterations=s["iterations"],
        displacement_window=window,
        checkpoints=checkpoints,
    )
write_dataset(
    kernel_dataset(each, weights, iterated, lags, T + shift), snakemake.output.kernel, job.provenance
)
checkpoints.clear()
