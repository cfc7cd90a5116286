"""Files are whole or absent, and whatever is read from them is there and finite."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from thermalcg.storage import datasets as ds
from thermalcg.storage.files import atomic_path
from thermalcg.storage.provenance import RECORDED_PACKAGES, Provenance
from thermalcg.storage.seeds import derive_seed
from thermalcg.storage.tables import read_table, write_table

PROVENANCE = Provenance("c0ffee", 7, "rule test")


def small_dataset(**changes):
    force = np.random.default_rng(0).normal(size=(50, 10, 3))
    variables = {
        "force": ds.variable(("time", "bead", "axis"), force, "kJ/mol/nm"),
        "energy": ds.variable(("time",), np.arange(50.0), "kJ/mol"),
    }
    return xr.Dataset(variables | changes, attrs={"temperature_K": 300.0})


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "300.nc"
    ds.write_dataset(small_dataset(), path, PROVENANCE)
    return path


def test_what_was_written_is_read_back(written):
    read = ds.read_dataset(written, ("force", "energy"))
    np.testing.assert_array_equal(read["force"], small_dataset()["force"])
    assert read["force"].dims == ("time", "bead", "axis")
    assert read["force"].attrs["units"] == "kJ/mol/nm"
    assert read.attrs["temperature_K"] == 300.0


def test_provenance_is_in_the_attributes(written):
    attributes = ds.read_dataset(written).attrs
    assert (attributes["config_hash"], attributes["seed"], attributes["created_by"]) == (
        "c0ffee",
        7,
        "rule test",
    )
    versions = json.loads(attributes["versions"])
    assert set(versions) == set(RECORDED_PACKAGES)
    assert versions["numpy"] == np.__version__


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "folder" / "table.csv"

    def write(text, error=None):
        with atomic_path(path) as temporary:
            assert temporary.parent == path.parent  # a rename is atomic on one file system only
            assert temporary.suffix == path.suffix
            temporary.write_text(text)
            if error:
                raise error

    write("old")
    with pytest.raises(OSError, match="disk full"):
        write("half of the n", OSError("disk full"))
    assert [p.name for p in path.parent.iterdir()] == ["table.csv"]
    assert path.read_text() == "old"


def test_a_dataset_that_fails_half_way_leaves_no_file(tmp_path, monkeypatch):
    def half(path, content):
        with path.open("wb") as handle:
            handle.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(type(tmp_path), "write_bytes", half)
    with pytest.raises(OSError, match="disk full"):
        ds.write_dataset(small_dataset(), tmp_path / "300.nc", PROVENANCE)
    assert list(tmp_path.iterdir()) == []


def test_the_name_is_taken_only_when_the_file_is_whole(tmp_path):
    path = tmp_path / "a.csv"
    with atomic_path(path) as temporary:
        temporary.write_text("x")
        assert not path.exists()
    assert path.read_text() == "x"


def test_a_variable_without_units_is_refused(tmp_path):
    bare = small_dataset(count=xr.DataArray(np.arange(50), dims="time"))
    with pytest.raises(ValueError, match=r"300\.nc: variables without units: \['count'\]"):
        ds.write_dataset(bare, tmp_path / "300.nc", PROVENANCE)
    assert list(tmp_path.iterdir()) == []


def test_values_that_are_not_finite_matter_only_where_they_are_read(tmp_path):
    dataset, path = small_dataset(), tmp_path / "300.nc"
    dataset["force"][3, 2, 1] = np.nan
    ds.write_dataset(dataset, path, PROVENANCE)
    ds.read_dataset(path, ("energy",))


def test_seeds_are_the_same_on_every_machine():
    assert derive_seed(1) == 1379691747
    assert derive_seed(7, "all_atom", 300.0, 2) == 2030540345


def test_seeds_differ_with_the_seed_and_every_label():
    seeds = [derive_seed(s, "work", a, b) for s in range(5) for a in range(20) for b in range(20)]
    assert len(set(seeds)) == len(seeds)
    assert min(seeds) >= 1
    assert max(seeds) < 2**31
    assert derive_seed(1, "ab", "c") != derive_seed(1, "a", "bc")


def test_a_table_keeps_six_digits(tmp_path):
    path = tmp_path / "table.csv"
    write_table(pd.DataFrame({"temperature_K": [300], "value": [1 / 3]}), path)
    assert path.read_text() == "temperature_K,value\n300,0.333333\n"


def test_a_table_is_read_back(tmp_path):
    path, table = tmp_path / "table.csv", pd.DataFrame({"mode": ["trf1", "trf2"], "value": [0.5, np.nan]})
    write_table(table, path)
    pd.testing.assert_frame_equal(read_table(path, ("mode", "value")), table)
