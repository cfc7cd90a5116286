"""Noise and shares as drawn are those of the table."""

import itertools

import numpy as np
import pandas as pd

from thermalcg import figures


def test_size_scan():
    rows = [
        (n, r, 3.0 * np.sqrt(n / 64) if np.isinf(r) else 2.0, 0.1, share, 0.05, e, block)
        for n, r, (e, block, share) in itertools.product(
            (64, 512),
            (0.4, np.inf),
            (("covariance", 2.0, 0.5), ("covariance", 4.0, 0.9), ("residual products", np.nan, 0.8)),
        )
    ]
    columns = [
        "molecules",
        "radius_nm",
        "noise_kJ_per_mol_nm_K",
        "stderr",
        "share",
        "share_stderr",
        "estimator",
        "block_ps",
    ]
    fig = figures.size_scan(pd.DataFrame(rows, columns=columns))
    labels = {text for axis in fig.axes for text in axis.get_legend_handles_labels()[1]}
    assert {"whole box", "0.4 nm", "64 molecules", "512 molecules"} <= labels
    np.testing.assert_allclose(fig.axes[0].containers[1][0].get_ydata(orig=False), [3.0, 3.0 * np.sqrt(8)])
    # of the labels those of the longest blocks
    shares = [c[0].get_ydata(orig=False) for axis in fig.axes[2:] for c in axis.containers]
    np.testing.assert_allclose(np.ravel(shares), [0.9, 0.9, 0.8, 0.8])
