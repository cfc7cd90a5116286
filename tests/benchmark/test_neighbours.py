"""The measurement of the searches for neighbours runs, and the committed table bears out the limit."""

from pathlib import Path

import pytest

from thermalcg.benchmark.neighbours import NUMBERS, REACHES, liquid, measure_neighbours
from thermalcg.geometry import neighbours
from thermalcg.storage.tables import read_table

TABLE = Path(__file__).resolve().parents[2] / "results/reference/neighbours/neighbours.csv"


def test_a_measurement_has_a_row_for_each_number_and_reach_that_fit():
    table = measure_neighbours((64, 216), (0.42, 0.6, 0.68), repeats=2)
    assert list(zip(table["beads"], table["reach_nm"], strict=True)) == [
        *((64, r) for r in (0.42, 0.6)),
        *((216, r) for r in (0.42, 0.6, 0.68)),
    ]
    assert (table[["tree_us", "cells_us", "all_pairs_us"]] > 0).all(axis=None)


def test_searches_that_disagree_are_an_error(monkeypatch):
    monkeypatch.setattr(neighbours.NeighbourSearch, "in_cells", lambda self, x: self.in_tree(x)[1:])
    with pytest.raises(ValueError, match="64 beads within 0.42 nm"):
        measure_neighbours((64,), (0.42,), repeats=1)


def test_the_reference_says_which_search_is_faster():
    table = read_table(TABLE, ("beads", "reach_nm", "tree_us", "cells_us", "all_pairs_us"))
    assert set(table["beads"]) == set(NUMBERS)
    assert set(table["reach_nm"]) == set(REACHES)
    few = table[table["beads"] < neighbours.FEW_BEADS]
    assert (few["tree_us"] < few["cells_us"]).mean() > 0.5
    assert (few["all_pairs_us"] < few[["tree_us", "cells_us"]].min(axis=1)).all()
    many = table[table["beads"] >= 2 * neighbours.FEW_BEADS]
    assert (many["cells_us"] < many["tree_us"]).all()


def test_the_liquid_has_the_density_of_water():
    position, edge = liquid(512)
    assert len(position) / edge**3 == pytest.approx(33.4)
    assert ((position >= 0) & (position < edge)).all()
