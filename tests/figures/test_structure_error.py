"""Structural errors as drawn are those of the table."""

import numpy as np

from support.figure_tables import T0, points, synthetic_structure_error
from thermalcg import figures
from thermalcg.figures import style


def test_structure_error_shows_the_table():
    table = synthetic_structure_error()
    fig = figures.structure_error(table, T0)
    rows = table[
        (table["observable"] == "adf") & (table["architecture"] == "hipnn_ts") & (table["mode"] == "trf1")
    ]
    np.testing.assert_allclose(points(fig.axes[3], style.MODES["trf1"].label)[1], rows["distance"])
    assert "(1/degree)" in fig.axes[2].get_ylabel()
