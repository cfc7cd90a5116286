"""The same run in the files of every engine becomes the same dataset, and bad files are refused in words."""

import errno
import shutil
import tracemalloc
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from support.declared import dataset_differences
from support.trajectory_files import (
    FORMATS,
    PROVENANCE,
    imported,
    liquid,
    mapping,
    sites,
    write_dump,
    write_run,
    write_yaml,
)
from thermalcg.storage.datasets import box_of, read_dataset, read_declared
from thermalcg.storage.declared import declaration
from thermalcg.storage.files import DatasetError
from thermalcg.trajectories.importing import import_run
from thermalcg.trajectories.run_file import RunFile


@pytest.mark.parametrize("kind", FORMATS)
def test_a_run_read_back_from_a_format_has_the_sites_forces_and_energies_of_the_engine(tmp_path, kind):
    data, own = imported(write_run(tmp_path, kind), tmp_path), liquid().mapped
    np.testing.assert_allclose(data["time"], own["time"], rtol=1e-6)
    np.testing.assert_allclose(data["potential_energy"], own["potential_energy"], rtol=1e-6)
    # whole edges and the origin of the box mean nothing, as long as they stay the same
    edge = data.attrs["box_nm"]
    shift = data["position"].values - own["position"].values
    shift -= shift[0, 0]
    np.testing.assert_allclose(
        shift, np.broadcast_to(edge * np.round(shift[:1] / edge), shift.shape), atol=3e-6
    )
    np.testing.assert_allclose(data["force"], own["force"], rtol=1e-5, atol=2e-3)
    np.testing.assert_allclose(data["velocity"], own["velocity"], rtol=1e-5, atol=2e-6)
    assert edge == pytest.approx(own.attrs["box_nm"], rel=1e-6)
    assert data.attrs["bead_mass_amu"] == pytest.approx(18.015, abs=1e-3)


def test_the_dataset_is_as_declared_and_can_be_read_by_everything_downstream(tmp_path):
    path = tmp_path / "mapped.nc"
    import_run(
        RunFile(write_run(tmp_path, "lammps", bead_energy_column="c_pe")),
        path,
        PROVENANCE,
        lambda t: len(t) // 2,
    )
    data = read_declared(path, "mapped/{T}.nc", ["bead_energy", "velocity"])
    assert dataset_differences(data, declaration("mapped/300.nc")) == []
    read_dataset(path, ("position", "force"), ("temperature_K", "bead_mass_amu"))
    np.testing.assert_array_equal(data["split"], [0] * 12 + [1] * 12)
    # a third of the atoms in each bead, and all of the energy in all beads
    np.testing.assert_allclose(data["bead_energy"].sum("bead"), data["potential_energy"], rtol=1e-6)


def test_the_sites_of_the_workflows_own_water_come_back_to_the_last_bit(tmp_path):
    """So that models trained on them are the same, too."""
    own = liquid().mapped
    names = ("position", "velocity", "force", "potential_energy")
    arrays = {name: own[name].values for name in names} | {"time": own["time"].values}
    path = write_run(tmp_path, "npz", units={"length": "nm", "energy": "kJ/mol"})
    np.savez(tmp_path / "sites.npz", box=own.attrs["box_nm"], **arrays)
    data = imported(path, tmp_path)
    for name in (*names, "time"):
        np.testing.assert_array_equal(data[name], own[name])
        assert data[name].dtype == own[name].dtype
    assert data.attrs["box_nm"] == own.attrs["box_nm"]


@pytest.mark.parametrize("kind", ["trr", "npz"])
def test_where_the_energies_are_in_the_way_is_said(tmp_path, kind):
    arrays = sites(liquid())
    del arrays["potential_energy"]
    path = write_run(tmp_path, kind, **({"energies": None} if kind == "trr" else {}))
    np.savez(tmp_path / "sites.npz", **arrays)
    with pytest.raises(DatasetError, match=r"frame 0 has no potential energy.*run\.yaml: energies: \{file"):
        imported(path, tmp_path)


