"""Ratios as drawn are those of the tables."""

import pandas as pd
import pytest

from thermalcg import figures


def test_sampler_cost():
    steps = pd.DataFrame(
        [(64, w, 1.0, 1.0 + 0.1 * k, 1.0, 1.3) for k, w in enumerate(("ordinary", "anchored com"))],
        columns=["molecules", "what", "ms_per_step", "ratio", "low", "high"],
    )
    whole = pd.DataFrame(
        [(64, w, 900.0, 1.0 + k, 1.0, 2.5) for k, w in enumerate(("plain loop", "pinned processes"))],
        columns=["molecules", "what", "steps_per_s", "ratio", "low", "high"],
    )
    fig = figures.sampler_cost(steps, whole)
    assert fig.axes[0].containers[0][0].get_ydata() == pytest.approx([1.1])
    assert fig.axes[1].containers[0][0].get_ydata() == pytest.approx([2.0])
