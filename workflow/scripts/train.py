"""An ensemble of one architecture in one training mode."""

from _job import begin

job = begin(snakemake)

from thermalcg.atomistic.mapping import bead_masses
from thermalcg.models.names import ModelName
from thermalcg.models.potential import ThermalPotential, save_ensemble
from thermalcg.models.prior import Prior
from thermalcg.models.registry import architecture
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, read_declared
from thermalcg.storage.seeds import derive_seed
from thermalcg.training.training_set import build_training_set

name, model = snakemake.wildcards.arch, snakemake.wildcards.model
section, temperatures = job.settings[name], job.settings["temperatures"]
learned, known = architecture(name), ModelName.parse(model)
sources = known.training_temperatures(temperatures["reference_K"], temperatures["multi_K"])
mapped = {
    float(T): read_dataset(path, ("position", "force", "potential_energy", "split"))
    for T, path in zip(sources, snakemake.input.mapped, strict=True)
}
prior = Prior.read(snakemake.input.prior)
source, kinds = known.response_source, {"labels": "labels/{T}.nc", "products": "products/{T0}.nc"}
data = build_training_set(
    model,
    mapped,
    temperatures["reference_K"],
    prior,
    blocks=job.settings["response"]["blocks"],
    **({source: read_declared(snakemake.input.response[0], kinds[source])} if source else {}),
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
    from_section(learned.settings_type, section),
    # one seed for all modes: members of two modes see the same resample of the frames
    seed=derive_seed(job.settings["seed"], "train", name),
    members=section["members"],
    device=job.settings["compute"]["device"],
    checkpoints=checkpoints,
)
save_ensemble(
    snakemake.output.model,
    [ThermalPotential(m, data.expansion, prior) for m in members],
    job.provenance,
    {
        "mode": model,
        "box_nm": data.box,
        "beads": mapped[float(sources[0])].sizes["bead"],
        "bead_mass_amu": bead_masses(mapped[float(sources[0])]),
        "training_temperatures_K": sources,
        "tested_temperatures_K": known.tested_temperatures(
            temperatures["reference_K"], temperatures["held_out_K"], temperatures["multi_K"]
        ),
        "members_record": records,
    },
)
checkpoints.clear()
