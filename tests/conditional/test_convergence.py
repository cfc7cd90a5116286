"""Which labels count as converged."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.conditional.convergence import convergence_table
from thermalcg.conditional.labels import label_batches, label_frames


def labels(converged=(1, 1, 1, 1), split=(0, 0, 1, 1), rhat=1.02, probe=None, noise=10.0):
    """A label dataset of one rung with given diagnostics."""
    rng, frames = np.random.default_rng(0), len(split)
    shape = ("frame", "rung", "bead", "axis")
    data = {
        "rhat_energy": (("frame", "rung"), np.full((frames, 1), rhat)),
        "rhat_force": (("frame", "rung"), np.full((frames, 1), rhat)),
        "ess_energy": (("frame", "rung"), np.full((frames, 1), 50.0)),
        "converged": (("frame", "rung"), np.array(converged, np.int8)[:, None]),
        "split": ("frame", np.array(split, np.int8)),
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
    assert (row["test_frames"], row["test_frames_flagged"]) == (2, 0)
    assert np.isnan(row["probe_to_noise"])


@pytest.mark.parametrize(
    ("converged", "fraction", "flagged"),
    [((0, 0, 0, 0, 0), 0.0, 3), ((0, 1, 1, 0, 1), 0.6, 1), ((0, 0, 1, 1, 1), 0.6, 0)],
)
def test_frames_that_have_not_converged_are_counted(converged, fraction, flagged):
    row = convergence_table(labels(converged, split=(0, 0, 1, 1, 1))).iloc[0]
    assert row["converged_fraction"] == pytest.approx(fraction)
    assert (row["frames"], row["test_frames"], row["test_frames_flagged"]) == (5, 3, flagged)


def test_the_verdict_is_that_of_the_labels_whatever_the_rhat():
    assert convergence_table(labels(rhat=1.5)).iloc[0]["converged_fraction"] == 1.0
    assert convergence_table(labels(rhat=1.5)).iloc[0]["rhat_force"] == 1.5


@pytest.mark.parametrize(("probe", "fraction"), [(12.0, 1.0), (40.0, 0.0)])
def test_a_probe_far_beyond_the_noise_outweighs_chains_that_agree(probe, fraction):
    row = convergence_table(labels(probe=probe)).iloc[0]
    assert row["probe_to_noise"] == pytest.approx(probe / 10)
    assert row["probe_energy_gap"] == pytest.approx(6.0)
    assert row["converged_fraction"] == fraction


def samples(rng, apart, n_samples=400, rungs=(300.0, 340.0)):
    """Conditional samples of two chains; ``apart`` (frame, rung) are differences between their forces."""
    apart = np.asarray(apart, float)
    frames, beads = len(apart), 4
    force = rng.normal(size=(frames, 2, len(rungs), n_samples, beads, 3))
    force[:, 1] += apart[:, :, None, None, None]
    return xr.Dataset(
        {
            "force": (("frame", "chain", "rung", "sample", "bead", "axis"), force),
            "energy": (("frame", "chain", "rung", "sample"), rng.normal(size=force.shape[:4])),
            "walker": (("frame", "chain", "rung", "sample"), np.zeros(force.shape[:4], np.int16)),
            "acceptance": (("frame", "chain", "pair"), np.ones((frames, 2, 1))),
            "site_position": (("frame", "bead", "axis"), np.zeros((frames, beads, 3))),
        },
        coords={"rung": list(rungs)},
        attrs={"temperature_K": 300.0, "box_nm": 1.5},
    )


def test_labels_say_which_frames_and_rungs_have_converged():
    data = samples(np.random.default_rng(1), [[0, 0], [3, 0], [0, 3]])
    found = label_frames(data, np.zeros(3), "single_rung", rhat_limit=1.1)
    np.testing.assert_array_equal(found["converged"], [[1, 1], [0, 1], [1, 0]])
    assert found["converged"].dims == ("frame", "rung")
    assert found["converged"].attrs["units"] == "1"
    # a limit above every R-hat, or none, lets all pass
    worst = float(np.maximum(found["rhat_energy"], found["rhat_force"]).max())
    for limit in ({"rhat_limit": worst + 0.01}, {}):
        assert label_frames(data, np.zeros(3), "single_rung", **limit)["converged"].values.all()


def test_an_energy_that_has_not_converged_counts_as_well():
    data = samples(np.random.default_rng(2), [[0, 0]])
    data["energy"][0, 0, 1] += 3.0
    found = label_frames(data, np.zeros(1), "single_rung", rhat_limit=1.1)
    np.testing.assert_array_equal(found["converged"], [[1, 0]])


def test_batches_give_the_labels_of_all_frames_at_once():
    rng = np.random.default_rng(3)
    whole = samples(rng, [[0, 0], [1, 0], [0, 2], [0, 0], [1, 1]])
    n = whole.sizes["sample"]
    probes = {
        "probe_energy": (("probe", "rung", "sample"), rng.normal(size=(2, 2, n))),
        "probe_force": (("probe", "rung", "sample", "bead", "axis"), rng.normal(size=(2, 2, n, 4, 3))),
        "probe_frame": (("probe",), [3, 4]),
    }
    whole = whole.assign(probes)
    split = np.array([0, 0, 0, 1, 1])
    parts = [whole.drop_dims("probe").isel(frame=slice(0, 2)), whole.drop_dims("probe").isel(frame=[2])]
    parts.append(whole.isel(frame=slice(3, 5)))
    expected = label_frames(whole, split, "single_rung", 1.1)
    found = label_batches(iter(parts), split, "single_rung", 1.1)
    xr.testing.assert_identical(found.transpose(*expected.dims), expected.transpose(*expected.dims))
