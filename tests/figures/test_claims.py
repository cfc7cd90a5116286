"""Verdicts as colours and markers, intervals beyond the panel as arrows."""

import numpy as np

from support.figure_tables import points, synthetic_claims
from thermalcg import figures


def test_claims_colour_verdicts_and_mark_ends_beyond_the_panel():
    axes = figures.claims(synthetic_claims()).axes
    markers = [{line.get_marker() for line in axis.lines} for axis in axes]
    assert markers[0] == {"None", "o", "s", "<", ">"}
    assert markers[1] == {"None", "X"}
    np.testing.assert_allclose(points(axes[2], "fails"), [[0.7], [1]])
    assert [t.get_text() for t in axes[1].texts] == ["no value"]
    assert [t.get_text() for t in axes[2].get_yticklabels()] == ["splines", "HIP-NN-TS"]
    # claims of the study first, each panel with its kind
    assert [axis.get_title() for axis in axes] == [
        "Claim: force excess ratio",
        "Goal: structure ratio",
        "Goal: speed ratio",
    ]
