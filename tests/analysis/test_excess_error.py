"""Excess force errors from instantaneous forces, where the errors themselves are known."""

import numpy as np
import pytest

from thermalcg.analysis.excess_error import ExcessError, excess_error

pytestmark = pytest.mark.physics

N, NOISE = 5, 200.0


def field(slope):
    """The mean force of the frames below is that of slope -3."""

    def evaluate(positions):
        return np.zeros(len(positions)), slope * positions

    return evaluate


def frames(n, seed):
    """Sites of unit variance, and forces with the noise of an instantaneous mapped force, uneven in size."""
    rng = np.random.default_rng(seed)
    position = rng.normal(size=(n, N, 3))
    return position, -3 * position + NOISE * rng.normal(size=position.shape) * (1 + 0.5 * np.abs(position))


def test_the_noise_of_the_forces_drops_out():
    """e^2 - e*^2 for errors of the slope of 20 and 4, under noise that is ten times as large."""
    position, force = frames(4000, 1)
    found = excess_error([field(17.0)], [field(1.0)], position, force, blocks=20, bootstrapped=True)
    exact = (20.0**2 - 4.0**2) * (position**2).mean()
    assert abs(found.square - exact) < 4 * found.test_error
    assert found.test_error < 0.25 * exact
    root, error = found.root
    assert root == pytest.approx(np.sqrt(found.square))
    assert error == pytest.approx(found.error / (2 * root))


def test_a_better_force_field_than_the_yardstick_has_a_negative_square():
    position, force = frames(4000, 2)
    found = excess_error([field(-3.0)], [field(22.0)], position, force, blocks=20, bootstrapped=True)
    assert found.square < -4 * found.test_error
    assert found.root[0] == 0.0
    assert np.isnan(found.root[1])
    assert found.root_interval == (0.0, 0.0, 0.0)


def test_intervals_hold_the_exact_value_as_often_as_they_say():
    """Two force fields of equal error: the square is zero, and so is inside 95 % of the intervals."""
    inside = []
    for seed in range(300):
        position, force = frames(60, seed)
        found = excess_error([field(7.0)], [field(-13.0)], position, force, blocks=6, bootstrapped=True)
        inside.append(found.interval.low <= 0 <= found.interval.high)
    # a share of 300 has a standard deviation of 0.0126
    assert np.mean(inside) == pytest.approx(0.95, abs=4 * 0.0126)


def test_errors_of_training_are_added():
    """Bootstrap members scatter like the fit; members that are equals leave the error of their mean."""
    position, force = frames(400, 3)
    rng = np.random.default_rng(4)
    slopes = 10 + 2 * rng.normal(size=41)
    members, yardstick = [field(s) for s in slopes], [field(-3.0)]
    squares = np.array([((s * position - force) ** 2).mean() for s in slopes])
    fixed = excess_error(members[:1], yardstick, position, force, blocks=8, bootstrapped=True)
    assert fixed.training_error == 0.0
    assert fixed.freedom == pytest.approx(7.0)
    boot = excess_error(members, yardstick, position, force, blocks=8, bootstrapped=True)
    assert boot.square == pytest.approx(fixed.square)
    assert boot.training_error == pytest.approx(squares[1:].std(ddof=1))
    assert boot.error == pytest.approx(np.hypot(fixed.test_error, boot.training_error))
    equals = excess_error(members, yardstick, position, force, blocks=8, bootstrapped=False)
    assert equals.training_error == pytest.approx(squares.std(ddof=1) / np.sqrt(41))
    reference = ((-3 * position - force) ** 2).mean()
    assert equals.square == pytest.approx(squares.mean() - reference)
    # those of the yardstick count as much
    swapped = excess_error(yardstick, members, position, force, blocks=8, bootstrapped=True)
    assert swapped.square == pytest.approx(-boot.square)
    assert swapped.error == pytest.approx(boot.error)


def test_ends_of_an_interval_may_be_negative():
    found = ExcessError(square=9.0, test_error=8.0, training_error=6.0, freedom=1e9)
    assert found.error == pytest.approx(10.0)
    assert found.interval == pytest.approx((9.0, 9.0 - 19.6, 9.0 + 19.6), abs=1e-3)
    assert found.root_interval == pytest.approx((3.0, 0.0, np.sqrt(28.6)), abs=1e-3)


def test_forces_of_other_frames_are_refused():
    position, force = frames(10, 5)
    with pytest.raises(ValueError, match=r"shape \(9, 5, 3\); allowed: that of the positions"):
        excess_error([field(1.0)], [field(2.0)], position, force[1:], blocks=2, bootstrapped=True)
    with pytest.raises(ValueError, match="blocks is 11"):
        excess_error([field(1.0)], [field(2.0)], position, force, blocks=11, bootstrapped=True)
