"""Noise of labels with local energies, and the share of the response that they keep."""

import numpy as np
import xarray as xr

from thermalcg.benchmark.size_scan import label_noise


def conditional_samples(n_frames=30, n_samples=200, spread=2.0, seed=5):
    """Forces that respond to the own molecule's energy and to that of one neighbour at 0.4 nm, and how."""
    rng = np.random.default_rng(seed)
    n, box, T = 8, 8.0, 300.0
    position = np.zeros((n_frames, n, 3))
    position[..., 0] = np.array([0.0, 0.4, 2.0, 2.4, 4.0, 4.4, 6.0, 6.4])
    energy = spread * rng.normal(size=(n_frames, 2, n_samples, n))
    neighbour = energy[..., [1, 0, 3, 2, 5, 4, 7, 6]]
    response = rng.normal(size=(n_frames, 1, 1, n, 3))
    force = response * (energy + neighbour)[..., None] + rng.normal(size=(n_frames, 2, n_samples, n, 3))
    samples = xr.Dataset(
        {
            "force": (("frame", "chain", "rung", "sample", "bead", "axis"), force[:, :, None]),
            "energy": (("frame", "chain", "rung", "sample"), energy.sum(axis=-1)[:, :, None]),
            "sample_energy": (("frame", "chain", "sample", "bead"), energy),
            "site_position": (("frame", "bead", "axis"), position),
        },
        attrs={"temperature_K": T, "box_nm": box},
    )
    return samples, Direction(response[:, 0, 0])


class Direction:
    """A model that knows the response of these frames up to a factor."""

    def __init__(self, response):
        self.response = response

    def thermal_response(self, position, box, temperature):
        assert position.shape == self.response.shape
        return 0.3 * self.response


def test_local_energies_keep_what_is_near_and_lose_the_noise_of_the_rest():
    samples, direction = conditional_samples()
    table = label_noise(samples, direction, [0.2, 0.5], block_ps=2.0, sample_ps=0.1)
    table = table.set_index("radius_nm")
    near, own = table.loc[0.5], table.loc[0.2]
    assert abs(near["share"] - 1) < 4 * near["share_stderr"]
    assert abs(own["share"] - 0.5) < 4 * own["share_stderr"]  # the neighbour is missed
    assert max(own["share_stderr"], near["share_stderr"]) < 0.05
    assert (table["block_ps"] == 2.0).all()
    assert near["noise_kJ_per_mol_nm_K"] < 0.75 * table.loc[np.inf]["noise_kJ_per_mol_nm_K"]
