"""The file of a trained ensemble: the same forces come out, and nothing in it can be run."""

import json
import struct
import warnings
from dataclasses import asdict, replace

import numpy as np
import pytest

from support.random_potential import BOX as LIQUID_BOX
from support.random_potential import liquid, make
from thermalcg.config.files import load_config
from thermalcg.geometry.inputs import InputError, OutsideRange
from thermalcg.models.ensemble import load
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import FORMAT, ThermalPotential, load_ensemble, save_ensemble
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.runtime.settings import from_section
from thermalcg.storage.provenance import Provenance

BOX, T0 = 1.5, 395.0
SETTINGS = from_section(SplineSettings, load_config({}).model_dump()["spline"])
PROVENANCE = Provenance("c0ffee", 7, "rule train")


def ensemble(n_members=3):
    """Members with random coefficients of two components."""
    rng = np.random.default_rng(0)
    expansion, prior = Expansion("linear", T0), Prior(1.234567890123e-6, 12, 0.1 + 0.2)
    scale = np.array([[5.0], [0.01]])
    return [
        ThermalPotential(Spline(scale * rng.normal(size=(2, SETTINGS.functions)), SETTINGS), expansion, prior)
        for _ in range(n_members)
    ]


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "trf1.safetensors"
    save_ensemble(path, ensemble(), PROVENANCE, {"records": [{"ridge": [1e-3]}]})
    return path


def positions():
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), axis=-1).reshape(1, -1, 3) * BOX / 4
    return grid + np.random.default_rng(1).uniform(-0.08, 0.08, size=(2, 64, 3))


def test_forces_of_every_member_come_back_to_the_bit(saved):
    members, _ = load_ensemble(saved)
    x = positions()
    assert len(members) == 3
    for before, after in zip(ensemble(), members, strict=True):
        assert (after.expansion, after.prior) == (before.expansion, before.prior)
        for temperature in (T0, 600.0):
            force = after.mean_force(x, BOX, temperature)
            np.testing.assert_array_equal(force, before.mean_force(x, BOX, temperature))
            np.testing.assert_array_equal(force, after.force_field(BOX, temperature)(x)[1])
        np.testing.assert_array_equal(after.thermal_response(x, BOX, T0), before.thermal_response(x, BOX, T0))
        np.testing.assert_array_equal(after.mean_energy(x, BOX, T0), before.mean_energy(x, BOX, T0))
    assert not np.array_equal(members[0].mean_force(x, BOX, T0), members[1].mean_force(x, BOX, T0))


def test_more_than_ten_members_keep_their_order(tmp_path):
    save_ensemble(tmp_path / "m.safetensors", ensemble(12), PROVENANCE)
    for before, after in zip(ensemble(12), load_ensemble(tmp_path / "m.safetensors")[0], strict=True):
        np.testing.assert_array_equal(after.components.coefficients, before.components.coefficients)


def test_metadata_say_what_the_model_is(saved):
    metadata = load_ensemble(saved)[1]
    assert (metadata["format"], metadata["architecture"], metadata["members"]) == (FORMAT, "spline", 3)
    assert metadata["expansion"] == {"kind": "linear", "reference": T0}
    assert metadata["settings"] == asdict(SETTINGS)
    assert metadata["provenance"]["config_hash"] == "c0ffee"
    assert metadata["records"] == [{"ridge": [1e-3]}]
    assert "kJ/mol" in metadata["units"]


def test_the_file_is_a_header_and_numbers_and_nothing_else(saved):
    """The layout of safetensors: length, JSON, raw tensors.  Nothing in it can be run."""
    content = saved.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
    assert set(tensors) == {f"member{i}/coefficients" for i in range(3)}
    assert {entry["dtype"] for entry in tensors.values()} == {"F64"}
    assert len(content) == 8 + length + max(entry["data_offsets"][1] for entry in tensors.values())


def test_the_file_says_where_the_model_is_known(tmp_path):
    path = tmp_path / "m.safetensors"
    for extra, known in (
        ({}, None),
        ({"training_temperatures_K": [395]}, (395.0, 395.0)),
        ({"training_temperatures_K": [395], "tested_temperatures_K": [300.5, 625, 395]}, (300.5, 625.0)),
    ):
        save_ensemble(path, ensemble(), PROVENANCE, extra)
        assert {member.known_range for member in load_ensemble(path)[0]} == {known}


@pytest.mark.parametrize("unused", [{"held_out_K": "all", "members": 12}, {}])
def test_files_whose_settings_hold_more_keys_are_read(tmp_path, unused):
    """Those of the first release hold the whole section of the configuration."""
    save_ensemble(tmp_path / "m.safetensors", ensemble(), PROVENANCE, {"settings": asdict(SETTINGS) | unused})
    assert load_ensemble(tmp_path / "m.safetensors")[0][0].components.settings == SETTINGS


