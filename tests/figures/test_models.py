"""The prior with its bins, and the histories of all members."""

import numpy as np

from support.figure_tables import points, synthetic_histories, synthetic_prior
from thermalcg import figures


def test_prior_marks_the_fitted_bins():
    r, g, prior, temperature, threshold = synthetic_prior()
    upper, lower = figures.prior_figure(r, g, prior, temperature, threshold).axes
    fitted = (g > threshold) & (g < 1) & (r < prior.onset_nm)
    np.testing.assert_allclose(points(upper, "bins fitted")[0], r[fitted])
    np.testing.assert_allclose(points(upper, "bins fitted")[1], g[fitted])
    assert points(lower, "onset")[0][0] == prior.onset_nm


def test_history_shows_every_member():
    histories = synthetic_histories(["baseline", "at_temperature-300K"])
    axes = figures.training_history(histories).axes
    assert [axis.get_title() for axis in axes] == ["baseline", "yardstick, 300 K"]
    lines = {line.get_gid(): line.get_ydata() for line in axes[1].lines}
    np.testing.assert_allclose(lines["validation-1"], histories["at_temperature-300K", 1]["validation"])


def test_a_history_is_what_the_trainer_recorded():
    table = figures.history_table({"history": [(1.0, 2.0), (0.5, 1.5)], "ridge": 0.1})
    assert table["epoch"].tolist() == [1, 2]
    assert table["train"].tolist() == [1.0, 0.5]
    assert table["validation"].tolist() == [2.0, 1.5]
    title = figures.training_history({("at_temperature-298.15K", 0): table}).axes[0].get_title()
    assert title == "yardstick, 298.15 K"
