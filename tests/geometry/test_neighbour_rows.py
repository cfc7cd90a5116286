"""Rows of neighbours against all pairs, when they are outdated, and boxes in which there are none."""

import numpy as np
import pytest

from thermalcg.geometry.neighbour_rows import (
    FEW_BEADS,
    LANES,
    SKIN_NM,
    Reach,
    no_rows,
    outdated,
    reach_of,
    renewed,
)
from thermalcg.geometry.periodic import minimum_image

pytestmark = pytest.mark.unit


def neighbours(position, edges, reach):
    """Of every bead those within the far and the near reach, by looking at all pairs."""
    distance = np.sqrt((minimum_image(position[:, None] - position[None], edges) ** 2).sum(axis=-1))
    np.fill_diagonal(distance, np.inf)
    return [set(np.flatnonzero(row < reach.far)) for row in distance], [
        set(np.flatnonzero(row < reach.near)) for row in distance
    ]


@pytest.mark.parametrize(
    ("n", "edges"),
    [
        (300, [2.1, 2.1, 2.1]),  # three cells
        (200, [1.5, 1.5, 1.5]),  # one
        (400, [3.6, 1.6, 2.2]),  # five, one and three
        (900, [4.0, 4.0, 4.0]),
    ],
)
def test_rows_hold_every_neighbour_once(n, edges):
    edges = np.array(edges)
    x = np.random.default_rng(n).uniform(-3, 5, (n, 3))
    reach = reach_of(n, edges, 0.42, 0.6)
    skin = min(SKIN_NM, 0.499 * edges.min() - 0.6)
    assert reach == pytest.approx(Reach(0.42 + skin, 0.6 + skin, skin))
    rows = renewed(np.ascontiguousarray(x.T), edges, reach, no_rows())
    far, near = neighbours(x, edges, reach)
    for i in range(n):
        length, n_near, selves = rows.lengths[i]
        row = rows.beads[i, :length].tolist()
        assert length % LANES == 0
        assert 1 <= selves <= LANES
        assert row[length - selves :] == [i] * selves
        found = row[: length - selves]
        assert len(found) == len(far[i])
        assert set(found) == far[i]
        assert set(found[:n_near]) == near[i]


def test_rows_grow_where_beads_crowd():
    """A droplet in a large box: far more neighbours than the mean density has."""
    edges = np.full(3, 8.0)
    x = np.random.default_rng(0).normal(4.0, 0.25, (300, 3))
    reach = reach_of(300, edges, 0.42, 0.6)
    rows = renewed(np.ascontiguousarray(x.T), edges, reach, no_rows())
    far, _ = neighbours(x, edges, reach)
    assert [int(length - own) for length, _, own in rows.lengths] == [len(row) for row in far]


def test_rows_are_outdated_when_a_bead_has_moved_half_the_skin():
    edges, n = np.full(3, 3.0), 200
    position = np.random.default_rng(1).uniform(0, 3, (3, n))
    reach = reach_of(n, edges, 0.4, 0.6)
    assert outdated(position, no_rows(), reach)
    rows = renewed(position, edges, reach, no_rows())
    assert not outdated(position, rows, reach)
    position[1, 7] += 0.499 * SKIN_NM
    assert not outdated(position, rows, reach)
    position[1, 7] += 0.002 * SKIN_NM
    assert outdated(position, rows, reach)
    again = renewed(position, edges, reach, rows)
    assert again.beads is rows.beads
    assert not outdated(position, again, reach)


def test_few_beads_and_tight_boxes_have_no_rows():
    for n, edge in ((FEW_BEADS, 4.0), (500, 1.21)):
        reach = reach_of(n, np.full(3, edge), 0.42, 0.6)
        assert reach == Reach(0.42, 0.6, 0.0)
        assert not outdated(np.zeros((3, n)), no_rows(), reach)