@pytest.mark.parametrize("kind", ["trr", "lammps", "npz"])
def test_one_frame_is_too_few(tmp_path, kind):
    run = liquid().frames(slice(3, 4)) if kind != "lammps" else liquid()
    keys = {"first_ps": 0.2, "last_ps": 0.21} if kind == "lammps" else {}
    with pytest.raises(DatasetError, match=r"1 frame\(s\) between first_ps and last_ps; allowed: at least 2"):
        imported(write_run(tmp_path, kind, run, **keys), tmp_path)
    assert not list(tmp_path.glob("*mapped.nc*"))


def test_frames_that_lack_what_others_have_are_refused(tmp_path):
    path = write_run(tmp_path, "lammps")
    with (tmp_path / "run.lammpstrj").open("a") as handle:
        handle.write(_without_velocities(tmp_path))
    with pytest.raises(DatasetError, match="velocity are in frame 24 or in those before, not in both"):
        imported(path, tmp_path)


def _without_velocities(folder):
    """A last frame."""
    run = liquid().frames(slice(23, 24))
    run.time = run.time + 0.02
    write_dump(folder / "last", run, "id x y z fx fy fz")
    return (folder / "last").read_text()


def test_several_species_have_their_masses_and_names(tmp_path):
    keys = mapping(20)
    keys["molecules"] += mapping(7, species="other")["molecules"]
    keys["molecules"][1]["atoms"][0]["mass_amu"] = 20.0
    path = write_run(tmp_path, "trr", mapping="two.yaml")
    write_yaml(tmp_path / "two.yaml", keys)
    data = imported(path, tmp_path)
    np.testing.assert_array_equal(data["species"], [0] * 20 + [1] * 7)
    np.testing.assert_allclose(data["bead_mass"], [18.015] * 20 + [22.016] * 7, atol=2e-3)
    assert data.attrs["species_names"] == '["W", "other"]'
    assert dataset_differences(data, declaration("mapped/300.nc")) == []
    with pytest.raises(DatasetError, match="bead_mass_amu"):  # what knows one species only says so
        read_dataset(tmp_path / "mapped.nc", attributes=("bead_mass_amu",))


def test_a_box_that_is_no_cube_keeps_its_three_edges(tmp_path):
    run = liquid()
    longer = replace(run, edges=run.edges * [1, 1, 1.5])
    data = imported(write_run(tmp_path, "trr", longer), tmp_path)
    np.testing.assert_allclose(data.attrs["box_nm"], longer.edges, rtol=1e-6)
    assert dataset_differences(data, declaration("mapped/300.nc")) == []
    read = read_dataset(tmp_path / "mapped.nc", ("position",))
    np.testing.assert_allclose(box_of(read), longer.edges, rtol=1e-6)


def test_a_full_disk_is_an_error_and_no_crash(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10))
    with pytest.raises(OSError, match="space") as caught:
        imported(write_run(tmp_path, "trr"), tmp_path)
    assert caught.value.errno == errno.ENOSPC
    assert not list(tmp_path.glob("*mapped*"))


def test_the_memory_of_an_import_is_below_two_chunks(tmp_path):
    """A run of 40 MB through chunks of 4 MB; compressed, so that HDF5's own memory is in it."""
    frames, beads, chunk = 1000, 1500, 4_000_000
    rng = np.random.default_rng(1)
    arrays = {
        "position": np.repeat(rng.uniform(0, 4, (1, beads, 3)).astype(np.float32), frames, axis=0),
        "force": np.zeros((frames, beads, 3), np.float32),
        "potential_energy": np.zeros(frames),
        "box": 4.0,
        "time": 1.0 + np.arange(frames),
    }
    np.savez(tmp_path / "sites.npz", **arrays)
    path = write_yaml(
        tmp_path / "run.yaml",
        {
            "temperature_K": 300, "trajectory": "sites.npz", "bead_mass_amu": 18.0,
            "units": {"length": "nm", "energy": "kJ/mol"},
        },
    )  # fmt: skip
    source = RunFile(path)
    tracemalloc.start()
    import_run(source, tmp_path / "mapped.nc", PROVENANCE, chunk_bytes=chunk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * chunk
    with xr.open_dataset(tmp_path / "mapped.nc", engine="h5netcdf") as data:
        assert data.sizes == {"time": frames, "bead": beads, "axis": 3}
