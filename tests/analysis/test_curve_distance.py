"""Distances of curves from independent pieces: no floor, intervals that cover, noise that is shared."""

import numpy as np
import pytest

from thermalcg.analysis.curve_distance import Curves, distance, distance_ratio, squared_distance

pytestmark = pytest.mark.physics

BINS = 50
R = np.linspace(0, 1, BINS)


def pieces(rng, curve, n=8, noise=0.05):
    """A curve in independent pieces, with noise of each bin and noise common to all bins, as g(r) has."""
    common = rng.normal(size=(n, 1)) * np.sin(2 * np.pi * R)
    return curve + noise * (rng.normal(size=(n, BINS)) + common)


def wave(height):
    return 1 + height * np.cos(3 * np.pi * R)


def exact(height):
    return float(((wave(height) - 1) ** 2).mean())


@pytest.mark.parametrize("height", [0.0, 0.02, 0.2])
def test_the_squared_distance_has_no_bias(height):
    rng, n = np.random.default_rng(1), 2000
    found = [squared_distance(pieces(rng, wave(height)), pieces(rng, wave(0.0), 5)) for _ in range(n)]
    assert np.mean(found) == pytest.approx(exact(height), abs=4 * np.std(found) / np.sqrt(n))
    # what the distance of the means has on average from noise alone
    floor = 0.05**2 * (1 + 0.5) * (1 / 8 + 1 / 5)
    assert floor > 10 * np.std(found) / np.sqrt(n)


@pytest.mark.parametrize("height", [0.0, 0.02, 0.2])
def test_intervals_hold_the_exact_square(height):
    rng, n = np.random.default_rng(2), 600
    inside = []
    for _ in range(n):
        found = distance(Curves(pieces(rng, wave(height))), pieces(rng, wave(0.0)))
        low, high = found.root_bounds
        inside.append(low <= np.sqrt(exact(height)) <= high)
    # near zero the jackknife is on the safe side
    assert 0.95 - 4 * np.sqrt(0.05 * 0.95 / n) <= np.mean(inside)
    assert np.mean(inside) < 0.975 or height < 0.1


def test_a_ratio_covers_and_shares_the_noise_of_the_reference():
    """Two models of equal distance from a reference whose noise is larger than theirs."""
    rng, n, inside, widths = np.random.default_rng(3), 400, [], []
    for _ in range(n):
        reference = pieces(rng, wave(0.0), 6, noise=0.06)
        models = [Curves(pieces(rng, wave(0.1), noise=0.01)) for _ in range(2)]
        ratio = distance_ratio(*models, reference)
        inside.append(ratio.interval.low <= 1 <= ratio.interval.high)
        widths.append(ratio.interval.high - ratio.interval.low)
        alone = distance(models[0], reference)
    assert np.mean(inside) > 0.95 - 4 * np.sqrt(0.05 * 0.95 / n)
    # as independent, the ratio would have twice the relative error of one square
    assert np.median(widths) < 0.7 * 2 * 1.96 * alone.error / alone.square / np.sqrt(2)


def test_bounds_of_a_ratio_miss_as_often_as_they_say():
    rng, n, missed = np.random.default_rng(4), 500, np.zeros(2)
    for _ in range(n):
        reference = pieces(rng, wave(0.0), 12, noise=0.02)
        models = [Curves(pieces(rng, wave(h), 12, noise=0.02)) for h in (0.03, 0.1)]
        low, high = distance_ratio(*models, reference).bounds(0.05)
        missed += high < 0.3, low > 0.3
    assert (missed / n <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / n)).all()


def trained(rng, spread, members=12, length=8, noise=0.01, change_noise=0.01):
    """A model whose training moves its curve, and what other training would change, from each piece."""
    height = 0.2 + spread * rng.normal()
    others = [wave(height + spread * rng.normal()) - wave(height) for _ in range(members)]
    changes = np.array([pieces(rng, one, length, change_noise) for one in others])
    return Curves(pieces(rng, wave(height), length, noise), runs=4, changes=changes)


def test_the_noise_of_training_is_in_the_error_once():
    rng, n, inside, errors, squares = np.random.default_rng(5), 400, [], [], []
    for _ in range(n):
        found = distance(trained(rng, spread=0.03), pieces(rng, wave(0.0), noise=0.01))
        low, high = found.root_bounds
        inside.append(low <= np.sqrt(exact(0.2)) <= high)
        errors.append(found.error)
        squares.append(found.square)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(squares), rel=0.12)
    assert np.mean(inside) > 0.95 - 4 * np.sqrt(0.05 * 0.95 / n)


def test_noise_of_the_changes_is_not_noise_of_training():
    """The variance has no bias, however noisy the change from one piece is."""
    rng, spread, found = np.random.default_rng(6), 0.03, []
    for change_noise in (0.0, 0.1):
        variances = [
            trained(rng, spread, change_noise=change_noise).training(wave(0.0))[0] for _ in range(400)
        ]
        found.append(np.mean(variances))
    slope = 2 * 0.2 * (np.cos(3 * np.pi * R) ** 2).mean()
    assert found[0] == pytest.approx((slope * spread) ** 2, rel=0.1)
    assert found[1] == pytest.approx(found[0], rel=0.15)
    equal = [trained(rng, 0.0, change_noise=0.1).training(wave(0.0)) for _ in range(300)]
    # half of the variances are negative by chance, and count as none
    assert np.mean([variance == 0 for variance, _ in equal]) > 0.35
    assert all(len(changes) == 12 for _, changes in equal)


def test_training_data_that_two_models_share_are_shared_in_their_ratio():
    rng, widths = np.random.default_rng(7), {}
    reference = pieces(rng, wave(0.0), 20, noise=1e-4)
    for shared in (True, False):
        moves = 0.03 * rng.normal(size=(2, 40))
        moves[1] = moves[0] if shared else moves[1]
        models = []
        for move in moves:
            changes = np.array([np.tile(wave(0.2 + m) - wave(0.2), (20, 1)) for m in move])
            models.append(Curves(pieces(rng, wave(0.2), 20, 1e-4), runs=20, changes=changes))
        interval = distance_ratio(*models, reference).interval
        widths[shared] = interval.high - interval.low
    assert widths[True] < 0.1 * widths[False]


def test_equal_members_leave_the_error_of_their_mean():
    rng = np.random.default_rng(8)
    members = np.array([wave(0.2 + m) for m in 0.03 * rng.normal(size=30)])
    variance, changes = Curves(pieces(rng, wave(0.2), 8, 1e-4), 8, members).training(wave(0.0))
    assert variance == pytest.approx(changes.var(ddof=1) / 30, rel=0.01)


def test_members_that_differ_by_the_noise_of_their_runs_add_nothing():
    rng, none = np.random.default_rng(9), 0
    for _ in range(300):
        own = pieces(rng, wave(0.2), 12, 0.05)
        members = own.reshape(3, 4, BINS).mean(axis=1)
        none += Curves(own, 12, members, member_runs=4).training(wave(0.0))[0] == 0
    assert 0.4 < none / 300 < 0.8


def test_curves_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="three or more"):
        Curves(np.ones((2, BINS)))
    with pytest.raises(ValueError, match="different bins"):
        distance(Curves(np.ones((3, BINS))), np.ones((3, BINS + 1)))
