"""Bars are the costs of the stages."""

from support.figure_tables import synthetic_benchmarks
from thermalcg import figures


def test_cost_adds_the_rules_of_a_stage():
    (axis,) = figures.cost(synthetic_benchmarks()).axes
    assert sorted(bar.get_width() for bar in axis.patches) == [0, 3, 690, 859, 3000, 5000]
