"""Errors, correlation times and verdicts against known answers."""

import math

import numpy as np
import pytest

from thermalcg import statistics as st


def autoregressive(rng: np.random.Generator, phi: float, shape: tuple[int, int]) -> np.ndarray:
    """Stationary AR(1) series of unit variance, shape (series, time): correlation phi^t."""
    from scipy.signal import lfilter

    noise = rng.normal(size=shape) * math.sqrt(1 - phi**2)
    noise[:, 0] = rng.normal(size=shape[0])
    return lfilter([1.0], [1.0, -phi], noise, axis=1)


def test_standard_error_is_the_scatter_of_means():
    draws = np.random.default_rng(1).normal(3.0, 2.0, size=(6, 20_000))
    errors = st.standard_error(draws)
    assert np.mean(errors**2) == pytest.approx(4 / 6, rel=0.02)
    assert np.mean(errors**2) == pytest.approx(draws.mean(axis=0).var(), rel=0.03)
    assert st.standard_error([1.0, 3.0]) == pytest.approx(1.0)
    np.testing.assert_allclose(st.standard_error(draws.T, axis=1), errors)


def test_standard_error_of_one_piece_is_refused():
    with pytest.raises(ValueError, match="at least 2"):
        st.standard_error(np.ones((1, 5)))


def test_blocks_are_contiguous_and_leave_out_the_start():
    series = np.arange(11)
    np.testing.assert_array_equal(st.blocks(series, 3), [[2, 3, 4], [5, 6, 7], [8, 9, 10]])
    np.testing.assert_allclose(st.block_means(series, 3), [3, 6, 9])
    two = np.stack([series, 10 * series])
    np.testing.assert_allclose(st.block_means(two, 3, axis=1), [[3, 6, 9], [30, 60, 90]])
    for n in (0, 12):
        with pytest.raises(ValueError, match=f"blocks is {n}; allowed: 1 to 11"):
            st.block_means(series, n)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_decorrelation_time_of_an_autoregressive_series(phi):
    rng = np.random.default_rng(2)
    measured = [st.decorrelation_time(s, 0.2) for s in autoregressive(rng, phi, (8, 40_000))]
    # 1 + 2 sum phi^t; the sum is cut at the first negative correlation, hence the tolerance
    assert np.mean(measured) == pytest.approx(0.2 * (1 + phi) / (1 - phi), rel=0.06)


@pytest.mark.parametrize("constant", [0.0, 0.1, -1e6])
def test_decorrelation_time_of_a_constant_is_refused(constant):
    with pytest.raises(ValueError, match="constant"):
        st.decorrelation_time(np.full(1000, constant), 0.2)


def test_decorrelation_time_refuses_bad_input():
    with pytest.raises(ValueError, match="all finite"):
        st.decorrelation_time([0.0, 1.0, np.nan, 2.0, 3.0], 0.2)
    with pytest.raises(ValueError, match="interval is 0"):
        st.decorrelation_time([0.0, 1.0, 0.5, 2.0, 3.0], 0.0)


def test_split_rhat_of_the_same_and_of_shifted_chains():
    chains = np.random.default_rng(3).normal(size=(4, 500, 5))
    chains[0, :, 1] += 2.0  # one chain elsewhere
    chains[:, 250:, 2] += 2.0  # all chains drift alike: only splitting sees it
    chains[0, :, 3] *= 4.0  # same mean, other spread: only the rank form sees it
    rank, split = st.split_rhat(chains), st.split_rhat(chains, method="split")
    assert rank.shape == (5,)
    assert (rank[[0, 4]] < 1.01).all()
    assert (rank[1:4] > 1.1).all()
    assert (split[1:3] > 1.1).all()
    assert split[3] < 1.02


def test_split_rhat_is_that_of_gelman_for_means():
    chains = np.random.default_rng(4).normal(size=(2, 100)) + [[0.0], [0.5]]
    halves = chains.reshape(4, 50)
    within, between = halves.var(axis=1, ddof=1).mean(), halves.mean(axis=1).var(ddof=1)
    assert st.split_rhat(chains, method="split") == pytest.approx(math.sqrt(49 / 50 + between / within))


def test_effective_sample_size_of_correlated_and_of_disagreeing_chains():
    rng = np.random.default_rng(5)
    phi = 0.8
    good = autoregressive(rng, phi, (4, 10_000))
    assert st.effective_sample_size(good) == pytest.approx(40_000 * (1 - phi) / (1 + phi), rel=0.1)
    stuck = good + 3 * np.arange(4)[:, None]
    assert st.effective_sample_size(stuck) < 20
    assert st.effective_sample_size(np.stack([good, stuck], axis=-1)).shape == (2,)


def test_diagnostics_refuse_too_little():
    for shape in ((1, 100), (2, 3)):
        with pytest.raises(ValueError, match="chains have shape"):
            st.split_rhat(np.zeros(shape))
    with pytest.raises(ValueError, match="not finite"):
        st.effective_sample_size(np.full((2, 10), np.nan))


def test_noise_l1_of_known_errors():
    assert st.noise_l1(np.full(7, 3.0), np.full(7, 4.0)) == pytest.approx(5 * math.sqrt(2 / math.pi))
    weighted = st.noise_l1([1.0, 3.0], [0.0, 0.0], weights=[3.0, 1.0])
    assert weighted == pytest.approx(1.5 * math.sqrt(2 / math.pi))


