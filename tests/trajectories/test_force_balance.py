"""The Yvon-Born-Green equation: a gas of pairs that is sampled exactly, and a binary Lennard-Jones liquid."""

import numpy as np
import pytest

from support import lennard_jones
from thermalcg.trajectories.force_balance import (
    FEWEST_BLOCKS,
    block_count,
    force_balances,
    overall_factor,
    pair_sums,
    reach,
)
from thermalcg.units import KB

pytestmark = pytest.mark.physics

T, EDGE, FRAMES = 300.0, 1.0, 60_000
ONE = np.zeros(2, np.int64)


def potential(r):
    """A repulsive wall and a well of three kB T, kJ/mol, which end at half the box."""
    return 60 * (1 - 2 * r) ** 3 - 8 * np.sin(2 * np.pi * r) ** 4


def slope(r, h=1e-6):
    return (potential(r + h) - potential(r - h)) / (2 * h)


def pair_gas(temperature=T, noise=200.0, seed=1):
    """Two beads a frame, less than half the box apart, at exact Boltzmann weights; forces have noise."""
    rng, grid = np.random.default_rng(seed), np.linspace(0, EDGE / 2, 20_001)
    weight = np.cumsum(grid**2 * np.exp(-potential(grid) / (KB * temperature)))
    r = np.interp(rng.uniform(size=(FRAMES, 1)), weight / weight[-1], grid)
    direction = rng.normal(size=(FRAMES, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    first, images = rng.uniform(0, EDGE, (FRAMES, 3)), rng.integers(-1, 2, (FRAMES, 3))
    position = np.stack([first, first - r * direction + EDGE * images], axis=1)
    force = -slope(r) * direction
    return position, np.stack([force, -force], axis=1) + rng.normal(0, noise, (FRAMES, 2, 3))


def test_both_sides_are_the_force_of_the_known_potential():
    position, force = pair_gas()
    (balance,) = force_balances(pair_sums(position, force, np.full(3, EDGE), ONE), T, ("bead",))
    assert len(balance.r) > 15
    for side, error in ((balance.measured, balance.measured_se), (balance.expected, balance.expected_se)):
        z = (side + slope(balance.r)) / error
        # ten blocks: Student's t of nine degrees of freedom has the variance 9/7; splines overlap by three
        assert np.mean(z**2) < 9 / 7 * (1 + 5 * np.sqrt(2 * 3 / len(z)))
    assert abs(balance.factor - 1) < 4.3 * balance.factor_se < 0.1


@pytest.mark.parametrize("scale", [1 / 4.184, 4.184, 10.0, 0.1, 41.84, 1 / 41.84, 1.15])
def test_the_factor_is_that_between_the_units(scale):
    position, force = pair_gas(noise=0.0)
    value, error = overall_factor(pair_sums(position, scale * force, np.full(3, EDGE), ONE), T)
    assert abs(value / scale - 1) < 4.3 * error / scale < 0.1


def test_a_wrong_temperature_gives_the_ratio_of_both():
    position, force = pair_gas(temperature=400.0)
    value, error = overall_factor(pair_sums(position, force, np.full(3, EDGE), ONE), 300.0)
    assert abs(value - 4 / 3) < 4.3 * error < 0.2


def test_noise_does_not_pull_the_factor_towards_zero():
    """Few frames, twenty times over: their mean is 1 within its error, where a plain fit is far below."""
    position, force = pair_gas(noise=0.0)
    cross, plain = [], []
    for part in range(20):
        chosen = slice(part * 3000, (part + 1) * 3000)
        sums = pair_sums(position[chosen], force[chosen], np.full(3, EDGE), ONE)
        cross.append(overall_factor(sums, T)[0])
        a, b = (x.sum(axis=(0, 1)) for x in (KB * T * sums.expected, sums.measured))
        plain.append((a @ b) / (a @ a))
    error = np.std(cross, ddof=1) / np.sqrt(len(cross))
    assert abs(np.mean(cross) - 1) < 3.6 * error
    assert np.mean(plain) < 0.9


def test_a_liquid_of_two_species_keeps_it_for_every_pair_of_them():
    data = lennard_jones.trajectory()
    edges, species = np.full(3, data.attrs["box_nm"]), data["species"].values.astype(np.int64)
    sums = pair_sums(data["position"].values, data["force"].values, edges, species)
    balances = force_balances(sums, T, ("A", "B"))
    assert [balance.pair for balance in balances] == [("A", "A"), ("A", "B"), ("B", "B")]
    for balance in balances:
        # 4.3: the 99.9 % width of Student's t with nine degrees of freedom
        assert abs(balance.factor - 1) < 4.3 * balance.factor_se < 0.08
    value, error = overall_factor(sums, T)
    assert abs(value - 1) < 4.3 * error < 0.05
    # one species with forces of the other's units is found where all pairs together may hide it
    wrong = data["force"].values * np.where(species == 1, 4.184, 1)[:, None]
    a, _, b = force_balances(pair_sums(data["position"].values, wrong, edges, species), T, ("A", "B"))
    assert abs(a.factor - 1) < 0.08
    assert abs(b.factor / 4.184 - 1) < 0.08


def test_the_reach_scales_with_the_box_and_ends_at_its_half():
    assert reach(2, np.full(3, 1.0)) == 0.5
    assert reach(1000, np.full(3, 3.0)) == pytest.approx(3 * 0.3)
    assert reach(1000, np.full(3, 30.0)) == pytest.approx(3 * 3.0)


def test_long_runs_are_thinned(monkeypatch):
    monkeypatch.setattr("thermalcg.trajectories.force_balance.MOST_PAIRS", 50)
    sums = pair_sums(np.zeros((1000, 2, 3)), np.zeros((1000, 2, 3)), np.ones(3), ONE)
    np.testing.assert_array_equal(sums.frames, 20 * np.arange(50))


def test_too_few_frames():
    assert block_count(8) == FEWEST_BLOCKS
    with pytest.raises(ValueError, match="7 frames; allowed: at least 8"):
        block_count(7)
