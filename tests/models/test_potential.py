"""The file of a trained ensemble: the same forces come out, and nothing in it can be run."""

import json
import struct

import numpy as np
import pytest

from thermalcg.config.files import load_config
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import FORMAT, ThermalPotential, load_ensemble, save_ensemble
from thermalcg.models.prior import Prior
from thermalcg.models.spline.fit import Spline
from thermalcg.storage.provenance import Provenance

BOX, T0 = 1.5, 395.0
SETTINGS = load_config({}).model_dump()["spline"]
PROVENANCE = Provenance("c0ffee", 7, "rule train")


def ensemble(n_members=3):
    """Members with random coefficients of two components."""
    rng = np.random.default_rng(0)
    n3 = SETTINGS["triplet_radial"]
    size = SETTINGS["pair_functions"] + n3 * (n3 + 1) // 2 * (SETTINGS["triplet_angular"] + 1)
    expansion, prior = Expansion("linear", T0), Prior(1.234567890123e-6, 12, 0.1 + 0.2)
    scale = np.array([[5.0], [0.01]])
    return [
        ThermalPotential(Spline(scale * rng.normal(size=(2, size)), SETTINGS), expansion, prior)
        for _ in range(n_members)
    ]


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "trf1.safetensors"
    save_ensemble(path, ensemble(), SETTINGS, PROVENANCE, {"records": [{"ridge": [1e-3]}]})
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
    save_ensemble(tmp_path / "m.safetensors", ensemble(12), SETTINGS, PROVENANCE)
    for before, after in zip(ensemble(12), load_ensemble(tmp_path / "m.safetensors")[0], strict=True):
        np.testing.assert_array_equal(after.components.coefficients, before.components.coefficients)


def test_metadata_say_what_the_model_is(saved):
    metadata = load_ensemble(saved)[1]
    assert (metadata["format"], metadata["architecture"], metadata["members"]) == (FORMAT, "spline", 3)
    assert metadata["expansion"] == {"kind": "linear", "reference": T0}
    assert metadata["settings"] == SETTINGS
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
