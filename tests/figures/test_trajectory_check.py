"""The figure of a trajectory's check: one panel for each pair of species."""

import numpy as np
import pytest

from thermalcg.figures import style
from thermalcg.figures.trajectory_check import force_balance_panels
from thermalcg.trajectories.force_balance import ForceBalance


def balance(pair=("bead", "bead")):
    r = np.linspace(0.3, 0.6, 12)
    force, error = 30 * np.cos(20 * r), np.full(12, 2.0)
    return ForceBalance(pair, r, force + 1, error, force, error, 1.02, 0.01)


def test_both_sides_and_their_difference(tmp_path):
    fig = force_balance_panels([balance()], 395.0)
    upper, lower = fig.axes
    assert upper.get_title() == "395 K: factor 1.020 ± 0.010"
    assert {"kB T d ln g/dr", "mapped forces"} <= set(upper.get_legend_handles_labels()[1])
    (points,) = [line for line in lower.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(points.get_ydata(), 1.0)
    style.save(fig, tmp_path / "check")
    assert (tmp_path / "check.png").stat().st_size > 5000


@pytest.mark.parametrize("species", [2, 3])
def test_every_pair_of_species_has_its_panel(species):
    names = "ABC"[:species]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i:]]
    fig = force_balance_panels([balance(pair) for pair in pairs], 300.0)
    titles = [axis.get_title().partition(":")[0] for axis in fig.axes]
    assert [title for title in titles if title] == ["–".join(pair) for pair in pairs]


def test_few_frames_leave_a_remark():
    fig = force_balance_panels([], 300.0)
    assert [text.get_text() for text in fig.axes[0].texts] == ["too few frames"]
