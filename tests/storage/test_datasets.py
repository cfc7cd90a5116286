"""What is read from a dataset is there, finite and in the units of the library."""

import json

import numpy as np
import pytest
import xarray as xr

from thermalcg.storage import datasets as ds
from thermalcg.storage.declared import declaration
from thermalcg.storage.files import DatasetError
from thermalcg.storage.provenance import RECORDED_PACKAGES, Provenance

KIND = "products/{T0}.nc"
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


def test_datasets_are_read_by_their_temperature(written, tmp_path):
    other = tmp_path / "other.nc"
    ds.write_dataset(small_dataset().assign_attrs(temperature_K=298.15), other, PROVENANCE)
    found = ds.read_by_temperature([written, other], iter(["force"]))
    assert list(found) == [300.0, 298.15]
    np.testing.assert_array_equal(found[298.15]["force"], small_dataset()["force"])
    with pytest.raises(DatasetError, match=r"other\.nc: variable 'speed' is missing"):
        ds.read_by_temperature([other], ("speed",))


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


def test_a_dataset_that_fails_half_way_leaves_no_file(tmp_path, monkeypatch):
    def half(disk, content):
        disk._file.write(bytes(content)[: len(content) // 2])
        disk.error = OSError("disk full")
        return len(content)

    monkeypatch.setattr(ds._Disk, "write", half)
    with pytest.raises(OSError, match="disk full"):
        ds.write_dataset(small_dataset(), tmp_path / "300.nc", PROVENANCE)
    assert list(tmp_path.iterdir()) == []


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


def test_a_variable_in_another_unit_is_not_written(tmp_path):
    wrong = small_dataset(force=ds.variable(("time",), np.ones(50), "kcal/mol/angstrom"))
    with pytest.raises(
        ValueError, match="'force' is in 'kcal/mol/angstrom'; the library's unit is 'kJ/mol/nm'"
    ):
        ds.write_dataset(wrong, tmp_path / "300.nc", PROVENANCE)


def foreign(tmp_path, units, **changes):
    """A dataset as another program writes it: no provenance, units of its own, of some variables none."""
    dataset = small_dataset(**changes).assign_coords(time=("time", 1000.0 * np.arange(50), {"units": "fs"}))
    for name, unit in units.items():
        dataset[name].attrs = {"units": unit} if unit is not None else {}
    path = tmp_path / "foreign.nc"
    dataset.to_netcdf(path, engine="h5netcdf")
    return path


def test_other_units_are_converted(tmp_path):
    path = foreign(tmp_path, {"force": "kcal/mol/angstrom", "energy": "eV"})
    read = ds.read_dataset(path, ("force", "energy"))
    np.testing.assert_allclose(read["force"], 41.84 * small_dataset()["force"], rtol=1e-12)
    np.testing.assert_allclose(read["energy"], 96.48533212331 * np.arange(50))
    np.testing.assert_allclose(read["time"], np.arange(50))
    assert [read[name].attrs["units"] for name in ("force", "energy", "time")] == [
        "kJ/mol/nm",
        "kJ/mol",
        "ps",
    ]
    assert read["force"].dims == ("time", "bead", "axis")


def test_single_precision_stays_single(tmp_path):
    force = ds.variable(("time",), np.ones(50, np.float32), "eV/angstrom")
    assert ds.read_dataset(foreign(tmp_path, {}, force=force))["force"].dtype == np.float32


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        (None, "variable 'force' has no unit; allowed: kJ/mol/nm"),
        (
            "furlong",
            "variable 'force': unit is 'furlong', of which 'furlong' is not known; allowed: kJ/mol/nm",
        ),
        ("kJ/mol", "variable 'force': unit is 'kJ/mol'; allowed: kJ/mol/nm"),
    ],
)
def test_a_unit_that_is_unknown_or_absent_is_refused_by_name(tmp_path, unit, said):
    path = foreign(tmp_path, {"force": unit})
    with pytest.raises(DatasetError) as caught:
        ds.read_dataset(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({}, "attribute 'box_nm' is missing; found: ['temperature_K']"),
        ({"box_nm": 0.0}, "attribute 'box_nm' is 0.0; allowed: a number > 0"),
        ({"box_nm": "1.5 nm"}, "attribute 'box_nm' is '1.5 nm'; allowed: a number > 0"),
        ({"box_nm": [1.5, 1.5]}, "attribute 'box_nm' is [1.5, 1.5]; allowed: a number > 0, or three"),
        ({"box_nm": [1.5, 1.5, 0.0]}, "allowed: a number > 0, or three"),
        ({"box_nm": 1.5}, "attribute 'bead_mass_amu' is missing"),
        (
            {"box_nm": 1.5, "bead_mass_amu": [1.0, 1.0, 1.0]},
            "'bead_mass_amu' is [1.0, 1.0, 1.0]",
        ),
    ],
)
def test_positions_without_their_box_and_other_attributes_are_refused_by_name(tmp_path, attributes, said):
    position = ds.variable(("time", "bead", "axis"), np.ones((50, 10, 3)), "nm")
    path = tmp_path / "300.nc"
    dataset = small_dataset(position=position).assign_attrs(attributes)
    ds.write_dataset(dataset, path, PROVENANCE)
    with pytest.raises(DatasetError) as caught:
        ds.read_dataset(path, ("position",), ("bead_mass_amu",))
    assert str(caught.value).startswith(f"{path}: ")
    assert said.split("; found")[0] in str(caught.value)
    # who does not ask for positions needs no box
    ds.read_dataset(path, ("force",))


