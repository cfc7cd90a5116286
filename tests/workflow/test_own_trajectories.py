"""A study of a user's own trajectory, from its files to a force field with its response."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from support import lennard_jones
from support.declared import undeclared
from support.trajectory_files import write_yaml
from support.workplace import Workplace
from thermalcg.config.files import read_config
from thermalcg.models.potential import load_ensemble
from thermalcg.models.prior import Prior
from thermalcg.planning.estimate import expected_jobs
from thermalcg.storage.datasets import read_dataset

CONFIG = {
    "study": "own",
    "system": {"kind": "trajectory", "runs": ["data/300.yaml"]},
    "temperatures": {"reference_K": 300, "held_out_K": [], "multi_K": []},
    "models": {"spline": ["baseline", "trf2"], "hipnn_ts": []},
    "response": {"blocks": 8, "folds": 4},
    "frames": {"test": 2, "spacing_ps": 1.2},
    "dynamics": {"architectures": []},
    "spline": {"members": 2, "pair_functions": 14, "triplet_angular": 1},
    "cg_md": {"equilibration_ps": 0.4, "production_ps": 2, "frame_interval_ps": 0.04, "runs": 2},
    "observables": {"blocks": 3, "adf_bin_degree": 6.0},
    "figures": {"dpi": 80},
}


def workplace(folder, scale=1.0):
    """A study of a Lennard-Jones liquid, whose force unit may be wrong."""
    place, data = Workplace(folder / "repository"), lennard_jones.trajectory()
    (place.folder / "data").mkdir()
    arrays = {name: data[name].values for name in ("position", "force", "potential_energy", "time")}
    arrays["force"] = arrays["force"] * scale
    np.savez(place.folder / "data" / "sites.npz", box=data.attrs["box_nm"], **arrays)
    run = {
        "temperature_K": 300,
        "trajectory": "sites.npz",
        "units": {"length": "nm", "energy": "kJ/mol"},
        "bead_mass_amu": lennard_jones.MASS,
    }
    write_yaml(place.folder / "data" / "300.yaml", run)
    (place.folder / "own.yaml").write_text(json.dumps(CONFIG))
    return place


def mixture(folder):
    """The same of two species, in a box with three edges: two copies of the liquid, one above the other."""
    place, data = Workplace(folder / "repository"), lennard_jones.trajectory().isel(time=slice(0, 400))
    (place.folder / "data").mkdir()
    edge, beads = data.attrs["box_nm"], lennard_jones.N
    position, force, energy = (data[name].values for name in ("position", "force", "potential_energy"))
    np.savez(
        place.folder / "data" / "sites.npz",
        box=np.array([edge, edge, 2 * edge]),
        position=np.concatenate([position, position + np.float32([0, 0, edge])], axis=1),
        force=np.tile(force, (1, 2, 1)),
        potential_energy=2 * energy,
        # what a bead has of it is made up: the path of the energies is what is tried
        bead_energy=np.repeat(energy[:, None] / beads, 2 * beads, axis=1),
        species=np.array(["A", "B"])[np.tile(data["species"].values, 2)],
        time=data["time"].values,
    )
    run = {
        "temperature_K": 300,
        "trajectory": "sites.npz",
        "units": {"length": "nm", "energy": "kJ/mol"},
        "bead_mass_amu": {"A": lennard_jones.MASS, "B": 2 * lennard_jones.MASS},
    }
    write_yaml(place.folder / "data" / "300.yaml", run)
    changed = {
        "response": {"radius_nm": 0.5, "blocks": 8, "folds": 4},
        "spline": {"members": 2, "pair_functions": 10, "triplet_radial": 2, "triplet_angular": 1},
        # made of 400 frames, and of masses that these velocities were not made with: enough for the files
        "cg_md": {**CONFIG["cg_md"], "temperature_tolerance": 0.5, "overlap_nm": 0.1, "timestep_fs": 4.0},
    }
    (place.folder / "own.yaml").write_text(json.dumps(CONFIG | changed))
    return place


FILES = ("config.yaml", "own.yaml")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    place = workplace(tmp_path_factory.mktemp("own"))
    place.run(configfiles=FILES)
    return place


MODELS = ("baseline", "trf2")

#: The smoke preset's water, recorded for the response as often as for all else: one file holds all of it.
SAME = """
study: {study}
all_atom: {{frame_interval_ps: 0.04, response_interval_ps: 0.04}}
temperatures: {{reference_K: 395, held_out_K: {held_out}, multi_K: {multi}}}
models: {{spline: [baseline, trf2, at_temperature], hipnn_ts: []}}
dynamics: {{architectures: []}}
"""


def test_water_through_its_own_files_has_the_same_force_fields(tmp_path):
    """What the workflow runs itself, written as a user's file of sites and imported: the same models."""
    place = Workplace(tmp_path / "repository")
    direct = place.changed(SAME.format(study="direct", held_out=[300], multi=[300, 395, 625]))
    models = [f"results/{{}}/models/spline/{mode}.safetensors" for mode in MODELS]
    place.run(*(path.format("direct") for path in models), configfiles=direct)
    results = place.folder / "results"
    mapped = read_dataset(results / "direct" / "mapped" / "395.nc")
    recorded = ("response_position", "response_force", "molecule_energy")
    run = read_dataset(results / "direct" / "all_atom" / "395.nc", recorded)
    position, force, bead_energy = (run[name].values for name in recorded)
    np.savez(
        place.folder / "sites.npz",
        box=mapped.attrs["box_nm"],
        position=position,
        force=force,
        bead_energy=bead_energy,
        potential_energy=mapped["potential_energy"].values,
        time=mapped["time"].values,
    )
    own = {
        "temperature_K": 395,
        "trajectory": "sites.npz",
        "units": {"length": "nm", "energy": "kJ/mol"},
        "bead_mass_amu": float(mapped.attrs["bead_mass_amu"]),
    }
    write_yaml(place.folder / "395.yaml", own)
    imported = place.changed(
        SAME.format(study="imported", held_out=[], multi=[])
        + "system: {kind: trajectory, runs: [395.yaml]}\nlearning_curve_fractions: [1.0]\n"
    )
    place.run(*(path.format("imported") for path in models), configfiles=imported)
    studies = "direct", "imported"
    priors = [dataclasses.astuple(Prior.read(results / study / "prior.json")) for study in studies]
    assert priors[0] == pytest.approx(priors[1], rel=1e-10)
    for path in models:
        first, second = (load_ensemble(place.folder / path.format(s))[0] for s in studies)
        for one, other in zip(first, second, strict=True):
            size = np.abs(one.components.coefficients).max()
            np.testing.assert_allclose(
                other.components.coefficients, one.components.coefficients, rtol=0, atol=1e-10 * size
            )


