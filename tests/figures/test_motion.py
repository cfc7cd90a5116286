"""Figures of the dynamics."""

import pandas as pd

from support.motion_data import LITERATURE, WINDOW, errors, kernel_data, motions, observed
from thermalcg import figures
from thermalcg.analysis.diffusion import activation_table, diffusion_table


def test_figures_can_be_drawn(tmp_path):
    known = {T: observed(T) for T in (300.0, 395.0, 625.0)}
    moved = {T: motions(T) for T in (300.0, 625.0)}
    drawn = {
        "motion": figures.motion(known, moved),
        "all_atom_motion": figures.all_atom_motion(known),
        "memory_kernels": figures.memory_kernels({T: kernel_data(T) for T in known}),
        "dynamics_error": figures.dynamics_error(errors(), 0.1),
        "arrhenius": figures.arrhenius(
            diffusion_table(known, WINDOW, 7e-4), activation_table(known, 395.0, WINDOW), errors(),
            pd.read_csv(LITERATURE), 395.0,
        ),
    }  # fmt: skip
    for name, figure in drawn.items():
        figures.save(figure, tmp_path / name)
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
        for axis in figure.axes:
            assert axis.get_xlabel()
    shown = drawn["arrhenius"].axes[0].get_legend_handles_labels()[1]
    published = {f"SPC/E, published, {box}" for box in ("N = 500", "infinite box")}
    assert published | {"all-atom, infinite box"} <= set(shown)
    assert len(shown) == len(set(shown))


def test_what_is_published_near_298_K_is_enlarged_where_the_study_comes_near():
    for temperatures, insets in (((300.0, 395.0, 625.0), 1), ((395.0, 625.0), 0)):
        known = {T: observed(T) for T in temperatures}
        figure = figures.arrhenius(
            diffusion_table(known, WINDOW, 7e-4), activation_table(known, 395.0, WINDOW), errors(),
            pd.read_csv(LITERATURE), 395.0,
        )  # fmt: skip
        assert len(figure.axes[0].child_axes) == insets
