"""An ensemble of one architecture in one training mode."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.mapping import bead_masses
from thermalcg.models.names import ARCHITECTURES, ModelName
from thermalcg.models.potential import ThermalPotential, save_ensemble
from thermalcg.models.prior import Prior
from thermalcg.models.registry import architecture
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.response.projection_files import read_projection
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import box_of, read_dataset, read_declared
from thermalcg.storage.seeds import derive_seed
from thermalcg.training.projected_models import projected_ensemble
from thermalcg.training.teacher import Teacher
from thermalcg.training.training_set import build_training_set

name, model = snakemake.wildcards.arch, snakemake.wildcards.model
section, temperatures = job.settings[name], job.settings["temperatures"]
reference, multi = temperatures["reference_K"], temperatures["multi_K"]
learned, known = architecture(name), ModelName.parse(model)
sources = known.training_temperatures(reference, multi)
mapped = {
    float(T): read_dataset(path, ("position", "force", "potential_energy", "split"))
    for T, path in zip(sources, snakemake.input.mapped, strict=True)
}
prior, settings = Prior.read(snakemake.input.prior), from_section(learned.settings_type, section)
# one seed for all modes: members of two modes see the same resample of the frames
seed = derive_seed(job.settings["seed"], "train", name)
first, checkpoints = mapped[float(sources[0])], None
# splines have no need of frames: the sums of the projection are all that their fit takes
solved = ARCHITECTURES[name].linear and known.projected
if solved or known.response_source == "projection":
    spline = from_section(SplineSettings, job.settings["spline"])
    response = {
        float(T): read_projection(read_declared(path, "projected/{T}.nc"), prior, spline)
        for T, path in zip(sources, snakemake.input.response, strict=True)
    }
elif known.response_source:
    kind = {"labels": "labels/{T}.nc", "products": "products/{T0}.nc"}[known.response_source]
    response = read_declared(snakemake.input.response[0], kind)
else:
    response = None
if solved:
    ensemble, records = projected_ensemble(
        model, list(response.values()), float(reference), seed=seed, members=section["members"]
    )
else:
    if known.response_source == "projection":
        response = {T: Teacher(own, derive_seed(seed, "teacher", T)) for T, own in response.items()}
    data = build_training_set(
        model, mapped, reference, prior, blocks=job.settings["response"]["blocks"], response=response
    )
    checkpoints = Checkpoints(
        snakemake.params.checkpoints,
        {
            "settings": job.settings,
            "data": [float(abs(t.value).sum()) for t in data.targets],
            "prior": prior.metadata(),
        },
    )
    members, records = learned.fit(
        data,
        settings,
        seed=seed,
        members=section["members"],
        device=job.settings["compute"]["device"],
        checkpoints=checkpoints,
    )
    ensemble = [ThermalPotential(m, data.expansion, prior) for m in members]
save_ensemble(
    snakemake.output.model,
    ensemble,
    job.provenance,
    {
        "mode": model,
        "box_nm": box_of(first),
        "beads": first.sizes["bead"],
        "bead_mass_amu": bead_masses(first),
        "training_temperatures_K": sources,
        "tested_temperatures_K": known.tested_temperatures(reference, temperatures["held_out_K"], multi),
        "trusted_range_K": known.trusted_range(reference, multi),
        "members_record": records,
    },
)
if checkpoints:
    checkpoints.clear()
