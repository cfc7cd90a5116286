"""Neighbours against all pairs, in cubic and orthorhombic boxes, with few beads and many."""

import itertools

import numpy as np
import pytest

from thermalcg.geometry import neighbours
from thermalcg.geometry.inputs import InputError
from thermalcg.geometry.neighbours import (
    ALL_PAIRS,
    DirectedPairs,
    NeighbourList,
    NeighbourSearch,
    closest_pair,
    directed,
)
from thermalcg.geometry.periodic import minimum_image

BOXES = [1.7, np.array([1.5, 1.7, 2.1])]
NUMBERS = [40, 300]  # both searches: few beads, many


def beads(n, box, seed=0):
    """Beads in the box and in its images."""
    return np.random.default_rng(seed).uniform(-1, 2, (n, 3)) * box


def all_pairs(position, box, reach):
    """Pairs closer than ``reach``, by the distances of all."""
    i, j = np.triu_indices(len(position), 1)
    r = np.linalg.norm(minimum_image(position[j] - position[i], box), axis=1)
    return set(zip(i[r < reach].tolist(), j[r < reach].tolist(), strict=True))


def as_set(first, second):
    """Pairs whatever their order; each has to come once."""
    pairs = {(min(p), max(p)) for p in zip(first.tolist(), second.tolist(), strict=True)}
    assert len(pairs) == len(first)
    return pairs


@pytest.mark.parametrize("n", NUMBERS)
@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("reach", [0.42, 0.74])
def test_a_search_finds_the_pairs_of_all_distances(n, box, reach):
    position = beads(n, box)
    found = NeighbourSearch(box, reach)(position)
    assert all(part.dtype == np.int64 for part in found)
    assert as_set(*found) == all_pairs(position, box, reach)


@pytest.mark.parametrize("n", NUMBERS)
def test_both_searches_find_the_same_pairs(n, monkeypatch):
    position, found = beads(n, 1.7), []
    for few in (0, 10_000):
        monkeypatch.setattr(neighbours, "FEW_BEADS", few)
        found.append(as_set(*NeighbourSearch(1.7, 0.6)(position)))
    assert found[0] == found[1]
    assert found[0]


@pytest.mark.parametrize("n", NUMBERS)
def test_the_order_of_the_pairs_is_the_same_every_time(n):
    position = beads(n, 1.7)
    one, again = (NeighbourSearch(1.7, 0.6)(position) for _ in range(2))
    np.testing.assert_array_equal(one, again)


@pytest.mark.parametrize("n", NUMBERS)
def test_no_beads_in_reach_are_no_pairs(n):
    k = 7
    grid = np.stack(np.meshgrid(*3 * [np.arange(k)]), axis=-1).reshape(-1, 3)[:n] * 1.0
    first, second = NeighbourSearch(float(k), 0.9)(grid)
    assert first.shape == second.shape == (0,)


@pytest.mark.parametrize("n", NUMBERS)
@pytest.mark.parametrize("box", BOXES)
def test_a_list_with_a_skin_never_misses_a_pair(n, box):
    rng, skin = np.random.default_rng(1), 0.1
    listed = NeighbourList(box, 0.5, skin)
    x = np.stack([beads(n, box), beads(n, box, 5)])
    renewed = []
    for _ in range(12):
        renewed.append(listed.update(x))
        for position, pairs in zip(x, listed.candidates, strict=True):
            assert all_pairs(position, box, 0.5) <= as_set(*pairs)
        # steps that stay below half the skin for a while; one bead comes in again from the other side
        x = x + rng.uniform(-0.013, 0.013, x.shape)
        x[0, 0] -= box * np.array([1, 0, 0])
    assert renewed[0]
    assert 2 <= sum(renewed) < 10


def test_a_skin_ends_at_half_the_box():
    assert NeighbourList(1.5, 0.7, 0.2).skin == pytest.approx(0.0485)
    assert NeighbourList([3.0, 1.4, 2.0], 0.7, 0.2).skin == 0.0
    listed = NeighbourList(1.4, 0.7, 0.2)
    x = beads(30, 1.4)[None]
    assert [listed.update(x), listed.update(x), listed.update(x + 1e-9)] == [True, False, True]


def test_a_list_is_made_anew_for_another_number_of_configurations():
    listed, x = NeighbourList(1.7, 0.5, 0.1), np.stack([beads(40, 1.7, seed) for seed in range(3)])
    assert listed.update(x)
    assert listed.update(x[:2])
    assert len(listed.candidates) == 2


def test_few_beads_are_looked_at_in_all_pairs():
    listed = NeighbourList(1.7, 0.5, 0.1)
    assert listed.for_loops(np.stack(2 * [beads(NUMBERS[0], 1.7)])) == [ALL_PAIRS, ALL_PAIRS]
    (pairs,) = listed.for_loops(beads(NUMBERS[1], 1.7)[None])
    assert len(pairs[0]) > 0


@pytest.mark.parametrize("n", NUMBERS)
@pytest.mark.parametrize("box", BOXES)
def test_directed_pairs_come_both_ways_with_their_images(n, box):
    x = np.stack([beads(n, box, seed) % box for seed in (1, 2)])
    pairs = DirectedPairs(box, 0.5, 0.05)(x)
    half = len(pairs.first) // 2
    np.testing.assert_array_equal(pairs.first[:half], pairs.second[half:])
    np.testing.assert_array_equal(pairs.second[:half], pairs.first[half:])
    np.testing.assert_array_equal(pairs.shift[:half], -pairs.shift[half:])
    flat = x.reshape(-1, 3)
    vector = flat[pairs.second] - flat[pairs.first] + pairs.shift
    np.testing.assert_allclose((vector**2).sum(axis=1), pairs.distance2)
    assert pairs.distance2.max() < 0.25
    expected = {(i + b * n, j + b * n) for b in (0, 1) for i, j in all_pairs(x[b], box, 0.5)}
    assert as_set(pairs.first[:half], pairs.second[:half]) == expected


def test_directed_pairs_number_the_beads_through_all_configurations():
    first, second = directed([(np.array([0]), np.array([1])), (np.array([1]), np.array([2]))], n_beads=3)
    assert first.tolist() == [0, 4, 1, 5]
    assert second.tolist() == [1, 5, 0, 4]


def test_positions_that_are_not_finite_are_refused():
    x = beads(30, 1.7)[None]
    x[0, 4, 1] = np.inf
    with pytest.raises(FloatingPointError, match="not finite"):
        NeighbourList(1.7, 0.5).update(x)


@pytest.mark.parametrize("make", [NeighbourSearch, NeighbourList, DirectedPairs])
def test_a_box_below_twice_the_reach_is_refused(make):
    with pytest.raises(InputError, match=r"1\.1 nm.*0\.6 nm"):
        make([2.0, 1.1, 2.0], 0.6)
    with pytest.raises(InputError, match="tilted"):
        make([[2, 0, 0], [0.5, 2, 0], [0, 0, 2]], 0.6)


@pytest.mark.parametrize("box", BOXES)
def test_the_closest_pair_is_the_closest_of_all(box):
    position = beads(30, box)
    distances = {
        (i, j): np.linalg.norm(minimum_image(position[j] - position[i], box))
        for i, j in itertools.combinations(range(30), 2)
    }
    pair = min(distances, key=distances.get)
    first, second, distance = closest_pair(position, np.broadcast_to(box, 3).copy())
    assert (first, second) == pair
    assert distance == pytest.approx(distances[pair])