def test_noise_floor_is_what_two_samples_of_one_curve_differ_by():
    rng = np.random.default_rng(6)
    scale = np.linspace(0.5, 2.0, 60)
    for n_a, n_b in ((8, 8), (4, 12)):
        found = np.array(
            [
                st.l1_with_error(
                    1 + scale * rng.normal(size=(n_a, 60)), 1 + scale * rng.normal(size=(n_b, 60))
                )
                for _ in range(300)
            ]
        )
        value, _, noise = found.mean(axis=0)
        exact = math.sqrt(2 / math.pi) * math.sqrt(1 / n_a + 1 / n_b) * scale.mean()
        assert value == pytest.approx(exact, abs=4 * found[:, 0].std() / math.sqrt(300))
        # 14 degrees of freedom, or as few as about 5 for 4 and 12 runs
        assert 0.93 * exact < noise < exact


def test_jackknife_error_of_l1_covers_the_scatter_away_from_the_floor():
    rng = np.random.default_rng(7)
    shift = np.where(np.arange(40) < 20, 3.0, -3.0)

    def runs(n):
        # noise common to all bins of a run, as it is in a real RDF
        return rng.normal(size=(n, 40)) + rng.normal(size=(n, 1)) * np.linspace(0, 2, 40)

    found = np.array([st.l1_with_error(shift + runs(10), runs(5)) for _ in range(300)])
    assert found[:, 0].mean() == pytest.approx(3.0, abs=0.05)
    assert math.sqrt((found[:, 1] ** 2).mean()) == pytest.approx(found[:, 0].std(), rel=0.12)
    assert (np.abs(found[:, 0] - 3.0) < 2 * found[:, 1]).mean() > 0.85


def test_l1_distance_is_the_mean_over_bins():
    assert st.l1_distance([1.0, 2.0, 3.0], [2.0, 2.0, 1.0]) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="same bins"):
        st.l1_with_error(np.ones((3, 4)), np.ones((3, 5)))


@pytest.mark.parametrize(
    ("low", "high", "side", "expected"),
    [
        (0.1, 0.4, "at most", "holds"),
        (0.1, 0.5, "at most", "holds"),
        (0.6, 0.9, "at most", "fails"),
        (0.4, 0.6, "at most", "undecided"),
        (0.1, 0.4, "at least", "fails"),
        (0.6, 0.9, "at least", "holds"),
        (0.5, 0.9, "at least", "holds"),
        (0.4, 0.6, "at least", "undecided"),
        (-math.inf, math.inf, "at most", "undecided"),
        (math.nan, math.nan, "at least", "undecided"),
    ],
)
def test_verdict(low, high, side, expected):
    assert st.verdict(low, high, 0.5, side) == expected


def test_verdict_refuses_bad_input():
    with pytest.raises(ValueError, match="side is 'below'"):
        st.verdict(0, 1, 0.5, "below")
    with pytest.raises(ValueError, match="low <= high"):
        st.verdict(1, 0, 0.5, "at most")


def test_freedom_of_a_sum_of_errors():
    assert st.welch_freedom([1.0, 0.0], [5, 19]) == pytest.approx(5)
    assert st.welch_freedom([1.0, 1.0], [5, 5]) == pytest.approx(10)
    assert 5 < st.welch_freedom([1.0, 2.0], [5, 19]) < 24
    assert st.welch_freedom([0.0, 0.0], [5, 19]) == 5


def test_root_mean_square_is_that_of_all_values():
    assert st.rms([[3.0, -4.0], [0.0, 0.0]]) == pytest.approx(2.5)
    # single precision would lose the small values beside the large ones
    assert st.rms(np.full(3_000_000, 0.1, np.float32)) == pytest.approx(float(np.float32(0.1)), rel=1e-12)


def test_root_of_mean_squared_errors_and_its_error():
    root, error = st.root_of_mean([8.0, 10.0, 9.0])
    assert root == pytest.approx(3.0)
    assert error == pytest.approx(st.standard_error([8.0, 10.0, 9.0]) / 6.0)
    # noise may leave nothing
    root, error = st.root_of_mean([-2.0, 1.0, -1.0])
    assert root == 0
    assert math.isnan(error)


def test_the_root_of_a_square_has_half_its_relative_error():
    assert st.root_with_error(4.0, 0.4) == pytest.approx((2.0, 0.1))
    root, error = st.root_with_error(-4.0, 0.4)
    assert root == 0
    assert math.isnan(error)


@pytest.mark.physics
def test_a_variance_free_of_noise_is_that_of_what_pieces_share():
    """Signal of unit variance under noise three times as large; without a signal it is near zero."""
    rng = np.random.default_rng(11)
    noise, signal = 3 * rng.normal(size=(4000, 4, 2)), rng.normal(size=(4000, 1, 2))
    with_signal, without = (st.variance_free_of_noise(x) for x in (signal + noise, noise))
    assert with_signal.shape == (2,)
    # a product of noise has the variance 9^2 / 6 for four pieces
    error = np.sqrt((9**2 / 6 + 9 + 2) / 4000)
    np.testing.assert_allclose(with_signal, 1, atol=4 * error)
    assert (without < 4 * error).all()
    assert (without >= 0).all()
    np.testing.assert_allclose(
        st.variance_free_of_noise(np.repeat(signal, 3, axis=1)), signal[:, 0].var(axis=0, ddof=1)
    )
