"""What is bought: every purchase has runs enough for its law, and pieces that fit in the runs."""

import pytest

from thermalcg.benchmark.economics_plan import (
    ECONOMICS,
    Economics,
    production_ps,
    purchases,
    responding_K,
)
from thermalcg.models.expansion import Expansion

BOUGHT = purchases(395, [250, 300, 625, 700], [700, 300, 395])


def test_every_law_is_determined_by_its_runs():
    for bought in BOUGHT:
        known = len(bought.trained_K) * (2 if bought.responses else 1)
        if len(bought.trained_K) > 1 and bought.name != "at_temperature":
            assert Expansion(bought.law, 395).size <= known, bought.name


def test_the_price_counts_every_equilibration():
    prices = {bought.name: bought.cost_ps(80, 40) for bought in BOUGHT}
    assert prices["baseline"] == prices["response"] == prices["energy_matching"] == 120
    assert prices["ends"] == prices["upper_response"] == 240
    assert prices["several"] == 360
    assert prices["at_temperature"] == 480


def test_sets_of_temperatures():
    runs = {bought.name: bought.trained_K for bought in BOUGHT}
    assert runs["ends"] == (300, 700)
    assert runs["upper"] == (395, 700)
    assert runs["several"] == (300, 395, 700)
    assert responding_K(395, [700, 300, 395]) == {300, 395, 700}
    assert set().union(*(b.trained_K for b in BOUGHT if b.responses)) <= responding_K(395, [300, 395, 700])


@pytest.mark.parametrize("temperature", [300, 395])
def test_all_pieces_of_a_run_are_disjoint(temperature):
    ps = production_ps(temperature, 395)
    longest = ECONOMICS.lengths(several=temperature != 395)[-1]
    assert ECONOMICS.pieces * longest <= ps
    assert ps % ECONOMICS.chunk_ps == 0


def test_blocks_of_fits():
    assert [ECONOMICS.blocks(ps) for ps in (20, 40, 320)] == [10, 20, 20]
    assert Economics(block_ps=8).blocks(20) == 3  # the least that can be cross-fitted


def test_what_a_study_has_no_temperatures_for_is_left_out():
    alone = ["baseline", "response", "energy_matching"]
    assert [b.name for b in purchases(395, [], [])] == alone
    assert [b.name for b in purchases(395, [300], [395])] == [*alone, "at_temperature"]
    hottest = {b.name: b.trained_K for b in purchases(700, [300], [300, 700])}
    assert "upper" not in hottest
    assert hottest["ends"] == hottest["several"] == (300, 700)
