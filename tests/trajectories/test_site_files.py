"""Files of sites: boxes, species, units, and what is missing from one."""

import numpy as np
import pytest

from support.trajectory_files import imported, liquid, sites, write_run
from thermalcg.storage.files import DatasetError

N, FRAMES = 27, 24


def read(folder, remove=(), keys=None, **arrays):
    """The dataset of a file of sites with some arrays changed."""
    path = write_run(folder, "npz", **(keys or {}))
    content = {name: value for name, value in (sites(liquid()) | arrays).items() if name not in remove}
    np.savez(folder / "sites.npz", **content)
    return imported(path, folder)


def edge():
    return float(liquid().edges[0] * 10)


def test_a_box_is_one_number_three_or_one_a_frame(tmp_path):
    expected = read(tmp_path).attrs["box_nm"]
    for box in (
        np.full(3, edge()),
        np.full(FRAMES, edge()),
        np.full((FRAMES, 3), edge()),
        np.eye(3) * edge(),
    ):
        assert read(tmp_path, box=box).attrs["box_nm"] == pytest.approx(expected)


def test_a_box_that_varies_or_is_tilted(tmp_path):
    varying = np.full(FRAMES, edge())
    varying[5] *= 1.001
    with pytest.raises(DatasetError, match=r"sites\.npz: the box varies: .* in frame 5"):
        read(tmp_path, box=varying)
    tilted = np.eye(3) * edge()
    tilted[1, 0] = 1
    with pytest.raises(DatasetError, match=r"sites\.npz: the box of frame 0 is tilted"):
        read(tmp_path, box=tilted)


def test_energies_of_beads_and_times_from_their_interval(tmp_path):
    energy = np.random.default_rng(1).normal(size=(FRAMES, N))
    data = read(tmp_path, remove=["time"], keys={"frame_interval_ps": 0.5}, bead_energy=energy)
    np.testing.assert_allclose(data["bead_energy"], 4.184 * energy, rtol=1e-6)
    np.testing.assert_allclose(data["time"], 0.5 * np.arange(FRAMES))


def test_species_and_their_masses(tmp_path):
    species = np.array(["W"] * 20 + ["M"] * 7)
    data = read(tmp_path, species=species, keys={"bead_mass_amu": {"W": 18.0, "M": 32.0}})
    np.testing.assert_array_equal(data["species"], [0] * 20 + [1] * 7)
    np.testing.assert_array_equal(data["bead_mass"], [18] * 20 + [32] * 7)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"remove": ["position"]}, r"sites\.npz: position is missing; found: box"),
        ({"remove": ["box"]}, r"sites\.npz: box is missing"),
        ({"remove": ["force"]}, r"sites\.npz: frame 0 has no forces; add the variable force"),
        ({"remove": ["potential_energy"]}, r"sites\.npz: frame 0 has no potential energy"),
        ({"remove": ["time"]}, r"sites\.npz: time is missing; give frame_interval_ps in"),
        ({"force": np.ones((FRAMES, N - 1, 3))}, r"sites\.npz: frame 0 has force of 26 atoms; expected: 27"),
        (
            {"force": np.ones((FRAMES - 1, N, 3))},
            r"sites\.npz: force has shape \(23, 27, 3\); expected: \(24, 27, 3\)",
        ),
        ({"potential_energy": np.ones(FRAMES + 1)}, r"potential_energy has shape \(25,\); expected: \(24,\)"),
        ({"position": np.ones((FRAMES, N))}, r"position has shape \(24, 27\); allowed: \(time, bead, 3\)"),
        (
            {"potential_energy": np.full(FRAMES, np.nan)},
            "frame 0 has no potential energy, or one that is not finite",
        ),
        ({"keys": {"units": None}}, r"sites\.npz: position has no unit; give units in .*run\.yaml"),
        ({"keys": {"bead_mass_amu": None}}, r"run\.yaml: bead_mass_amu is missing"),
        ({"species": np.array(["W"] * 26)}, r"sites\.npz: species has shape \(26,\); expected: \(27,\)"),
        ({"species": np.array(["W"] * 26 + [""])}, r"sites\.npz: bead 26 has no species"),
        (
            {"species": np.array(["W"] * N), "keys": {"bead_mass_amu": {"W": 18.0, "M": 32.0}}},
            r"bead_mass_amu has the species \['M', 'W'\], and the beads of .*sites\.npz have \['W'\]",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_and_cure(tmp_path, change, message):
    with pytest.raises(DatasetError, match=message):
        read(tmp_path, **change)


def test_units_of_a_netcdf_file_are_read_and_unknown_ones_refused(tmp_path):
    import xarray as xr

    path = write_run(tmp_path, "netcdf")
    with xr.open_dataset(tmp_path / "sites.nc", engine="h5netcdf", decode_times=False) as handle:
        data = handle.load()
    data["force"].attrs["units"] = "dyn"
    (tmp_path / "sites.nc").unlink()
    data.to_netcdf(tmp_path / "sites.nc", engine="h5netcdf")
    with pytest.raises(DatasetError, match=r"sites\.nc: force: unit is 'dyn'"):
        imported(path, tmp_path)
