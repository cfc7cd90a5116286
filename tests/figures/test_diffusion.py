"""The Arrhenius figure: what is measured beside what is published."""

import pandas as pd

from support.figure_tables import is_drawn
from support.motion_data import LITERATURE, WINDOW, errors, observed
from thermalcg import figures
from thermalcg.analysis.diffusion import activation_table, diffusion_table


def arrhenius(temperatures):
    known = {T: observed(T) for T in temperatures}
    return figures.arrhenius(
        diffusion_table(known, WINDOW, 7e-4), activation_table(known, 395.0, WINDOW), errors(),
        pd.read_csv(LITERATURE), 395.0,
    )  # fmt: skip


def test_measured_and_published_values_are_shown_once_each(tmp_path):
    figure = arrhenius((300.0, 395.0, 625.0))
    assert is_drawn(figure, tmp_path / "arrhenius")
    shown = figure.axes[0].get_legend_handles_labels()[1]
    published = {f"SPC/E, published, {box}" for box in ("N = 500", "infinite box")}
    assert published | {"all-atom, infinite box"} <= set(shown)
    assert len(shown) == len(set(shown))


def test_what_is_published_near_298_K_is_enlarged_where_the_study_comes_near():
    for temperatures, insets in (((300.0, 395.0, 625.0), 1), ((395.0, 625.0), 0)):
        assert len(arrhenius(temperatures).axes[0].child_axes) == insets