FUNCTIONS = ["free_energy", "mean_force", "thermal_response", "mean_energy"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_configuration_gives_what_it_gives_among_several(name):
    member, x = ensemble(1)[0], positions()
    several = getattr(member, name)(x, BOX, 500.0)
    one = getattr(member, name)(x[1], np.diag(3 * [BOX]), 500.0)
    assert np.shape(one) == np.shape(several)[1:]
    np.testing.assert_array_equal(one, several[1])


@pytest.mark.parametrize("name", [*FUNCTIONS, "force_field"])
def test_temperatures_are_checked_at_the_door(name):
    member = replace(ensemble(1)[0], known_range=(300.0, 625.0))
    where = (BOX,) if name == "force_field" else (positions(), BOX)
    call = getattr(member, name)
    for temperature in (-5.0, 0, np.nan):
        with pytest.raises(InputError, match="allowed: a number > 0"):
            call(*where, temperature)
    with pytest.warns(OutsideRange, match="between 300 and 625 K"):
        call(*where, 5000.0)
    with pytest.raises(InputError, match="5000 K.*between 300 and 625 K"):
        call(*where, 5000.0, strict=True)
    call(*where, 625.0, strict=True)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("shape", "box", "said"),
    [
        ((3,), BOX, r"shape \(3,\)"),
        ((2, 2, 4, 3), BOX, r"allowed: \(N, 3\)"),
        ((4, 3), 1.1, r"box is 1\.1 nm .* cutoff 0\.6 nm"),
        ((4, 3), [[2, 0, 0], [1, 2, 0], [0, 0, 2]], "tilted"),
        ((4, 3), [2, 2], "box has shape"),
    ],
)
def test_positions_and_boxes_are_checked_at_the_door(name, shape, box, said):
    x = np.arange(np.prod(shape), dtype=float).reshape(shape)
    with pytest.raises(InputError, match=said):
        getattr(ensemble(1)[0], name)(x, box, 500.0)


def test_positions_that_are_not_finite_are_refused():
    x = positions()
    x[0, 3, 1] = np.nan
    with pytest.raises(InputError, match="1 values that are not finite"):
        ensemble(1)[0].mean_force(x, BOX, 500.0)


def test_the_prior_may_reach_further_than_what_was_learned():
    member = replace(ensemble(1)[0], prior=Prior(1e-6, 12, 0.7))
    assert member.cutoff == 0.7
    with pytest.raises(InputError, match=r"cutoff 0\.7 nm"):
        member.mean_force(positions(), 1.3, T0)


def test_the_range_of_a_model_outlives_another_save(tmp_path):
    """Loaded, saved without the lists it was read from, and loaded again."""
    path = tmp_path / "model.safetensors"
    save_ensemble(path, ensemble(2), PROVENANCE, {"training_temperatures_K": [T0, 300.0]})
    members, metadata = load_ensemble(path)
    assert "known_range_K" not in metadata
    save_ensemble(path, members, PROVENANCE)
    again = load_ensemble(path)[0]
    assert {member.known_range for member in again} == {(300.0, T0)}
    narrower = [replace(member, known_range=(350.0, 360.0)) for member in again]
    save_ensemble(path, narrower, PROVENANCE, {"training_temperatures_K": [T0, 300.0]})
    assert load_ensemble(path)[0][0].known_range == (350.0, 360.0)


@pytest.mark.parametrize("call", ["mean_force", "force_field"])
def test_a_warning_names_the_line_that_asked(call):
    member = replace(ensemble(1)[0], known_range=(300.0, 500.0))
    arguments = (BOX, 600.0) if call == "force_field" else (positions(), BOX, 600.0)
    with pytest.warns(OutsideRange) as caught:
        getattr(member, call)(*arguments)
    assert [warning.filename for warning in caught] == [__file__]


def test_tests_of_how_far_a_model_goes_get_no_warning():
    member = replace(ensemble(1)[0], known_range=(300.0, 500.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = member.everywhere().mean_force(positions(), BOX, 600.0)
    with pytest.warns(OutsideRange):
        np.testing.assert_array_equal(member.mean_force(positions(), BOX, 600.0), found)


@pytest.mark.parametrize("architecture", ["spline mixture", "hipnn_ts mixture"])
def test_a_mixture_comes_back_with_its_species_and_priors(architecture, tmp_path):
    potential, x = make(architecture), liquid()
    save_ensemble(tmp_path / "m.safetensors", [potential], PROVENANCE, {"box_nm": np.array([1.0, 1.5, 2.0])})
    (found,), metadata = load_ensemble(tmp_path / "m.safetensors")
    assert found.species.same(potential.species)
    assert metadata["box_nm"] == [1.0, 1.5, 2.0]
    expected = potential.mean_force(x, LIQUID_BOX, 500.0)
    np.testing.assert_array_equal(found.mean_force(x, LIQUID_BOX, 500.0), expected)
    ensemble = load(tmp_path / "m.safetensors").of_species(["B", "A", "A"])
    three = found.of_species(["B", "A", "A"])
    np.testing.assert_array_equal(
        ensemble.mean_force(x[0, :3], LIQUID_BOX, 500.0).value, three.mean_force(x[0, :3], LIQUID_BOX, 500.0)
    )


def test_one_species_leaves_no_trace_in_the_file_and_takes_any_beads(saved):
    members, metadata = load_ensemble(saved)
    assert "species" not in metadata
    assert members[0].species is None
    with pytest.raises(InputError, match="one species"):
        members[0].of_species(["A"])
