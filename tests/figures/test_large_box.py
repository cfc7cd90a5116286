"""What is drawn of the large box is what the datasets hold."""

import numpy as np
import xarray as xr

from thermalcg import figures


def box(level: float) -> xr.Dataset:
    rng = np.random.default_rng(1)
    data = xr.Dataset(coords={"r": np.linspace(0.2, 1.2, 20), "theta": np.arange(3, 180, 6), "k": [2.5, 3.6]})
    for name, x in (("rdf", "r"), ("adf", "theta"), ("structure_factor", "k")):
        data[name] = ("run", x), level + 0.01 * rng.normal(size=(4, data.sizes[x]))
        data[f"{name}_se"] = x, np.full(data.sizes[x], 0.005)
    return data


def test_a_row_for_each_temperature():
    all_atom, cg = ({T: box(level) for T in (395.0, 300.0)} for level in (1.0, 1.1))
    fig = figures.large_box(all_atom, cg)
    assert [axis.get_title(loc="left") for axis in fig.axes] == list("abcdef")
    assert fig.axes[0].get_ylabel() == "g(r) (1), 300 K"
    first, second = fig.axes[3].lines
    np.testing.assert_allclose(first.get_ydata(orig=False), all_atom[395.0]["rdf"].mean("run"))
    np.testing.assert_allclose(second.get_ydata(orig=False), cg[395.0]["rdf"].mean("run"))
    points = fig.axes[5].containers[1]
    np.testing.assert_allclose(points[0].get_ydata(orig=False), cg[395.0]["structure_factor"].mean("run"))
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["all-atom", "CG"]
