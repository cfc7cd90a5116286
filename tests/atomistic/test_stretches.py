"""Stretches of constant energy: their motion, their records, and what is refused."""

import numpy as np
import pytest

from support.short_stretches import short_stretches
from thermalcg.atomistic.stretches import SpreadStarts, StretchSettings, run_stretches
from thermalcg.atomistic.water import WaterBox, lattice_configuration
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime.platforms import REFERENCE_PLATFORM
from thermalcg.storage.checkpoints import Checkpoints

pytestmark = pytest.mark.physics

BOX = WaterBox.of("spce", 8, 0.5, 0.35)


def stretches(folder, starts, temperature=300.0, **settings):
    chosen = StretchSettings(**{"timestep_fs": 1.0, "record_fs": 1.0, "stretch_ps": 0.06, **settings})
    return run_stretches(
        BOX, starts, temperature, chosen, REFERENCE_PLATFORM, seed=1, checkpoints=Checkpoints(folder, {})
    )


@pytest.fixture(scope="module")
def starts():
    return lattice_configuration(BOX, np.random.default_rng(0))[None]


@pytest.mark.parametrize("record_fs", [1.0, 3.0])
def test_a_record_may_be_as_long_as_a_step(tmp_path, starts, record_fs):
    """The same motion, recorded at every step or at every third one: records at the same times agree."""
    every = stretches(tmp_path / "every", starts)
    some = stretches(tmp_path / "some", starts, record_fs=record_fs)
    assert every.sizes["time"] == 60
    stride = round(record_fs)
    # a record lies one step before the end of its interval, the first at the second step or later
    first = max(stride - 2, 0)
    for name in ("position", "velocity", "force"):
        own = every[name].values[0, first::stride]
        np.testing.assert_allclose(some[name].values[0], own[: some.sizes["time"]], rtol=1e-4, atol=1e-3)


def test_positions_and_velocities_of_neighbouring_records_belong_together(tmp_path, starts):
    data = stretches(tmp_path, starts)
    x, v = (data[name].values[0].astype(float) for name in ("position", "velocity"))
    np.testing.assert_allclose((x[2:] - x[:-2]) / 0.002, v[1:-1], atol=0.01 * v.std())


def test_what_is_no_start_or_no_temperature_is_refused(tmp_path, starts):
    with pytest.raises(InputError, match=r"atoms have shape \(1, 7, 3, 3\); allowed: \(8, 3, 3\)"):
        stretches(tmp_path, starts[:, :7])
    with pytest.raises(InputError, match="temperature is 0.0 K"):
        stretches(tmp_path, starts, temperature=0.0)


def test_kinetic_energies_are_those_asked_for(tmp_path, starts):
    """Differences of total energies from one configuration are those of the kinetic energies."""
    kinetic = np.array([40.0, 55.0, 80.0])
    # velocities are half a step from positions: a short step, for energies that hardly notice
    own = {"timestep_fs": 0.1, "record_fs": 0.1, "stretch_ps": 0.002}
    data = stretches(tmp_path, SpreadStarts(np.repeat(starts, 3, axis=0), kinetic), **own)
    assert data.attrs["starts"] == "spread"
    np.testing.assert_allclose(np.diff(data["total_energy"]), np.diff(kinetic), rtol=0.02)
    assert np.abs(data["velocity"].values.mean(axis=2)).max() < 1e-4
    with pytest.raises(InputError, match="kinetic energies are"):
        stretches(tmp_path / "none", SpreadStarts(starts, np.array([0.0])))


@pytest.fixture(scope="module")
def small_box(tmp_path_factory):
    return short_stretches(tmp_path_factory.mktemp("stretches"))


def test_a_stretch_obeys_the_equation_of_motion(small_box):
    data, _ = small_box
    x, v, f = (data[name].values[0].astype(float) for name in ("position", "velocity", "force"))
    interval, mass = 0.004, data.attrs["bead_mass_amu"]
    step_v, step_x = (v[2:] - v[:-2]) / (2 * interval), (x[2:] - x[:-2]) / (2 * interval)
    assert np.corrcoef(mass * step_v.ravel(), f[1:-1].ravel())[0, 1] > 0.998
    assert np.sqrt(np.mean((step_x - v[1:-1]) ** 2)) < 0.01 * v.std()
    # the total momentum is zero and stays so
    assert np.abs(v.mean(axis=1)).max() < 1e-4
    assert data["total_energy"].shape == (2,)
    assert abs(float(data["energy_drift"].mean())) < 2.0
    # different velocities from the same configuration
    assert abs(float(data["total_energy"][0] - data["total_energy"][1])) > 0.1


def test_stretches_are_taken_up_where_they_stopped(small_box, tmp_path):
    data, (arguments, options) = small_box
    first = run_stretches(
        *arguments[:1], arguments[1][:1], *arguments[2:], **options, checkpoints=Checkpoints(tmp_path, {})
    )
    again = run_stretches(*arguments, **options, checkpoints=Checkpoints(tmp_path, {}))
    np.testing.assert_array_equal(first["position"][0], again["position"][0])
    np.testing.assert_array_equal(again["velocity"], data["velocity"])


def test_a_temperature_draws_the_same_numbers_however_it_is_written(tmp_path, starts):
    found = [
        stretches(tmp_path / str(index), starts, temperature=T)["velocity"]
        for index, T in enumerate((300, 300.0, "300"))
    ]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[2], found[1])
