"""Which labels count as converged."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.convergence import convergence_table


def labels(rhat=1.02, probe=None, noise=10.0, frames=4):
    """A label dataset of one rung with given diagnostics."""
    rng = np.random.default_rng(0)
    shape = ("frame", "rung", "bead", "axis")
    data = {
        "rhat_energy": (("frame", "rung"), np.full((frames, 1), rhat)),
        "rhat_force": (("frame", "rung"), np.full((frames, 1), rhat)),
        "ess_energy": (("frame", "rung"), np.full((frames, 1), 50.0)),
        "mean_force_se": (shape, np.full((frames, 1, 5, 3), 3.0)),
        "trf_se": (shape, np.full((frames, 1, 5, 3), 0.1)),
        "chain_mean_force": (("frame", "chain", *shape[1:]), rng.normal(size=(frames, 2, 1, 5, 3))),
        "round_trips": (("frame", "chain"), np.zeros((frames, 2))),
        "acceptance": (("frame", "chain", "pair"), np.zeros((frames, 2, 0))),
    }
    if probe is not None:
        data["probe_energy_gap"] = (("probe", "rung"), [[5.0], [7.0]])
        data["probe_force_difference"] = (("probe", "rung"), [[probe], [probe]])
        data["probe_force_noise"] = (("probe", "rung"), [[noise], [noise]])
    return {300.0: xr.Dataset(data, coords={"rung": [300.0]})}


def test_chains_that_agree_count_as_converged():
    row = convergence_table(labels()).iloc[0]
    assert row["converged_fraction"] == 1.0
    assert np.isnan(row["probe_to_noise"])


def test_a_large_rhat_does_not():
    assert convergence_table(labels(rhat=1.3)).iloc[0]["converged_fraction"] == 0.0


@pytest.mark.parametrize(("probe", "fraction"), [(12.0, 1.0), (40.0, 0.0)])
def test_a_probe_far_beyond_the_noise_outweighs_chains_that_agree(probe, fraction):
    row = convergence_table(labels(probe=probe)).iloc[0]
    assert row["probe_to_noise"] == pytest.approx(probe / 10)
    assert row["probe_energy_gap"] == pytest.approx(6.0)
    assert row["converged_fraction"] == fraction
