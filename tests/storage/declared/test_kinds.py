"""The parts of declarations: names of files and of columns that fit a pattern."""

from thermalcg.storage.declared.kinds import Table, matches


def test_a_pattern_stands_for_one_part_of_a_path():
    assert matches("labels/{T}.nc", "labels/298.15.nc")
    assert not matches("labels/{T}.nc", "labels/a/300.nc")
    assert matches("force_error_{T}K_stderr", "force_error_298.15K_stderr")
    assert not matches("a.nc", "abnc")


def test_signs_of_a_path_stand_for_themselves():
    assert matches("cg/{arch}/{model}/{T}.nc", "cg/spline/at_temperature-300K/300.nc")
    assert not matches("tables/x.csv", "tables/xxcsv")


def test_a_table_has_the_name_of_its_file():
    assert Table(("tables/excess.csv",), "force_tables", "Excess", {}).name == "excess"
