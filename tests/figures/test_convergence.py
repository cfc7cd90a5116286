"""Convergence as drawn is that of the table."""

import numpy as np

from support.figure_tables import points, synthetic_convergence
from thermalcg import figures


def test_convergence_shows_the_frames_own_rung():
    table = synthetic_convergence()
    own = table[table["rung_K"] == table["temperature_K"]]
    first, _, third = figures.convergence(table).axes
    np.testing.assert_allclose(points(first, "chains, common start")[1], own["chain_difference"])
    np.testing.assert_allclose(points(first, "melted probe against chains")[1], own["probe_difference"])
    np.testing.assert_allclose(points(third, "melted probe against chains")[1], own["probe_energy_gap"])


def test_convergence_without_probes():
    table = synthetic_convergence().assign(probe_difference=np.nan, probe_energy_gap=np.nan)
    first, _, third = figures.convergence(table).axes
    assert "melted probe against chains" not in first.get_legend_handles_labels()[1]
    assert [t.get_text() for t in third.texts] == ["no data"]
