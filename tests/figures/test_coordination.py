"""Numbers of neighbours as drawn are those of the table."""

import numpy as np

from support.figure_tables import T0, points, synthetic_structure_values
from thermalcg import figures
from thermalcg.figures import style


def test_coordination_of_all_beads_and_of_species():
    table = synthetic_structure_values()
    axes = figures.coordination(table, T0).axes
    # rows are all beads and A around B, columns splines and networks
    for axis, name, source in (
        (axes[0], "coordination", "spline"),
        (axes[3], "coordination A around B", "hipnn_ts"),
    ):
        own = table[(table["observable"] == name) & (table["source"] == source) & (table["mode"] == "trf1")]
        np.testing.assert_allclose(points(axis, style.MODES["trf1"].label)[1], own["value"])
        known = table[(table["observable"] == name) & (table["source"] == "all_atom")]
        np.testing.assert_allclose(points(axis, "all-atom")[1], known["value"])
