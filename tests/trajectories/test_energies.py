"""Energies from columns: every kind of file, and times that do not fit."""

import numpy as np
import pytest

from support.trajectory_files import imported, liquid, write_log, write_run, write_xvg
from thermalcg.storage.files import DatasetError
from thermalcg.trajectories.energies import EnergyTable, read_energies
from thermalcg.trajectories.run_file import RunFile

TIME = np.array([0.0, 0.02, 0.04, 0.06])
ENERGY = np.array([-1000.0, -990.5, -1010.25, -1003.0])
KCAL = 4.184


def table(folder, text, name="energy.csv", column="Energy", **keys):
    """The energies that a file gives."""
    (folder / name).write_text(text)
    columns = {key: keys.pop(key) for key in ("time_column", "unit", "time_unit") if key in keys}
    keys = {"energies": {"file": name, "column": column} | columns} | keys
    return read_energies(RunFile(write_run(folder, "npz", **keys)))


def rows(separator, *columns):
    return (
        "\n".join(separator.join(f"{value:.8g}" for value in row) for row in zip(*columns, strict=True))
        + "\n"
    )


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("time,Energy\n" + rows(",", TIME, ENERGY / KCAL), {}),  # units of the run: kcal/mol
        ("# Time (fs); Energy (kJ/mol)\n" + rows(";", 1e3 * TIME, ENERGY), {"column": "Energy (kJ/mol)"}),
        ('#"Step","Time (ps)","Energy"\n' + rows(",", TIME, TIME, ENERGY), {"unit": "kJ/mol"}),
        (
            "t Energy\n" + rows(" ", 1e-3 * TIME, ENERGY / 96.48533),
            {"time_column": "t", "time_unit": "ns", "unit": "eV"},
        ),
        ("step,Energy\n" + rows(",", TIME * 500, ENERGY), {"timestep_fs": 2.0, "unit": "kJ/mol"}),
    ],
)
def test_columns_are_read_in_their_units(tmp_path, text, keys):
    found = table(tmp_path, text, **keys)
    np.testing.assert_allclose(found.time, TIME, atol=1e-9)
    np.testing.assert_allclose(found.energy, ENERGY, rtol=1e-6)


def test_an_xvg_file_is_in_its_own_units_whatever_those_of_the_run(tmp_path):
    write_xvg(tmp_path / "energy.xvg", TIME, ENERGY)
    found = table(tmp_path, (tmp_path / "energy.xvg").read_text(), "energy.xvg", "Potential")
    np.testing.assert_allclose(found.energy, ENERGY)


def test_the_log_of_two_runs_that_share_a_step(tmp_path):
    run = liquid()
    write_log(tmp_path / "log", run.step, run.energy)
    found = table(tmp_path, (tmp_path / "log").read_text(), "log", "PotEng", timestep_fs=2.0)
    np.testing.assert_allclose(found.time, run.time, rtol=1e-6)
    np.testing.assert_allclose(found.energy, run.energy, rtol=1e-7)


@pytest.mark.parametrize(
    ("text", "keys", "message"),
    [
        ("time,E\n0,1\n", {}, "column is 'Energy'; allowed: 'time', 'E'"),
        ("time,Energy\n0,1\n", {"time_column": "t"}, "time_column is 't'; allowed: 'time', 'Energy'"),
        ("time,Energy\n0,1,2\n", {}, r"rows have \[3\] columns, and 2 have names \(time, Energy\)"),
        ("time,Energy\n0,1\n1,nan\n", {}, r"row 1 \(from 0\) of time or 'Energy' is not a finite number"),
        ("time,Energy\n", {}, r"rows have \[\] columns"),
        (
            "time,Energy\n0,1\n0,2\n",
            {"unit": "kJ/mol"},
            "the time 0 ps has two energies, 1 and 2 kJ/mol; cut the file",
        ),
        ("step,Energy\n0,1\n", {}, "energies are numbered by steps; give timestep_fs in"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_name(tmp_path, text, keys, message):
    with pytest.raises(DatasetError, match=rf"energy\.csv: {message}"):
        table(tmp_path, text, **keys)


def test_a_log_whose_runs_have_other_columns(tmp_path):
    text = "Step Temp PotEng\n0 1 2\nLoop time of 1\nStep PotEng\n0 2\nLoop time of 1\n"
    with pytest.raises(DatasetError, match="runs of this log have the columns"):
        table(tmp_path, text, "log", "PotEng", timestep_fs=2.0)


def test_no_file_and_no_unit(tmp_path):
    path = write_run(tmp_path, "trr", energies={"file": "none.xvg", "column": "Potential"})
    with pytest.raises(DatasetError, match=r"none\.xvg: not a readable file of energies"):
        read_energies(RunFile(path))
    (tmp_path / "e.csv").write_text("time,Energy\n0,1\n")
    path = write_run(tmp_path, "trr", energies={"file": "e.csv", "column": "Energy"})
    with pytest.raises(
        DatasetError, match=r"e\.csv: 'Energy' has no unit; give energies\.unit in .*run\.yaml"
    ):
        read_energies(RunFile(path))


class TestMatching:
    def energies(self, time, tmp_path):
        return EnergyTable(tmp_path / "e.xvg", np.asarray(time), np.arange(len(time), dtype=float))

    def test_the_energy_of_each_time_among_more_of_them(self, tmp_path):
        found = self.energies(0.01 * np.arange(1000), tmp_path).at(np.array([0.0, 0.02, 5.0, 9.99]), tmp_path)
        np.testing.assert_array_equal(found, [0, 2, 500, 999])

    def test_rounding_of_long_times_is_no_mismatch(self, tmp_path):
        times = (5000 + 0.02 * np.arange(50)).astype(np.float32).astype(float)
        found = self.energies(5000 + 0.02 * np.arange(50), tmp_path).at(times, tmp_path)
        np.testing.assert_array_equal(found, np.arange(50))

    @pytest.mark.parametrize("shift", [0.01, -0.01, 1.0, 1e4])
    def test_a_mismatch_shows_the_first_times_of_both(self, tmp_path, shift):
        energies = self.energies(0.02 * np.arange(100) + shift, tmp_path)
        with pytest.raises(DatasetError) as caught:
            energies.at(0.02 * np.arange(100), tmp_path / "run.trr")
        text = str(caught.value)
        assert f"times of frames: 0, 0.02, 0.04 ps; of energies: {shift:.9g}, {shift + 0.02:.9g}" in text
        assert "run.trr" in text
        assert "e.xvg" in text

    def test_one_energy_for_many_frames(self, tmp_path):
        with pytest.raises(DatasetError, match="1 of 2 frames"):
            self.energies([0.0], tmp_path).at(np.array([0.0, 1.0]), tmp_path)


def test_energies_of_another_run_are_refused_when_it_is_imported(tmp_path):
    path = write_run(tmp_path, "trr")
    write_xvg(tmp_path / "energy.xvg", liquid().time * 1.5, liquid().energy)
    with pytest.raises(DatasetError, match="frames of .*run.trr have no energy of their time, the first at"):
        imported(path, tmp_path)
