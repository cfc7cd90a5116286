"""Rows of neighbours: the same pairs as the neighbour search, both ways round, and what fills the rows up."""

import numpy as np
import pytest

from support.random_potential import BOX, liquid
from thermalcg.geometry.neighbours import ALL_PAIRS, NeighbourSearch
from thermalcg.geometry.periodic import minimum_image
from thermalcg.models.hipnn_ts.elementary import ANGSTROM_PER_NM
from thermalcg.models.hipnn_ts.rows import BLOCK, LANES, make_rows

CUTOFF, EDGES = 0.6, np.full(3, BOX)


def rows_of(position, first=ALL_PAIRS[0], second=ALL_PAIRS[1]):
    return make_rows(position, EDGES, first, second, CUTOFF * ANGSTROM_PER_NM)


@pytest.mark.parametrize("listed", [False, True])
def test_rows_hold_every_neighbour_within_the_cutoff_and_its_vector(listed):
    position = liquid()[0]
    candidates = NeighbourSearch(BOX, 0.7)(position) if listed else ALL_PAIRS
    rows = rows_of(position, *candidates)
    vector = minimum_image(position[None] - position[:, None], BOX)
    distance = np.linalg.norm(vector, axis=-1)
    for i in range(len(position)):
        place = slice(rows.start[i], rows.start[i + 1])
        who, d, square = rows.neighbour[place], rows.d[:3, place] / ANGSTROM_PER_NM, rows.d[3, place]
        real = who != i
        assert sorted(who[real]) == sorted(np.flatnonzero((distance[i] < CUTOFF) & (distance[i] > 0)))
        np.testing.assert_allclose(d[:, real].T, vector[i, who[real]], atol=1e-12)
        np.testing.assert_allclose(square, (d**2).sum(axis=0) * ANGSTROM_PER_NM**2)
        # what fills a row up lies at the cutoff, where it has no weight
        assert len(who) % LANES == 0
        np.testing.assert_allclose(np.linalg.norm(d[:, ~real], axis=0), CUTOFF)
    blocks = rows.start[[*range(0, len(position), BLOCK), len(position)]]
    assert rows.most == np.diff(blocks).max()
    assert not rows.overlap


def test_beads_on_one_spot_are_seen():
    position = liquid()[0]
    position[3] = position[7]
    assert rows_of(position).overlap
    position[3, 0] += BOX
    assert rows_of(position).overlap


def test_a_bead_alone_has_an_empty_row():
    rows = rows_of(np.array([[0.1, 0.1, 0.1], [0.9, 0.9, 0.9]]))
    assert rows.start.tolist() == [0, 0, 0]
    assert rows.most == 0
