"""The learning curve as drawn is that of the table."""

import numpy as np

from support.figure_tables import FRACTIONS, points, synthetic_learning_curve
from thermalcg import figures
from thermalcg.figures import style


def test_learning_curve_shows_the_table():
    table = synthetic_learning_curve()
    fig = figures.learning_curve(table, temperatures=(300, 700))
    assert len(fig.axes) == 4
    rows = table[
        (table["architecture"] == "spline") & (table["mode"] == "trf1") & (table["temperature_K"] == 700)
    ]
    x, y = points(fig.axes[1], style.MODES["trf1"].label)
    np.testing.assert_allclose(x, FRACTIONS)
    np.testing.assert_allclose(y, rows["rmse_kJ_per_mol_nm"])
    assert fig.axes[1].get_xscale() == "log"
    np.testing.assert_allclose(fig.axes[1].get_xticks(), FRACTIONS)
    assert fig.axes[2].get_xlabel() == "Share of the data (1)"
