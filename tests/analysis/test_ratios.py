"""Ratios of errors whose squares are noisy: coverage, bounds and chances on simulated data of known truth."""

import math

import numpy as np
import pytest
from scipy.special import stdtrit

from thermalcg.analysis.ratios import RATIO_COLUMNS, ErrorRatio, Noise, independent_ratio

pytestmark = pytest.mark.physics

#: Standard deviation of a share of n draws that should be 0.05, with room of four of them.
DRAWS = 2000
ROOM = 4 * math.sqrt(0.05 * 0.95 / DRAWS)


def measured(rng, ratio, noise, pieces=9, shared=0.0):
    """Two errors, the lower one 1, from pieces with noise of each and noise that both share, as squares."""
    own = rng.normal([ratio, 1.0], noise, size=(pieces, 2)) + shared * rng.normal(size=(pieces, 1))
    mean = own.mean(axis=0)
    covariance = np.cov(own.T) / pieces * np.outer(2 * mean, 2 * mean)
    return ErrorRatio(*mean**2, (Noise(covariance, pieces - 1.0),))


def known(top, bottom, errors, covariance=0.0):
    both = np.array([[errors[0] ** 2, covariance], [covariance, errors[1] ** 2]])
    return ErrorRatio(top, bottom, (Noise(both, 1e9),))


def test_value_and_interval_of_a_well_known_ratio():
    ratio = known(1.0, 4.0, (0.01, 0.04))
    value, low, high = ratio.interval
    assert value == pytest.approx(0.5)
    # relative errors of the squares of 1 % each: of the root half of their hypotenuse
    width = 1.96 * 0.5 * 0.5 * math.hypot(0.01, 0.01)
    assert (high - low) / 2 == pytest.approx(width, rel=0.01)


@pytest.mark.parametrize("noise", [0.05, 0.3])
@pytest.mark.parametrize("exact", [0.3, 1.0])
def test_bounds_miss_as_often_as_they_say(exact, noise):
    """Also where an error is three of its standard errors, so that an expansion of the ratio would fail."""
    rng, missed = np.random.default_rng(1), np.zeros(3)
    for _ in range(DRAWS):
        ratio = measured(rng, exact, noise, pieces=9)
        low, high = ratio.bounds(0.05)
        both = ratio.interval
        missed += high < exact, low > exact, not both.low <= exact <= both.high
    assert (missed / DRAWS <= 0.05 + ROOM).all()
    assert noise > 0.1 or (missed[[0, 2]] / DRAWS > 0.02).all()  # and are not wider than they have to be


def test_chances_are_uniform_where_the_ratio_is_the_threshold():
    rng = np.random.default_rng(2)
    chances = [measured(rng, 1.0, noise=0.3).chance_below(1.0) for _ in range(DRAWS)]
    for level in (0.01, 0.05, 0.2):
        assert np.mean(np.array(chances) <= level) == pytest.approx(
            level, abs=4 * math.sqrt(level * (1 - level) / DRAWS)
        )


def test_a_chance_is_the_level_at_which_the_bound_reaches_the_threshold():
    rng = np.random.default_rng(3)
    for _ in range(50):
        ratio = measured(rng, 0.75, noise=0.3)
        below, above = ratio.chance_below(1.0), ratio.chance_above(0.5)
        if below < 0.5:
            assert ratio.bounds(below * 1.01)[1] <= 1.0
            assert ratio.bounds(below * 0.99)[1] > 1.0
        if above < 0.5:
            assert ratio.bounds(above * 1.01)[0] >= 0.5 > ratio.bounds(above * 0.99)[0]


def test_noise_that_both_squares_share_drops_out():
    rng = np.random.default_rng(4)
    widths = {}
    for shared in (0.0, 0.2):
        ratios = [measured(rng, 1.0, noise=0.05, shared=shared) for _ in range(200)]
        widths[shared] = np.median([ratio.interval.high - ratio.interval.low for ratio in ratios])
        assert np.mean([ratio.interval.low <= 1 <= ratio.interval.high for ratio in ratios]) > 0.9
    # the contrast of two equal squares does not see it at all; as independent it would widen fourfold
    assert widths[0.2] < 1.5 * widths[0.0]


def test_a_lower_square_that_may_be_zero_bounds_nothing():
    low, high = known(1.0, 0.05, (0.1, 0.1)).bounds(0.025)
    assert (low, high) == (0.0, math.inf)
    negative = known(1.0, -0.5, (0.1, 0.1))
    assert math.isnan(negative.value)
    assert negative.interval[1:] == (0.0, math.inf)
    assert min(negative.chance_below(1.0), negative.chance_above(1.0)) > 0.5
    # and one that is far from zero bounds a ratio whose upper square is negative by chance
    value, low, high = known(-0.05, 1.0, (0.1, 0.1)).interval
    assert (value, low) == (0.0, 0.0)
    assert 0.38 < high < 0.7  # a square of -0.05 +- 0.1 may be 0.15, and with it grows its variance


def test_the_freedom_is_that_of_the_worst_known_part():
    few, many = (Noise(np.diag(v), f) for v, f in (((1.0, 0.0), 3), ((0.01, 1.0), 30)))
    assert ErrorRatio(1.0, 1.0, (few, many)).freedom == pytest.approx(3.06, abs=0.05)
    low, high = ErrorRatio(1000.0, 1000.0, (few,)).bounds(0.025)
    assert high**2 - low**2 == pytest.approx(-2 * stdtrit(3, 0.025) / 1000, rel=0.01)


def test_a_model_compared_with_itself_has_the_ratio_one():
    ratio = known(2.0, 2.0, (0.3, 0.3), covariance=0.09)
    assert ratio.interval == pytest.approx((1, 1, 1))
    assert not min(ratio.chance_below(1.0), ratio.chance_above(1.0)) < 0.5


def test_a_row_of_a_table_gives_the_same_ratio():
    rng = np.random.default_rng(5)
    ratio = measured(rng, 0.7, noise=0.1, shared=0.2)
    row = ratio.row()
    assert [*RATIO_COLUMNS[:4], *row] == RATIO_COLUMNS
    again = ErrorRatio.of_row(row)
    assert again.interval == pytest.approx(ratio.interval)
    assert again.chance_below(1.0) == pytest.approx(ratio.chance_below(1.0))


def test_the_ratio_of_two_positive_quantities():
    value, low, high = independent_ratio((2.0, 0.02), (4.0, 0.04), 1e9)
    assert value == pytest.approx(0.5)
    assert (high - low) / 2 == pytest.approx(1.96 * 0.5 * math.hypot(0.01, 0.01), rel=0.03)
    # Student's t of few degrees of freedom may leave a ratio without bounds, but never gives [1e-69, 1e68]
    assert independent_ratio((2.0, 1.0), (4.0, 2.0), 1)[1:] == (0.0, math.inf)