def test_force_fields_are_trained_from_the_users_files(study):
    results = study.folder / "results" / "own"
    assert not (results / "all_atom").exists()
    for mode in ("baseline", "trf2"):
        members, metadata = load_ensemble(results / "models" / "spline" / f"{mode}.safetensors")
        assert metadata["training_temperatures_K"] == [300]
        assert metadata["beads"] == lennard_jones.N
        assert len(members) == 2
    with xr.open_dataset(results / "mapped" / "300.nc", engine="h5netcdf", decode_times=False) as mapped:
        np.testing.assert_allclose(mapped["force"], lennard_jones.trajectory()["force"], rtol=1e-6)
        assert int(mapped["split"].sum()) == 2 * 10  # two test frames, ten recorded ones apart


def test_the_check_has_its_table_and_figure(study):
    results = study.folder / "results" / "own"
    table = pd.read_csv(results / "tables" / "trajectory_check.csv")
    assert table.set_index("check")["verdict"]["force_balance"] == "holds"
    assert (results / "figures" / "trajectory_check_300K.png").is_file()


def test_what_one_temperature_tells_has_its_tables_and_figures(study):
    """Residuals of both modes, a response against its noise, structure at T0; no claims without others."""
    results = study.folder / "results" / "own"
    errors = pd.read_csv(results / "tables" / "reference_error.csv", comment="#").set_index("mode")
    assert set(errors.index) == {"baseline", "trf2"}
    assert 0 < errors.loc["trf2", "explained"] < 1
    # at T0 itself both are one force field
    assert errors.loc["trf2", "above_baseline"] == pytest.approx(
        0, abs=1e-6 * errors.loc["trf2", "force_rms"] ** 2
    )
    terms = pd.read_csv(results / "tables" / "response_terms.csv", comment="#")
    assert terms.set_index(["quantity", "part"]).loc[("force", "all"), "resolved"]
    assert {"force", "response", "second order"} == set(terms["quantity"])
    structure = pd.read_csv(results / "tables" / "structure_error.csv", comment="#")
    assert set(structure["temperature_K"]) == {300}
    for name in ("rdf_spline", "adf_spline", "coordination", "response_terms"):
        assert (results / "figures" / f"{name}.png").is_file()
    assert not (results / "tables" / "claims.csv").exists()


