"""Other temperatures in the place of T0, in a study whose second liquid is the first with larger forces."""

import numpy as np
import pytest

from support import lennard_jones
from thermalcg.benchmark.other_references import MODES, other_references
from thermalcg.models.potential import save_ensemble
from thermalcg.models.prior import NO_PRIOR
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.response.projected_splines import ProjectionSettings, project_splines
from thermalcg.response.projection_files import projection_dataset
from thermalcg.storage.datasets import write_dataset
from thermalcg.storage.provenance import Provenance
from thermalcg.training.projected_models import projected_ensemble

pytestmark = pytest.mark.physics

SPLINE = SplineSettings(
    pair_cutoff_nm=0.8,
    pair_min_nm=0.26,
    pair_functions=12,
    triplet_cutoff_nm=0.4,
    triplet_radial=2,
    triplet_angular=1,
    ridge="auto",
)
PROVENANCE, LARGER, BLOCKS = Provenance("c0ffee", 1, "test"), 1.2, 10


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Runs at 300 and 330 K, that at 330 K with forces that are a fifth larger."""
    folder = tmp_path_factory.mktemp("study")
    data = lennard_jones.trajectory().drop_vars(["species", "bead_mass", "velocity"])
    data["split"][1200:] = 1
    NO_PRIOR.write(folder / "prior.json", 300.0)
    for T, factor in ((300, 1.0), (330, LARGER)):
        own = data.assign_attrs(temperature_K=float(T))
        own["force"] = data["force"] * factor
        energy = np.repeat(
            data["potential_energy"].values[:, None] / lennard_jones.N, lennard_jones.N, axis=1
        )
        made = project_splines(own, energy, NO_PRIOR, ProjectionSettings(SPLINE, BLOCKS, ()))
        write_dataset(own, folder / "mapped" / f"{T}.nc", PROVENANCE)
        write_dataset(projection_dataset(made, own), folder / "projected" / f"{T}.nc", PROVENANCE)
        members, _ = projected_ensemble("baseline", [made], float(T), seed=3, members=6)
        name = "baseline" if T == 300 else "at_temperature-330K"
        path = folder / "models" / "spline" / f"{name}.safetensors"
        save_ensemble(path, members, PROVENANCE, {"mode": name, "training_temperatures_K": [T]})
    return folder, made


def test_the_excess_is_the_difference_of_the_forces(study):
    """A fifth of the mean force of the projected force field, whichever run takes the place of T0."""
    folder, made = study
    table = other_references(folder).set_index(["reference_K", "mode", "temperature_K"])
    assert len(table) == 2 * len(MODES)
    size = made.first.size(made.first.base) * (1 - 1 / LARGER)
    for reference, T in ((300.0, 330.0), (330.0, 300.0)):
        row = table.loc[(reference, "baseline", T)]
        assert row["low"] <= size <= row["high"]
        assert row["excess_kJ_per_mol_nm"] == pytest.approx(size, rel=0.05)
        assert row["ratio"] == pytest.approx(T / reference)
