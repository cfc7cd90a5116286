"""Shares, noise and force errors as drawn are those of the table."""

import numpy as np
import pandas as pd
import pytest

from thermalcg import figures


def test_radius_scan():
    rows = [(r, 0.1, 0.01, 0.9, 0.05, 30.0 + 10 * k, 1.0) for k, r in enumerate((0.3, 0.4, np.inf))]
    columns = [
        "radius_nm", "trf_noise_kJ_per_mol_nm_K", "trf_noise_stderr", "share", "share_stderr",
        "force_error_700K_kJ_per_mol_nm", "force_error_700K_stderr",
    ]  # fmt: skip
    fig = figures.radius_scan(pd.DataFrame(rows, columns=columns))
    assert [t.get_text() for t in fig.axes[0].get_xticklabels()] == ["0.3", "0.4", "box"]
    assert fig.axes[2].containers[0][0].get_ydata() == pytest.approx([30.0, 40.0, 50.0])
    assert fig.axes[2].get_legend_handles_labels()[1] == ["700 K"]