def test_every_file_is_as_declared(study):
    assert undeclared(study.folder / "results" / "own") == {}


def test_a_new_run_has_nothing_to_do_until_a_file_of_the_user_changes(study):
    assert study.planned(configfiles=FILES) == {}
    (study.folder / "data" / "sites.npz").touch()
    assert {"import_trajectory", "check_trajectories", "train"} <= set(study.planned(configfiles=FILES))


def test_the_expected_jobs_are_the_planned_ones(tmp_path):
    place = workplace(tmp_path)
    planned = place.planned(configfiles=FILES)
    planned.pop("all")
    assert expected_jobs(read_config([place.folder / name for name in FILES])) == planned


def test_nothing_is_trained_on_a_trajectory_that_fails_its_check(tmp_path):
    place = workplace(tmp_path, 1 / 4.184)
    text = place.run(configfiles=FILES, check=False)
    assert "these trajectories fail the check" in text
    log = (place.folder / "results" / "own" / "logs" / "check_trajectories.log").read_text()
    assert "forces in kcal/mol were read as kJ/mol" in log
    assert not (place.folder / "results" / "own" / "models").exists()


def test_run_files_of_other_temperatures_are_refused_before_any_job(tmp_path):
    place = workplace(tmp_path)
    run = place.folder / "data" / "300.yaml"
    run.write_text(run.read_text().replace("temperature_K: 300", "temperature_K: 310"))
    text = place.run("--dry-run", configfiles=FILES, check=False)
    assert "data/300.yaml: temperature_K is 310; allowed: each temperature of the study once, 300" in text
    assert "Traceback" not in text


@pytest.fixture(scope="module")
def of_two_species(tmp_path_factory):
    place = mixture(tmp_path_factory.mktemp("mixture"))
    place.run(configfiles=FILES)
    return place.folder / "results" / "own"


def test_a_mixture_in_a_box_with_three_edges_is_trained_and_simulated(of_two_species):
    edge, names = lennard_jones.EDGE, ("A", "B")
    (first, _), metadata = load_ensemble(of_two_species / "models" / "spline" / "trf2.safetensors")
    assert first.species.names == names
    np.testing.assert_allclose(metadata["box_nm"], [edge, edge, 2 * edge])
    assert sorted(set(metadata["bead_mass_amu"])) == [lennard_jones.MASS, 2 * lennard_jones.MASS]
    # A is the larger one, and their priors begin in the order of their sizes
    assert first.prior.priors[0].onset_nm > first.prior.priors[2].onset_nm
    for path in ("observables/all_atom/300.nc", "observables/spline/baseline/300.nc"):
        observed = read_dataset(of_two_species / path, ("pair_rdf", "pair_coordination"), ("temperature_K",))
        assert observed["pair"].values.tolist() == ["A-A", "A-B", "B-B"]
        # the first peak is near the least pair potential, at 2^(1/6) sigma
        peak = observed["r"].values[observed["pair_rdf"].mean("run").argmax("r").values]
        one, other = lennard_jones.SIGMA
        np.testing.assert_allclose(peak, 2 ** (1 / 6) * np.array([one, (one + other) / 2, other]), atol=0.03)
        assert peak[0] > peak[1] > peak[2]


def test_every_file_of_a_mixture_is_as_declared(of_two_species):
    assert undeclared(of_two_species) == {}
