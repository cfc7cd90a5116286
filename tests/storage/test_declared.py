"""Declarations of files and tables: complete, unambiguous, and true of the committed tables."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from support.declared import dataset_differences, table_differences
from support.workplace import ROOT
from thermalcg.storage.conversion import VARIABLE_UNITS
from thermalcg.storage.declared import DATASETS, OTHER_FILES, TABLES, Column, Table, declaration, matches
from thermalcg.storage.declared.kinds import PLACEHOLDERS

pytestmark = pytest.mark.unit

COMMITTED = sorted((ROOT / "results" / "reference").glob("*/tables/*.csv"))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda p: f"{p.parts[-3]}-{p.stem}")
def test_a_committed_table_has_the_declared_columns(path):
    assert table_differences(pd.read_csv(path), declaration(f"tables/{path.name}")) == []


def test_there_are_committed_tables():
    assert len(COMMITTED) > 30


def test_every_table_that_a_rule_writes_is_declared_and_explained_in_the_report():
    described = {path.stem for path in (ROOT / "workflow" / "report" / "tables").glob("*.rst")}
    assert described == {table.name for table in TABLES}


def test_every_file_that_a_rule_names_is_declared():
    text = "".join(path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    paths = set(re.findall(r'"<results>/([^"]+\.\w+)"', text))
    assert len(paths) > 20
    for path in paths:
        path = path.replace("{way}", "fixed")
        declaration(path.replace("{", "").replace("}", ""))


def test_no_path_fits_two_declarations():
    everything = (*DATASETS, *TABLES, *OTHER_FILES)
    for declared in everything:
        for path in declared.paths:
            example = path.replace("{", "").replace("}", "")
            assert [d for d in everything if any(matches(p, example) for p in d.paths)] == [declared], path


def test_placeholders_are_explained_and_texts_are_there():
    for declared in (*DATASETS, *TABLES, *OTHER_FILES):
        assert declared.holds, declared.paths
        for path in declared.paths:
            assert {part.split("}")[0] for part in path.split("{")[1:]} <= set(PLACEHOLDERS), path
    for dataset in DATASETS:
        parts = (*dataset.variables.values(), *dataset.coordinates.values(), *dataset.attributes.values())
        assert all(part.meaning for part in parts)
    assert all(column.meaning for table in TABLES for column in table.columns.values())


def test_units_in_the_names_of_columns_are_the_declared_ones():
    endings = {
        "kJ_per_mol_nm": "kJ/mol/nm",
        "kJ_per_mol_nm_K": "kJ/mol/nm/K",
        "kJ_per_mol_nm_K2": "kJ/mol/nm/K2",
        "kJ_per_mol": "kJ/mol",
        "J_per_mol_K": "J/mol/K",
        "1e9_m2_per_s": "1e-9 m2/s",
        "temperature_K": "K",
        "ns_per_day": "ns/day",
    }
    checked = 0
    for table in TABLES:
        for name, column in table.columns.items():
            for ending, unit in sorted(endings.items(), key=lambda item: len(item[0])):
                if name == ending or name.endswith(f"_{ending}"):
                    expected = unit
            if any(name == e or name.endswith(f"_{e}") for e in endings):
                assert column.unit == expected, (table.name, name)
                checked += 1
    assert checked > 50


def test_the_reader_knows_the_declared_units():
    for name, unit in {
        "time": "ps", "atom_position": "nm", "velocity": "nm/ps", "force": "kJ/mol/nm", "trf": "kJ/mol/nm/K",
        "trf2": "kJ/mol/nm/K2", "potential_energy": "kJ/mol", "rung": "K", "msd": "nm2",
        "vacf": "nm2/ps2", "energy_drift": "kJ/mol/ps", "temperature": "K", "lag": "ps",
    }.items():  # fmt: skip
        assert VARIABLE_UNITS[name] == unit
    # no number needs a conversion, and a name with two units is none of one
    for name in ("split", "converged", "theta", "rdf", "friction", "kernel"):
        assert name not in VARIABLE_UNITS


def test_an_undeclared_file_is_an_error():
    with pytest.raises(KeyError, match="labels/300.csv: no such file is declared"):
        declaration("labels/300.csv")


class TestDifferences:
    """The comparison itself notices what is wrong."""

    def prior_dataset(self):
        declared = declaration("products/395.nc")
        good = xr.Dataset(
            {
                "trf_product": (("time", "bead", "axis"), np.zeros((2, 4, 3)), {"units": "kJ/mol/nm/K"}),
                "block": (("time",), np.zeros(2, int), {"units": "1"}),
            },
            coords={"time": ("time", np.arange(2.0), {"units": "ps"})},
        )
        return declared, good

    def test_a_dataset_as_declared(self):
        declared, good = self.prior_dataset()
        assert dataset_differences(good, declared) == []

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (lambda d: d.drop_vars("trf_product"), "variable trf_product is missing"),
            (lambda d: d.assign(extra=d["trf_product"]), "variable extra is not declared"),
            (lambda d: d.transpose(), "variable trf_product: dimensions 'axis bead time'"),
            (lambda d: d.drop_attrs(), "variable trf_product: unit None"),
            (lambda d: d.assign_attrs(colour="blue"), "attribute colour is not declared"),
            (lambda d: d.drop_vars("time"), "coordinate time is missing"),
        ],
    )
    def test_a_changed_dataset(self, change, expected):
        declared, good = self.prior_dataset()
        assert any(text.startswith(expected) for text in dataset_differences(change(good), declared))

    def test_a_table(self):
        declared = Table(("tables/x.csv",), "x", "x", {"a": Column("1", "a"), "b_{T}K": Column("K", "b")})
        good = pd.DataFrame(columns=["a", "b_300K", "b_400K"])
        assert table_differences(good, declared) == []
        assert table_differences(good[["b_300K", "a"]], declared)[0].startswith("order")
        assert table_differences(good[["a"]], declared) == ["column b_{T}K is missing"]
        assert table_differences(good.assign(c=1), declared) == ["column c is not declared"]


def test_the_declarations_name_no_file_twice():
    paths = [path for declared in (*DATASETS, *TABLES, *OTHER_FILES) for path in declared.paths]
    assert len(paths) == len(set(paths))
    assert all(Path(path).suffix for path in paths)
