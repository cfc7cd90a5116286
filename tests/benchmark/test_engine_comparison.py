"""Structural errors of two studies side by side."""

import sys

import pandas as pd
import pytest

from thermalcg.benchmark import engine_comparison
from thermalcg.benchmark.engine_comparison import compare_engines

pytestmark = pytest.mark.unit


def table(values, architecture="spline", error=0.3):
    rows = [("rdf", architecture, "trf1", T, value, error, 11.0) for T, value in values.items()]
    return pd.DataFrame(rows, columns=[*engine_comparison.ROW, "square", "square_stderr", "freedom"])


def test_differences_are_told_in_units_of_their_errors():
    first = pd.concat([table({300: 1.0, 700: 2.0}), table({300: 9.0}, "hipnn_ts")])
    second = table({700: 1.0, 300: 2.0}, error=0.4)
    found = compare_engines(first, second).set_index("temperature_K")
    assert found["difference"].to_dict() == {300: 1.0, 700: -1.0}
    assert found["difference_over_stderr"].to_dict() == pytest.approx({300: 2.0, 700: -2.0})


@pytest.mark.parametrize("other", [{300: 1.0}, {300: 1.0, 625: 1.0}])
def test_other_rows_are_refused(other):
    with pytest.raises(ValueError, match="needed: the same in both studies"):
        compare_engines(table({300: 1.0, 700: 2.0}), table(other))


def test_the_command_writes_the_table(tmp_path, monkeypatch, capsys):
    for name in ("a", "b"):
        (tmp_path / name / "tables").mkdir(parents=True)
        table({300: 1.0}).to_csv(tmp_path / name / "tables/structure_error.csv", index=False)
    words = [str(tmp_path / "a"), str(tmp_path / "b"), "--csv", str(tmp_path / "c.csv")]
    monkeypatch.setattr(sys, "argv", ["engine_comparison", *words])
    engine_comparison.main()
    assert pd.read_csv(tmp_path / "c.csv")["difference"].to_list() == [0.0]
    assert "1 differences, 0.00 of their errors rms" in capsys.readouterr().out
