"""Tables written and read back."""

import numpy as np
import pandas as pd

from thermalcg.storage.tables import read_table, write_table


def test_a_table_keeps_six_digits(tmp_path):
    path = tmp_path / "table.csv"
    write_table(pd.DataFrame({"temperature_K": [300], "value": [1 / 3]}), path)
    assert path.read_text() == "temperature_K,value\n300,0.333333\n"


def test_a_table_is_read_back(tmp_path):
    path, table = tmp_path / "table.csv", pd.DataFrame({"mode": ["trf1", "trf2"], "value": [0.5, np.nan]})
    write_table(table, path)
    pd.testing.assert_frame_equal(read_table(path, ("mode", "value")), table)
