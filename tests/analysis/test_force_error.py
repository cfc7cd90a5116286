"""Force errors without the noise of the labels, and what is left of them over the yardstick."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from support.noisy_labels import RUNGS, Model, label_dataset
from thermalcg.analysis import force_error as ev
from thermalcg.conditional.own_frames import NoTestFrames

T0 = 400.0


def noisy_labels(rng, n_frames, n_chains, error=2.0, noise=5.0, beads=4):
    """Predictions whose squared error is known, and chains whose noise hides it."""
    truth = rng.normal(size=(n_frames, beads, 3)) * 30
    prediction = truth + error * rng.choice([-1.0, 1.0], size=truth.shape)
    # frames differ in noise, and the components of a chain share a part of theirs
    size = noise * rng.uniform(0.5, 1.5, size=(n_frames, 1, 1, 1))
    own = rng.normal(size=(n_frames, n_chains, beads, 3))
    shared = rng.normal(size=(n_frames, n_chains, 1, 1))
    return truth, prediction, truth[:, None] + size * (own + shared)


@pytest.mark.parametrize("n_chains", [2, 3, 5])
def test_cross_chain_error_is_free_of_label_noise(n_chains):
    _, prediction, chains = noisy_labels(np.random.default_rng(1), 20_000, n_chains)
    clean = ev.cross_chain_error(prediction, chains)
    assert clean.mean() == pytest.approx(2.0**2, abs=4 * clean.std() / np.sqrt(len(clean)))
    raw = ((prediction - chains.mean(axis=1)) ** 2).mean()
    assert raw > 2 * 2.0**2  # what the noise would have made of it


def test_cross_chain_error_is_the_mean_over_pairs_of_chains():
    _, prediction, chains = noisy_labels(np.random.default_rng(2), 6, 4)
    residual = prediction[:, None] - chains
    pairs = [(residual[:, a] * residual[:, b]).mean(axis=(1, 2)) for a, b in combinations(range(4), 2)]
    np.testing.assert_allclose(ev.cross_chain_error(prediction, chains), np.mean(pairs, axis=0))


def test_cross_chain_error_without_noise_is_the_squared_error():
    truth, prediction, _ = noisy_labels(np.random.default_rng(3), 5, 2)
    np.testing.assert_allclose(ev.cross_chain_error(prediction, np.stack([truth, truth], axis=1)), 4.0)


def test_one_chain_is_refused():
    with pytest.raises(ValueError, match=r"conditional\.chains must be 2 or more"):
        ev.cross_chain_error(np.zeros((3, 4, 3)), np.zeros((3, 1, 4, 3)))


def test_force_errors_use_test_frames_at_their_own_temperature():
    labels = label_dataset()
    table = ev.force_errors([Model(), Model(force=1.1)], labels)
    assert np.isfinite(table.to_numpy(float)).all()
    assert table.groupby("member").size().tolist() == [3, 3]
    assert (table["temperature_K"] == 400.0).all()
    own = labels.isel(rung=1, frame=slice(3, None))
    prediction, chains = 1.1 * 400 * own["site_position"].values, own["chain_mean_force"].values
    second = table[table["member"] == 1]
    np.testing.assert_allclose(second["squared_error"], ev.cross_chain_error(prediction, chains))
    raw = ((prediction - chains.mean(axis=1)) ** 2).mean(axis=(1, 2))
    np.testing.assert_allclose(second["squared_error_raw"], raw)
    np.testing.assert_allclose(second["label_square"], (chains.mean(axis=1) ** 2).mean(axis=(1, 2)))


def test_frames_whose_chains_disagree_test_like_all_others():
    labels = label_dataset(frames=10, flagged=(1, 6, 9))
    table = ev.force_errors([Model(force=1.1)], labels)
    position = labels["site_position"].values[5:]
    chains = labels["chain_mean_force"].values[5:, :, 1]
    np.testing.assert_allclose(table["squared_error"], ev.cross_chain_error(1.1 * 400 * position, chains))
    assert ev.parity(Model(), labels).sizes["frame"] == 5


def test_without_two_test_frames_there_is_no_error():
    labels = label_dataset(frames=2)
    for use in (lambda: ev.force_errors([Model()], labels), lambda: ev.parity(Model(), labels)):
        with pytest.raises(NoTestFrames):
            use()


def test_label_variance_is_that_of_the_mean_of_the_chains():
    table = ev.force_errors([Model()], label_dataset(frames=4000))
    assert table["label_variance"].mean() == pytest.approx(1 / 2, rel=0.03)
    assert table["squared_error"].mean() == pytest.approx(0.0, abs=0.03)


def test_parity_and_response_errors():
    parity = ev.parity(Model(response=0.5), label_dataset(frames=2000))
    assert np.isfinite(parity["label_trf"]).all()
    np.testing.assert_allclose(parity["label_force"].mean(), parity["predicted_force"].mean(), atol=0.05)
    none = ev.parity(Model(response=0.0), label_dataset())
    table = ev.trf_errors({("spline", "trf1"): parity, ("spline", "baseline"): none})
    assert table["mode"].tolist() == ["trf1"]  # a model without a response is no row
    row = table.iloc[0]
    # labels are twice the prediction, which is off by 0.5 of unit variance
    assert row["rmse_kJ_per_mol_nm_K"] == pytest.approx(0.5, abs=4 * row["stderr"])
    assert row["stderr"] < 0.02
    assert abs(row["slope"] - 2.0) < 4 * row["slope_stderr"]
    assert row["slope_stderr"] < 0.03
    assert row["correlation"] == pytest.approx(
        1 / np.sqrt(1.5), rel=0.05
    )  # chain noise is halved in variance


def error_frames(squared, model="baseline", temperature=500.0, architecture="spline"):
    """Rows of ``force_error_frames.csv`` from squared errors of shape (member, frame)."""
    squared = np.atleast_2d(np.asarray(squared, float))
    member, frame = np.indices(squared.shape).reshape(2, -1)
    return pd.DataFrame(
        {
            "architecture": architecture,
            "mode": model.split("-")[0],
            "model": model,
            "member": member,
            "temperature_K": temperature,
            "frame": frame,
            "squared_error": squared.ravel(),
            "label_variance": 9.0,
        }
    )


MEMBERS = np.array([100.0, 121.0, 81.0, 110.0])


def test_bootstrap_members_scatter_like_the_estimate_itself():
    frames = error_frames(np.tile(MEMBERS[:, None], 5))
    row = ev.summarise_force_errors(frames, {"spline": True}, T0).set_index("seed").loc["all"]
    assert row["rmse_kJ_per_mol_nm"] == pytest.approx(10.0)  # the fit to all frames
    assert row["stderr"] == pytest.approx(np.std(MEMBERS[1:], ddof=1) / (2 * 10.0))
    assert row["noise_floor"] == pytest.approx(3.0)


def test_seeds_are_averaged():
    frames = error_frames(np.tile(MEMBERS[:, None], 5))
    row = ev.summarise_force_errors(frames, {"spline": False}, T0).set_index("seed").loc["all"]
    assert row["rmse_kJ_per_mol_nm"] == pytest.approx(np.sqrt(103.0))
    assert row["stderr"] == pytest.approx(np.std(MEMBERS, ddof=1) / 2 / (2 * np.sqrt(103.0)))


def test_the_scatter_of_test_frames_is_in_every_error():
    squared = 100.0 + 10.0 * np.random.default_rng(5).normal(size=(1, 400))
    table = ev.summarise_force_errors(error_frames(squared), {"spline": True}, T0).set_index("seed")
    expected = squared.std(ddof=1) / 20 / (2 * np.sqrt(squared.mean()))
    np.testing.assert_allclose(table["stderr"], expected)
    assert table.index.tolist() == ["0", "all"]


def study(rng, n_frames=200, excess=(400.0, 100.0), members=1, star=900.0):
    """Baseline, trf1 and yardsticks at three temperatures; excesses above T0 are as given.

    A yardstick is hopeless away from its own temperature.
    """
    tables = []
    for temperature in RUNGS:
        hard = rng.normal(size=n_frames) * 200.0  # frames that are hard are so for every model

        def squared(mean, hard=hard):
            return mean + hard + 50.0 * rng.normal(size=(members, n_frames))

        away = temperature != T0
        tables.append(error_frames(squared(star + excess[0] * away), "baseline", temperature))
        tables.append(error_frames(squared(star + excess[1] * away), "trf1", temperature))
        for own in RUNGS[RUNGS != T0]:
            mean = star if own == temperature else 1e6
            tables.append(error_frames(squared(mean), f"at_temperature-{own:.0f}K", temperature))
    return pd.concat(tables, ignore_index=True)


def test_a_yardstick_counts_at_its_own_temperature_only():
    table = ev.summarise_force_errors(study(np.random.default_rng(6)), {"spline": True}, T0)
    stars = table[(table["mode"] == "at_temperature") & (table["seed"] == "all")]
    assert stars["temperature_K"].tolist() == [300.0, 500.0]
    np.testing.assert_allclose(stars["rmse_kJ_per_mol_nm"], 30.0, atol=1.0)
    np.testing.assert_allclose(table["yardstick"], 30.0, atol=1.0)  # in every row; at T0 it is the baseline
    at_reference = table[
        (table["temperature_K"] == T0) & (table["mode"] == "baseline") & (table["seed"] == "all")
    ]
    np.testing.assert_array_equal(at_reference["yardstick"], at_reference["rmse_kJ_per_mol_nm"])


def test_an_architecture_without_yardstick_has_none():
    frames = error_frames([[100.0, 100.0]], "trf1")
    assert ev.summarise_force_errors(frames, {"spline": True}, T0)["yardstick"].isna().all()


def test_a_baseline_is_no_yardstick_away_from_the_reference():
    """An architecture that is tested at some temperatures only has none at the others."""
    frames = study(np.random.default_rng(8))
    other = frames["temperature_K"] != 500.0
    table = ev.summarise_force_errors(frames[other | (frames["mode"] == "baseline")], {"spline": True}, T0)
    missing = table.groupby("temperature_K")["yardstick"].apply(lambda y: y.isna().all())
    assert missing.to_dict() == {300.0: False, 400.0: False, 500.0: True}
