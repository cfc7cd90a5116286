"""Trajectories whose parts do not belong together: each fault is found, and said in words."""

import numpy as np
import pytest

from support import lennard_jones
from thermalcg.trajectories.checks import UNIT_ERRORS, check_trajectory, judged, unit_error
from thermalcg.units import KB

PAIRS = ["force_balance A-A", "force_balance A-B", "force_balance B-B"]
FRAMES = ["repeated_frames", "frozen_beads", "time_order"]
CHECKS = ["force_balance", *PAIRS, "net_force", *FRAMES, "energy_lag", "density", "box_filling"]


def good():
    return lennard_jones.trajectory().copy(deep=True)


def verdict(data, check):
    """Verdict and meaning of one check."""
    table = check_trajectory(data).table.set_index("check")
    return tuple(table.loc[check, ["verdict", "meaning"]])


def test_a_good_trajectory_fails_nothing():
    found = check_trajectory(good())
    assert list(found.table["check"]) == [*CHECKS, "kinetic_temperature"]
    assert not found.failed
    holding = found.table.set_index("check")["verdict"]
    assert (holding.drop(PAIRS) == "holds").all()
    assert found.temperature == 300
    assert len(found.balances) == 3


@pytest.mark.parametrize(
    ("scale", "words"),
    [
        (1 / 4.184, "forces in kcal/mol were read as kJ/mol"),
        (4.184, "forces in kJ/mol were read as kcal/mol"),
        (10, "per nm were read as per angstrom"),
        (0.1, "per angstrom were read as per nm"),
        (41.84, "kJ/mol/nm were read as kcal/mol/angstrom"),
        (1 / 41.84, "kcal/mol/angstrom were read as kJ/mol/nm"),
        (-1, "wrong sign"),
    ],
)
def test_a_unit_error_of_forces_is_called_by_its_name(scale, words):
    data = good()
    data["force"] = data["force"] * scale
    found, meaning = verdict(data, "force_balance")
    assert found == "fails"
    assert words in meaning


@pytest.mark.parametrize(
    ("scale", "words"), [(10, "positions in angstrom as nm"), (0.1, "positions in nm as angs")]
)
def test_a_unit_error_of_positions_shows_in_the_density_too(scale, words):
    data = good()
    data["position"] = data["position"] * scale
    data.attrs["box_nm"] *= scale
    found, meaning = verdict(data, "force_balance")
    assert (found, words in meaning) == ("fails", True)
    assert verdict(data, "density")[0] == "fails"


def test_another_temperature_is_named():
    data = good()
    data.attrs["temperature_K"] = 350.0
    found, meaning = verdict(data, "force_balance")
    assert found == "fails"
    assert "temperature, forces or mapping do not belong together" in meaning
    assert float(meaning.partition("would fit at ")[2].split()[0]) == pytest.approx(300, rel=0.05)
    assert verdict(data, "kinetic_temperature")[0] == "fails"


def test_forces_of_other_frames_do_not_belong_to_these():
    data = good()
    data["force"] = data["force"].roll(time=700)
    assert verdict(data, "force_balance")[0] == "fails"


def test_missing_molecules_and_a_thermostats_noise_show_in_the_total_force():
    data = good()
    rng = np.random.default_rng(1)
    data["force"] = data["force"] + rng.normal(0, 60, data["force"].shape)
    found, meaning = verdict(data, "net_force")
    assert found == "fails"
    assert "random forces of a thermostat" in meaning
    assert verdict(good().isel(bead=slice(0, 90)), "net_force")[0] == "fails"
    data["force"] = 0 * data["force"]
    assert verdict(data, "net_force") == ("fails", "all forces are zero")


def test_repeated_frames_and_frozen_beads():
    data = good()
    data["position"][40] = data["position"][39]
    assert verdict(data, "repeated_frames") == (
        "fails", "1 frames repeat the one before, the first is frame 40 (from 0)",
    )  # fmt: skip
    data = good()
    data["position"][:, 5] = data["position"][0, 5]
    assert verdict(data, "frozen_beads") == ("fails", "1 beads never move, the first is bead 5 (from 0)")


def test_times_that_go_back_or_jump():
    data = good()
    time = data["time"].values.copy()
    time[10] = time[9]
    assert verdict(data.assign_coords(time=time), "time_order") == (
        "fails",
        "frame 10 is not later than the one before",
    )
    time[10:] += 0.5
    found, meaning = verdict(data.assign_coords(time=time), "time_order")
    assert found == "fails"
    assert "differ from 0.12 ps, the first before frame 10" in meaning


@pytest.mark.parametrize(("lag", "side"), [(1, "after"), (-1, "before")])
def test_energies_of_the_next_or_the_last_frame(lag, side):
    data = good()
    data["potential_energy"] = data["potential_energy"].roll(time=lag)
    found, meaning = verdict(data, "energy_lag")
    assert found == "fails"
    assert f"the frame one {side} theirs" in meaning


def test_energies_that_never_change():
    data = good()
    data["potential_energy"] = 0 * data["potential_energy"]
    assert verdict(data, "energy_lag") == ("fails", "the potential energy never changes")


def test_a_box_that_is_too_large():
    data = good()
    data.attrs["box_nm"] = [1.75, 1.75, 17.5]
    data["position"] = data["position"] % 1.75
    assert verdict(data, "box_filling")[0] == "fails"


def test_few_frames_are_undecided_and_no_error():
    found = check_trajectory(good().isel(time=slice(0, 5)))
    assert found.balances == []
    assert found.table.set_index("check")["verdict"]["force_balance"] == "undecided"
    assert not found.failed


def test_one_species_without_velocities():
    data = good().drop_vars(["species", "velocity", "bead_mass"])
    del data.attrs["species_names"]
    data.attrs["bead_mass_amu"] = 39.948
    table = check_trajectory(data).table
    assert list(table["check"])[:2] == ["force_balance", "net_force"]
    assert "kinetic_temperature" not in set(table["check"])


@pytest.mark.parametrize(
    ("value", "stderr", "expected"),
    [(1.0, 0.002, "holds"), (1.0, 0.02, "undecided"), (1.2, 0.02, "fails"), (1.2, 0.2, "undecided")],
)
def test_a_verdict_needs_the_whole_interval(value, stderr, expected):
    assert judged(value, stderr, (0.95, 1.05), 10) == expected


def test_what_is_not_known_is_undecided():
    assert judged(np.nan, np.nan, (0.95, 1.05), 10) == "undecided"


def test_unit_errors_are_told_apart():
    for factor, meaning in UNIT_ERRORS.items():
        assert unit_error(factor * 1.02, abs(factor) * 0.01) == meaning
    for factor in (1.0, 0.9, 1.3, 2.0, 0.5):
        assert unit_error(factor, 0.01) is None
    assert unit_error(0.24, 0.2) is None  # too noisy to be called a name


def test_the_kinetic_temperature_is_that_of_the_velocities():
    data = good()
    rng = np.random.default_rng(2)
    spread = np.sqrt(KB * 300 / 39.948)
    data["velocity"] = (
        data["velocity"].dims,
        rng.normal(0, spread, data["velocity"].shape),
        {"units": "nm/ps"},
    )
    table = check_trajectory(data).table.set_index("check")
    row = table.loc["kinetic_temperature"]
    assert abs(row["value"] - 1) < 4.3 * row["stderr"] < 0.02
