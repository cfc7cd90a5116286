"""All-atom runs at constant temperature: what is recorded, how they are taken up again and judged."""

from dataclasses import replace

import numpy as np
import pytest

from thermalcg.atomistic import nvt
from thermalcg.atomistic.nvt import AllAtomSettings, equilibration_check, run_all_atom
from thermalcg.atomistic.water import WaterBox, load_water_model
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime.platforms import REFERENCE_PLATFORM
from thermalcg.storage.checkpoints import Checkpoints

pytestmark = pytest.mark.physics

BOX = WaterBox(load_water_model("spce"), 8, 1.3, 0.6)

#: Two segments of eight frames in all.
SHORT = AllAtomSettings(2.0, 5.0, 0.02, 0.16, 0.02, 0.09, 0.01)


def run(folder, temperature=300.0, **options):
    checkpoints = Checkpoints(folder, {})
    return run_all_atom(
        BOX, temperature, SHORT, REFERENCE_PLATFORM, seed=3, checkpoints=checkpoints, **options
    )


def test_a_run_that_was_killed_goes_on_to_the_same_frames(tmp_path, monkeypatch):
    whole, advance, calls = run(tmp_path / "whole"), nvt.advance, []

    def killed(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return advance(*arguments)

    monkeypatch.setattr(nvt, "advance", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed")
    resumed = run(tmp_path / "killed")
    assert len(calls) > 2
    assert whole["atom_position"].shape == (8, 8, 3, 3)
    for name in whole.data_vars:
        np.testing.assert_array_equal(resumed[name], whole[name])


def test_frames_for_the_response_change_nothing_else_and_survive_a_kill(tmp_path, monkeypatch):
    plain, advance, calls = run(tmp_path / "plain"), nvt.advance, []
    whole = run(tmp_path / "whole", response_of="com")
    for name in plain.data_vars:
        np.testing.assert_array_equal(plain[name], whole[name])

    def killed(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return advance(*arguments)

    monkeypatch.setattr(nvt, "advance", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed", response_of="com")
    resumed = run(tmp_path / "killed", response_of="com")
    for name in whole.data_vars:
        np.testing.assert_array_equal(resumed[name], whole[name])


def test_a_response_interval_that_does_not_fit_is_refused(tmp_path):
    for interval in (0.03, 0.008, 0.0001):
        with pytest.raises(ValueError, match="response_interval_ps is .*a whole part of"):
            _ = replace(SHORT, response_interval_ps=interval).response_frames


def test_frames_are_molecules_of_the_model_at_their_times(tmp_path):
    data = run(tmp_path)
    np.testing.assert_allclose(data["time"], 0.02 * np.arange(1, 9))
    atoms = data["atom_position"].values.astype(float)
    for hydrogen in (1, 2):
        bond = np.linalg.norm(atoms[:, :, hydrogen] - atoms[:, :, 0], axis=-1)
        np.testing.assert_allclose(bond, BOX.model.oh_bond_nm, atol=1e-5)
    assert data.attrs["box_nm"] == 1.3
    assert (data["kinetic_energy"] > 0).all()


def test_a_run_starts_from_the_given_molecules(tmp_path):
    """Forty femtoseconds after the end of another run nothing has moved far."""
    end = run(tmp_path / "first")["atom_position"].values[-1]
    again = run(tmp_path / "second", start=end)
    # 0.5 nm/ps of an oxygen is a thermal velocity
    moved = np.abs(again["atom_position"].values[0, :, 0] - end[:, 0])
    assert 0.001 < moved.max() < 0.08
    other = run(tmp_path / "lattice")["atom_position"].values[0, :, 0]
    assert np.abs(other - end[:, 0]).max() > moved.max()


def test_a_start_of_another_number_of_molecules_is_refused(tmp_path):
    with pytest.raises(InputError, match="atoms have shape"):
        run(tmp_path, start=np.zeros((7, 3, 3)))


def test_what_is_no_temperature_is_refused(tmp_path):
    with pytest.raises(InputError, match="temperature"):
        run(tmp_path, 0.0)


def noise(n=8000, spread=5.0):
    return np.random.default_rng(2).normal(-3000, spread, n)


def test_noise_is_stationary_and_its_drift_has_the_error_of_two_means():
    check = equilibration_check(noise(), np.full(8000, 301.0), 300.0)
    assert check["equilibrated"] == 1.0
    assert check["kinetic_temperature_K"] == 301.0
    # two means of 4000 values each; eight blocks know it within a factor of two
    assert check["drift_se"] == pytest.approx(5.0 * np.sqrt(2 / 4000), rel=0.7)
    assert abs(check["drift"]) < 4 * 5.0 * np.sqrt(2 / 4000)


def test_a_run_that_drifts_or_is_too_hot_is_not_equilibrated():
    drifting = equilibration_check(noise() + np.linspace(0, 8, 8000), np.full(8000, 300.0), 300.0)
    assert drifting["drift"] == pytest.approx(4.0, abs=0.5)
    assert drifting["equilibrated"] == 0.0
    assert equilibration_check(noise(), np.full(8000, 310.0), 300.0)["equilibrated"] == 0.0


def test_a_temperature_draws_the_same_numbers_however_it_is_written(tmp_path):
    whole, real = run(tmp_path / "whole", 300), run(tmp_path / "real", 300.0)
    np.testing.assert_array_equal(whole["atom_position"], real["atom_position"])
    assert isinstance(whole.attrs["temperature_K"], float)
