"""Energy expressions in OpenMM's syntax: values, and what is not understood."""

import numpy as np
import pytest

from thermalcg.atomistic.expressions import Expression, UnknownExpression


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("2*x^2-1", {"x": 3.0}, 17.0),
        ("-x^2", {"x": 3.0}, -9.0),
        ("2^-1 + 1e-3*x", {"x": 1.0}, 0.501),
        ("a*x; a=b+1; b=2*x", {"x": 2.0}, 10.0),
        # words of Python are names to OpenMM
        ("lambda*x+in", {"lambda": 0.5, "x": 4.0, "in": 1.0}, 3.0),
        ("step(x-1)*x + select(y, 3, 5)", {"x": 1.0, "y": 0.0}, 6.0),
        ("4*epsilon*((sigma/r)^12-(sigma/r)^6)", {"epsilon": 1.0, "sigma": 1.0, "r": 2 ** (1 / 6)}, -1.0),
        ("sqrt(x)*erfc(0)+min(x,2)+max(x,2)", {"x": 4.0}, 8.0),
        ("7", {}, 7.0),
    ],
)
def test_values(text, values, expected):
    assert Expression(text)(values) == pytest.approx(expected, rel=1e-12)


def test_many_at_once_and_tables():
    found = Expression("c(type)*x", {"c": lambda i: np.array([2.0, 5.0])[i]})
    np.testing.assert_array_equal(found({"type": np.array([1, 0]), "x": np.array([1.0, 3.0])}), [5, 6])


@pytest.mark.parametrize(
    "text",
    [
        "bessel(x)",
        "x +* 2",
        "x.real",
        "[x]",
        "x if x else 1",
        "'a'",
        "__import__('os')",
        "(x)(2)",
        "x and 1",
        "sqrt(x, y=2)",
    ],
)
def test_what_is_not_understood_is_refused_before_it_is_evaluated(text):
    with pytest.raises(UnknownExpression):
        Expression(text)


def test_a_name_without_a_value_is_named():
    with pytest.raises(UnknownExpression, match="'k' has no value"):
        Expression("k*x")({"x": 1.0})
