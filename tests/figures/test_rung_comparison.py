"""Labels whose slope is not resolved are marked."""

import itertools

import pandas as pd

from thermalcg import figures


def test_rung_comparison():
    rows = [
        (q, e, T, 0.3, 0.01, 1.0, 0.1 if q == "trf" else 5.0)
        for q, e, T in itertools.product(
            ("mean_force", "trf", "trf2", "mean_energy"), ("mbar", "single_rung"), (395.0, 440.0)
        )
    ]
    columns = [
        "quantity",
        "estimator",
        "temperature_K",
        "noise",
        "noise_stderr",
        "slope_on_mbar",
        "slope_stderr",
    ]
    fig = figures.rung_comparison(pd.DataFrame(rows, columns=columns))
    lower = fig.axes[4:]
    assert "not resolved" in {t.get_text() for t in lower[2].texts}
    assert not lower[1].texts
