"""Speeds and ratios as drawn are those of the table."""

import numpy as np

from support.figure_tables import TEMPERATURES, synthetic_speed
from thermalcg import figures


def test_speed_shows_the_table_and_the_ratio():
    table = synthetic_speed()
    (axis,) = figures.speed(table).axes
    drawn = [float(c.lines[0].get_xdata()[0]) for c in axis.containers]
    np.testing.assert_allclose(drawn, table["ns_per_day"])
    assert sum(t.get_text() == "× 12 (10.8–13.2)" for t in axis.texts) == len(TEMPERATURES)
