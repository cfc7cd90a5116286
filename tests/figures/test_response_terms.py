"""Sizes as drawn are those of the table, filled where they are resolved."""

import numpy as np

from support.figure_tables import synthetic_response_terms
from thermalcg import figures


def test_every_part_is_a_point_beside_its_noise():
    table = synthetic_response_terms()
    axes = figures.response_terms(table).axes
    shell = table["part"].str.contains("energy")
    for axis, rows in (
        (axes[0], table[table["quantity"] == "force"]),
        (axes[1], table[(table["quantity"] == "response") & ~shell]),
        (axes[2], table[(table["quantity"] == "response") & shell]),
    ):
        drawn = {line.get_label(): line for line in axis.lines}
        for label, chosen in (("resolved", rows["resolved"]), ("not resolved", ~rows["resolved"])):
            np.testing.assert_allclose(drawn[label].get_xdata(), rows.loc[chosen, "size"])
        np.testing.assert_allclose([bar.get_width() for bar in axis.patches], rows["noise"])
        # the first part of the table is the topmost one
        names = [text.get_text() for text in axis.get_yticklabels()]
        assert names == [part.removeprefix("energy ") for part in rows["part"]]
        assert axis.get_yticks()[0] == len(rows) - 1
