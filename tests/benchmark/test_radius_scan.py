"""Shares and noise of residual products against the radius of their energy."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.benchmark.radius_scan import radius_table


def test_what_a_radius_keeps_is_the_ratio_of_means_whatever_their_noise():
    rng = np.random.default_rng(7)
    truth, radii = rng.normal(size=(4, 20, 3)), [0.3, 0.4, np.inf]
    kept, noise = np.array([0.5, 0.9, 1.0]), np.array([0.1, 0.2, 0.8])
    replicates = []
    for _ in range(12):
        # a ridge shrinks what is fitted where there is noise; the mean of the products is not fitted
        shrunk = kept[:, None, None, None] * truth / (1 + noise[:, None, None, None] ** 2)
        predicted = shrunk + noise[:, None, None, None] * rng.normal(size=(3, *truth.shape))
        along = kept + 0.1 * noise * rng.normal(size=3)
        squares = np.stack([100 + along, 200 + along], axis=1)
        replicates.append(
            xr.Dataset(
                {
                    "predicted_trf": (("radius", "frame", "bead", "axis"), predicted),
                    "along": (("radius",), along),
                    "force_squared_error": (("radius", "temperature"), squares),
                },
                coords={"radius": radii, "temperature": [300.0, 700.0]},
            )
        )
    table = radius_table(replicates).set_index("radius_nm")
    for radius, share, error in zip(radii, kept, noise, strict=True):
        row = table.loc[radius]
        assert abs(row["share"] - share) <= 4 * row["share_stderr"]
        assert abs(row["trf_noise_kJ_per_mol_nm_K"] - error) < 5 * row["trf_noise_stderr"]
        assert row["force_error_700K_kJ_per_mol_nm"] == pytest.approx(np.sqrt(200 + share), rel=0.02)
    assert table.loc[0.3, "share_stderr"] < 0.05
    assert table.loc[np.inf, "share"] == 1
