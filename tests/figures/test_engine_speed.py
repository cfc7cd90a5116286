"""Speeds and ratios as drawn are those of the table."""

import numpy as np
import pandas as pd
import pytest

from thermalcg import figures
from thermalcg.figures.engine_speed import name_of

pytestmark = pytest.mark.unit


def test_every_line_is_drawn_with_its_numbers():
    rows = [
        (
            beads,
            cores,
            what,
            395.0,
            speed * cores / beads,
            speed / beads,
            1.0,
            ratio,
            0.9 * ratio,
            1.2 * ratio,
        )
        for cores in (1, 2)
        for beads in (64, 512)
        for what, speed, ratio in (("all_atom", 1e4, 1.0), ("spline with memory", 1e5, 10.0))
    ]
    columns = ["beads", "cores", "what", "temperature_K", "ns_per_day", "ns_per_day_per_core", "stderr"]
    table = pd.DataFrame(rows, columns=[*columns, "ratio_to_all_atom", "ratio_low", "ratio_high"])
    speeds, ratios = figures.engine_speed(table).axes[:2]
    drawn = [container.lines[0].get_ydata() for container in speeds.containers]
    assert len(drawn) == 4
    one = table.loc[(table["what"] == "all_atom") & (table["cores"] == 1)]
    np.testing.assert_allclose(np.asarray(drawn[0], float), one["ns_per_day"].to_numpy(float))
    assert len(ratios.containers) == 2
    np.testing.assert_allclose(np.asarray(ratios.containers[0].lines[0].get_ydata(), float), [10, 10])


def test_names_are_words():
    assert name_of("all_atom") == "all-atom"
    assert name_of("spline with memory").endswith(" with memory")
    assert not name_of("hipnn_ts").startswith("hipnn_ts")