@pytest.mark.parametrize("box", [1.5, [1.5, 1.5, 3.0]])
def test_a_box_is_an_edge_or_three(tmp_path, box):
    position = ds.variable(("time", "bead", "axis"), np.ones((50, 10, 3)), "nm")
    ds.write_dataset(small_dataset(position=position).assign_attrs(box_nm=box), tmp_path / "a.nc", PROVENANCE)
    found = ds.box_of(ds.read_dataset(tmp_path / "a.nc", ("position",)))
    assert isinstance(found, float if box == 1.5 else np.ndarray)
    np.testing.assert_array_equal(found, box)


def test_positions_with_their_box_are_read(tmp_path):
    position = ds.variable(("time", "bead", "axis"), np.ones((50, 10, 3)), "nm")
    ds.write_dataset(small_dataset(position=position).assign_attrs(box_nm=1.5), tmp_path / "a.nc", PROVENANCE)
    assert ds.read_dataset(tmp_path / "a.nc", ("position",), ("temperature_K",)).attrs["box_nm"] == 1.5


@pytest.fixture
def products(tmp_path):
    """A file of the kind ``products``, whose values are not numbers."""
    data = xr.Dataset(
        {
            "trf_product": ds.variable(("time", "bead", "axis"), np.full((2, 4, 3), np.nan), "kJ/mol/nm/K"),
            "block": ds.variable(("time",), np.zeros(2, int), "1"),
        },
        coords={"time": ds.variable(("time",), np.arange(2.0), "ps")},
        attrs=dict.fromkeys(declaration(KIND).attributes, 1.0),
    )
    return tmp_path / "395.nc", data


def test_what_is_declared_is_there_or_named(products):
    path, data = products
    ds.write_dataset(data, path, PROVENANCE)
    assert ds.read_declared(path, KIND).sizes == {"time": 2, "bead": 4, "axis": 3}
    for damaged, said in (
        (data.drop_vars("trf_product"), r"395\.nc: variable 'trf_product' is missing"),
        (data.drop_vars("time"), r"395\.nc: variable 'time' is missing"),
        (xr.Dataset(data.variables, attrs={"box_nm": 1.0}), r"395\.nc: attribute 'temperature_K' is missing"),
    ):
        ds.write_dataset(damaged, path, PROVENANCE)
        with pytest.raises(DatasetError, match=said):
            ds.read_declared(path, KIND)


def test_what_need_not_always_be_there_may_be_asked_for(tmp_path):
    kind, path = "observables/{arch}/{model}/{T}.nc", tmp_path / "395.nc"
    attributes = dict.fromkeys(declaration(kind).attributes, 1.0)
    ds.write_dataset(
        xr.Dataset({"healthy": ds.variable(("attempt",), np.ones(2), "1")}, attrs=attributes),
        path,
        PROVENANCE,
    )
    ds.read_declared(path, kind, ("healthy",))
    with pytest.raises(DatasetError, match="variable 'member' is missing"):
        ds.read_declared(path, kind, ("healthy", "member"))
