"""A study of a user's OpenMM System, from its files to a force field with its response."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from support.declared import undeclared
from support.own_systems import methanol_mapping
from support.trajectory_files import write_yaml
from support.workplace import Workplace
from thermalcg.config.files import read_config
from thermalcg.models.potential import load_ensemble
from thermalcg.planning.estimate import expected_jobs

MOLECULES = 27

#: So cold that the configuration would refuse it for water.
CONFIG = {
    "study": "own",
    "system": {
        "kind": "openmm",
        "force_field": "resources/openmm/methanol_oplsaa.xml",
        "coordinates": "resources/openmm/methanol.pdb",
        "mapping": "mapping.yaml",
        "density_g_cm3": 0.7864,
        "cutoff_nm": 0.6,
    },
    "temperatures": {"reference_K": 298.15, "held_out_K": [240], "multi_K": []},
    "all_atom": {
        "timestep_fs": 2,
        "equilibration_ps": 1,
        "production_ps": 8,
        "frame_interval_ps": 0.04,
        "checkpoint_ps": 4,
    },
    "frames": {"test": 2, "spacing_ps": 0.8},
    "models": {"spline": ["baseline", "trf2", "at_temperature"], "hipnn_ts": []},
    "response": {"blocks": 8, "folds": 4},
    "dynamics": {"architectures": []},
    "spline": {"members": 2, "pair_functions": 12, "triplet_angular": 1},
    "cg_md": {
        "equilibration_ps": 0.4,
        "production_ps": 2,
        "frame_interval_ps": 0.04,
        "runs": 2,
        "modes": ["baseline", "trf2", "at_temperature"],
    },
    "observables": {"blocks": 3, "adf_bin_degree": 6.0},
    "figures": {"dpi": 80},
}
FILES = ("config.yaml", "own.yaml")


def workplace(folder, **changes):
    place = Workplace(folder / "repository")
    write_yaml(place.folder / "mapping.yaml", methanol_mapping(MOLECULES))
    (place.folder / "own.yaml").write_text(json.dumps(CONFIG | changes))
    return place


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    place = workplace(tmp_path_factory.mktemp("own"))
    place.run(configfiles=FILES)
    return place


def test_a_force_field_is_trained_from_the_users_system(study):
    results = study.folder / "results" / "own"
    assert not (results / "all_atom").exists()
    members, metadata = load_ensemble(results / "models" / "spline" / "trf2.safetensors")
    assert metadata["training_temperatures_K"] == [298.15]
    assert metadata["beads"] == MOLECULES
    assert len(members) == 2


def test_energies_of_molecules_are_recorded_where_the_response_needs_them(study):
    results = study.folder / "results" / "own"
    with xr.open_dataset(results / "mapped" / "298.15.nc", engine="h5netcdf", decode_times=False) as mapped:
        assert mapped.sizes["time"] == 200
        total = mapped["potential_energy"].values
        difference = mapped["bead_energy"].sum("bead").values - total
        # the run's own mesh is coarse
        assert np.sqrt((difference**2).mean()) < 0.02 * total.std()
        assert int(mapped["split"].sum()) == 2 * 20
    with xr.open_dataset(results / "mapped" / "240.nc", engine="h5netcdf", decode_times=False) as mapped:
        assert "bead_energy" not in mapped


def test_the_study_ends_with_claims_tables_and_figures(study):
    results = study.folder / "results" / "own"
    claims = pd.read_csv(results / "tables" / "claims.csv")
    assert set(claims["kind"]) == {"study", "project"}
    assert set(claims["temperature_K"]) == {240}
    values = pd.read_csv(results / "tables" / "structure_values.csv")
    assert set(values["source"]) == {"all_atom", "spline"}
    for name in (
        "claims",
        "force_excess",
        "rdf_spline",
        "adf_spline",
        "structure_error",
        "coordination",
        "prior",
    ):
        assert (results / "figures" / f"{name}.png").is_file()
        assert (results / "figures" / f"{name}.pdf").is_file()


def test_only_published_studies_write_to_the_published_results(study):
    text = study.run("--dry-run", "reference_own", configfiles=FILES, check=False)
    assert "study is 'own'; allowed: methanol or water_methanol" in text


def test_every_file_is_as_declared(study):
    assert undeclared(study.folder / "results" / "own") == {}


def test_a_new_run_has_nothing_to_do_until_a_file_of_the_user_changes(study):
    assert study.planned(configfiles=FILES) == {}
    with (study.folder / "mapping.yaml").open("a") as file:
        file.write("# a remark\n")
    assert {"run_own_system", "check_trajectories", "train"} <= set(study.planned(configfiles=FILES))


def test_the_expected_jobs_are_the_planned_ones(tmp_path):
    place = workplace(tmp_path)
    planned = place.planned(configfiles=FILES)
    planned.pop("all")
    assert expected_jobs(read_config([place.folder / name for name in FILES])) == planned


def test_files_that_do_not_belong_together_are_refused_in_one_line(tmp_path):
    place = workplace(tmp_path, system=CONFIG["system"] | {"cutoff_nm": 0.8})
    text = place.run("results/own/mapped/240.nc", configfiles=FILES, check=False)
    assert "NonbondedForce has a cutoff of 0.8 nm in a box of 1.222 nm; allowed: at most 0.6112 nm" in text


def test_a_missing_file_is_named_before_any_job(tmp_path):
    place = workplace(tmp_path, system=CONFIG["system"] | {"coordinates": "absent.pdb"})
    text = place.run("--dry-run", configfiles=FILES, check=False)
    assert "absent.pdb" in text
    assert "Traceback" not in text
