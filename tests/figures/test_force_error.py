"""Parity, force errors and excess errors as drawn are those of the tables."""

import numpy as np

from support.figure_tables import (
    ARCHITECTURES,
    MODES,
    T0,
    lettered,
    points,
    synthetic_excess,
    synthetic_force_error,
    synthetic_parity,
)
from thermalcg import figures
from thermalcg.figures import style


def test_force_error_shows_the_table():
    table = synthetic_force_error()
    fig = figures.force_error(table, T0)
    for axis, architecture in zip(fig.axes, ARCHITECTURES, strict=True):
        for mode in MODES:
            rows = table[
                (table["architecture"] == architecture) & (table["mode"] == mode) & (table["seed"] == "all")
            ]
            x, y = points(axis, style.MODES[mode].label)
            np.testing.assert_allclose(x, rows["temperature_K"])
            np.testing.assert_allclose(y, rows["rmse_kJ_per_mol_nm"])
        assert "label noise" in axis.get_legend_handles_labels()[1]
        assert points(axis, "T₀ = 395 K")[0][0] == T0


def test_excess_bars_are_the_intervals():
    table = synthetic_excess(architectures=("spline",), modes=("baseline",))
    (axis,) = figures.excess(table).axes
    (container,) = axis.containers
    (bars,) = container.lines[2]
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    np.testing.assert_allclose(ends, table[["low", "high"]])


def test_intervals_without_end_get_no_bar():
    table = synthetic_excess(architectures=("spline",), modes=("baseline",))
    table.loc[0, ["low", "high"]] = [-np.inf, np.nan]
    table.loc[1, "excess_kJ_per_mol_nm"] = np.nan
    (axis,) = figures.excess(table).axes
    assert len(points(axis, style.MODES["baseline"].label)[1]) == len(table) - 1
    assert np.isfinite(axis.get_ylim()).all()


def test_parity_counts_every_component():
    data = synthetic_parity()
    fig = figures.parity(data, "trf1")
    hexagons = [axis.collections[0].get_array() for axis in lettered(fig)]
    assert [counts.sum() for counts in hexagons] == [4 * 32 * 3] * 4
    texts = " ".join(t.get_text() for t in lettered(fig)[0].texts)
    difference = data["spline", "trf1"]["label_force"] - data["spline", "trf1"]["predicted_force"]
    assert f"rmse {float(np.sqrt((difference**2).mean())):.3g} kJ/mol/nm" in texts
    assert "label noise 15 kJ/mol/nm" in texts
