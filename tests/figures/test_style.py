"""Every mode has a look of its own, and a legend fits its figure."""

from matplotlib.figure import Figure

from support.figure_tables import T0, synthetic_force_error
from thermalcg import figures
from thermalcg.figures import style
from thermalcg.models.names import MODES as TRAINED


def test_every_training_mode_has_a_look_of_its_own():
    assert set(style.MODES) == set(TRAINED)
    for part in ("label", "colour", "marker", "dash"):
        assert len({getattr(look, part) for look in style.MODES.values()}) == len(TRAINED), part


def test_an_unknown_mode_still_has_a_look():
    table = synthetic_force_error(modes=("trf1", "trf9"))
    labels = figures.force_error(table, T0).axes[0].get_legend_handles_labels()[1]
    assert "trf9" in labels


def test_a_legend_is_never_wider_than_its_figure():
    fig = Figure(figsize=(4, 2), layout="constrained")
    axis = fig.subplots()
    for k in range(4):
        axis.plot([0, 1], label=f"a rather long name of a curve, number {k}")
    style.legend(fig, [axis])
    fig.canvas.draw()
    drawn = fig.legends[0].get_window_extent()
    assert 0 <= drawn.x0 < drawn.x1 <= fig.bbox.width
