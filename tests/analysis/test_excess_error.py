"""Excess force errors from instantaneous forces, where the errors themselves are known."""

import numpy as np
import pytest

from thermalcg.analysis.excess_error import (
    ExcessError,
    excess_error,
    excess_of,
    excess_ratio,
    excess_table,
    force_ratios,
)
from thermalcg.analysis.ratios import ErrorRatio
from thermalcg.models.names import ModelKey

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


BLOCKS, MEMBERS = 8, 13


def losses(rng, excesses, *, noise=6.0, training=0.0, members=MEMBERS):
    """Losses of models of known excess, then of their yardstick, shape (member, block) each.

    Instantaneous forces have a large noise that all models share.  What the test frames add to a difference
    is in proportion to the excess, as are the changes by the training data, which the models share.
    """
    common = 6e4 + 3000 * rng.normal(size=BLOCKS)
    weights = rng.normal(size=BLOCKS)
    resampled = np.concatenate([[rng.normal()], rng.normal(size=members - 1)])
    resampled[1:] += resampled[0] - resampled[1:].mean()
    found = []
    for excess in excesses:
        test = excess**2 + noise * excess * (weights + 0.3 * rng.normal(size=BLOCKS))
        found.append(common + test + training * excess * resampled[:, None])
    return *found, np.tile(common, (members, 1))


def test_ratios_of_excess_errors_are_covered():
    rng, n, missed = np.random.default_rng(6), 1000, np.zeros(2)
    for _ in range(n):
        ratio = excess_ratio(*losses(rng, (8.0, 16.0)), bootstrapped=True)
        low, high = ratio.bounds(0.05)
        missed += high < 0.5, low > 0.5
    assert (missed / n <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / n)).all()


def test_what_models_share_is_not_noise_of_their_ratio():
    """Two models that differ by a factor on every block and in every member."""
    rng = np.random.default_rng(7)
    *_, star = losses(rng, ())
    own = star + 100 * (1 + 0.5 * rng.normal(size=star.shape))
    half = star + (own - star) / 4
    interval = excess_ratio(half, own, star, bootstrapped=True).interval
    assert interval == pytest.approx((0.5, 0.5, 0.5))
    assert excess_of(own, star, bootstrapped=True).error > 10


def test_the_noise_of_training_widens_a_ratio():
    rng = np.random.default_rng(8)
    widths = []
    for own_noise in (0.0, 5.0):
        top, bottom, star = losses(rng, (8.0, 16.0), noise=0.1)
        top = top + own_noise * rng.normal(size=(MEMBERS, 1))
        interval = excess_ratio(top, bottom, star, bootstrapped=True).interval
        widths.append(interval.high - interval.low)
        equals = excess_ratio(top, bottom, star, bootstrapped=False).interval
    assert widths[1] > 5 * widths[0]
    assert equals.high - equals.low < 0.5 * widths[1]  # the mean of 13


def test_tables_of_the_excess_and_its_ratios():
    rng = np.random.default_rng(9)
    names = ("trf1", "energy_matching", "baseline", "at_temperature")
    found = dict(zip(names, losses(rng, (8.0, 12.0, 16.0), noise=0.5), strict=True))
    data = {(ModelKey("spline", mode), 300.0): own for mode, own in found.items()}
    data[ModelKey("spline", "baseline"), 395.0] = found["baseline"]  # no yardstick there
    data[ModelKey("hipnn_ts", "trf1"), 300.0] = found["trf1"]
    table = excess_table(data).set_index("mode")
    assert table["temperature_K"].tolist() == [300.0] * 3
    assert table["excess_kJ_per_mol_nm"].tolist() == pytest.approx([8.0, 12.0, 16.0], rel=0.1)
    assert (table["low"] < table["excess_kJ_per_mol_nm"]).all()
    ratios = force_ratios(data).set_index(["mode", "against"])
    assert set(ratios.index) == {
        ("trf1", "baseline"), ("energy_matching", "baseline"), ("trf1", "energy_matching"),
        ("baseline", "energy_matching"),
    }  # fmt: skip
    row = ratios.loc["trf1", "energy_matching"]
    assert row["ratio"] == pytest.approx(2 / 3, rel=0.1)
    assert ErrorRatio.of_row(row).chance_below(1.0) < 0.01
