"""What is drawn of costs is what the table says."""

import numpy as np
import pandas as pd

from thermalcg import figures
from thermalcg.benchmark.economics_plan import purchases
from thermalcg.figures.economics import LOOKS


def synthetic() -> pd.DataFrame:
    rows = []
    for temperature in (250.0, 700.0):
        for bought in purchases(395.0, [250.0, 700.0], [300.0, 395.0, 700.0]):
            for length in (40.0, 80.0):
                excess = 1000 / length + len(bought.name) + 50 * (temperature == 700)
                rows.append(
                    {
                        "purchase": bought.name, "total_ps": bought.cost_ps(length, 40.0),
                        "temperature_K": temperature, "excess_kJ_per_mol_nm": excess, "excess_stderr": 0.1,
                        "rdf_error": excess / 1000, "rdf_stderr": 0.001,
                    }
                )  # fmt: skip
    table = pd.DataFrame(rows)
    table.loc[0, ["rdf_error", "rdf_stderr"]] = np.nan
    return table


def test_every_purchase_is_drawn_at_every_temperature():
    table = synthetic()
    fig = figures.economics(table)
    assert [axis.get_title() for axis in fig.axes[:2]] == ["250 K", "700 K"]
    assert set(table["purchase"]) == set(LOOKS)
    for axis in fig.axes:
        assert len(axis.containers) == len(LOOKS)
    first = fig.axes[0].containers[0][0]
    np.testing.assert_allclose(first.get_xdata(orig=False), [80, 120])
    np.testing.assert_allclose(first.get_ydata(orig=False), [1000 / 40 + 8, 1000 / 80 + 8])
    # the panels of a row share an axis that holds all of them, and zero
    low, high = fig.axes[0].get_ylim()
    assert low == 0
    assert high > table["excess_kJ_per_mol_nm"].max()
    # a point without an error of g(r) is left out
    assert len(fig.axes[2].containers[0][0].get_xdata(orig=False)) == 1
    fig.draw_without_rendering()
    for axis in fig.axes:
        box = axis.get_tightbbox()
        assert (box.min > -1).all()
        assert (box.max < fig.bbox.max + 1).all()
