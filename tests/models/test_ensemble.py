"""An ensemble as one force field: its best guess, and the spread of its members as the error."""

import warnings

import numpy as np
import pytest

import thermalcg
from support.exported import BOX, network_member, save_model, spline_member
from thermalcg.geometry.inputs import InputError, OutsideRange
from thermalcg.models.ensemble import Ensemble, FarFromReference
from thermalcg.storage.files import DatasetError

METHODS = ("free_energy", "mean_force", "thermal_response", "mean_energy", "entropy", "virial", "pressure")


def positions(n=2):
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), axis=-1).reshape(-1, 3) * BOX / 4
    return grid + np.random.default_rng(0).uniform(-0.03, 0.03, size=(n, 64, 3))


@pytest.fixture(scope="module")
def water(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "trf1.safetensors"
    return thermalcg.load(save_model(path, [spline_member(seed=k) for k in range(4)]))


@pytest.mark.parametrize("method", METHODS)
def test_the_value_is_that_of_the_fit_to_all_data_and_the_error_is_of_the_resamples(water, method):
    x = positions()
    each = [getattr(member, method)(x, BOX, 350.0) for member in water.members]
    value, error = getattr(water, method)(x, BOX, 350.0)
    np.testing.assert_array_equal(value, each[0])
    np.testing.assert_allclose(error, np.std(each[1:], axis=0, ddof=1))
    one = getattr(water, method)(x[0], BOX, 350.0)
    np.testing.assert_allclose(one.value, value[0])
    assert np.shape(one.error) == np.shape(one.value)


def test_equal_members_are_averaged(tmp_path):
    path = save_model(tmp_path / "network.safetensors", [network_member(k) for k in range(3)])
    network, x = thermalcg.load(path, device="cpu"), positions()
    each = [member.mean_force(x, BOX, 350.0) for member in network.members]
    value, error = network.mean_force(x, BOX, 350.0)
    np.testing.assert_allclose(value, np.mean(each, axis=0))
    np.testing.assert_allclose(error, np.std(each, axis=0, ddof=1))


def test_one_member_has_no_error(tmp_path):
    alone = thermalcg.load(save_model(tmp_path / "one.safetensors", [spline_member()]))
    assert np.isnan(alone.free_energy(positions(), BOX, 350.0).error).all()


@pytest.mark.parametrize("method", METHODS)
def test_what_is_wrong_is_said_at_the_door(water, method):
    ask = getattr(water, method)
    with pytest.raises(InputError, match="allowed: a number > 0"):
        ask(positions(), BOX, -5.0)
    with pytest.raises(InputError, match="at least twice the cutoff"):
        ask(positions(), 1.0, 350.0)
    with pytest.raises(InputError, match="tilted"):
        ask(positions(), [[BOX, 0, 0], [0.1, BOX, 0], [0, 0, BOX]], 350.0)
    with pytest.raises(InputError, match="positions have shape"):
        ask(np.zeros((3, 64)), BOX, 350.0)
    twice = positions()
    twice[0, 1] = twice[0, 0]
    with pytest.raises(InputError, match="beads 0 and 1 are 0 nm apart"):
        ask(twice, BOX, 350.0)
    with pytest.warns(OutsideRange, match="between 250 and 700 K"):
        ask(positions(), BOX, 900.0)
    with pytest.raises(InputError, match="between 250 and 700 K"):
        ask(positions(), BOX, 900.0, strict=True)


def test_a_temperature_far_from_the_reference_is_flagged(tmp_path):
    path = save_model(tmp_path / "far.safetensors", [spline_member()], trusted_range_K=[304.0, 513.5])
    water = thermalcg.load(path)
    assert water.trusted_range == (304.0, 513.5)
    with pytest.warns(FarFromReference, match="temperature is 300 K: outside 304 to 513.5 K") as caught:
        water.mean_force(positions(), BOX, 300.0)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        water.mean_force(positions(), BOX, 395.0)


def test_facts_of_the_file(water):
    assert isinstance(water, Ensemble)
    assert water.bootstrapped
    assert water.cutoff == 0.6
    assert water.known_range == (250.0, 700.0)


def test_a_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="no such file"):
        thermalcg.load(tmp_path / "none.safetensors")


def test_the_package_has_no_other_names():
    with pytest.raises(AttributeError, match="has no attribute 'lode'"):
        thermalcg.lode  # noqa: B018
