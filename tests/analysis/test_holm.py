"""Holm's correction: a known example, its order, and the rate of false verdicts in simulated families."""

import numpy as np
import pytest

from thermalcg.analysis.holm import holm_levels


def test_levels_of_an_example():
    """Four p-values: the two smallest are decided at 0.05/4 and 0.05/3; the third fails at 0.05/2."""
    levels = holm_levels([0.03, 0.005, 0.04, 0.01])
    np.testing.assert_allclose(levels, [0.025, 0.0125, 0.025, 0.05 / 3])
    assert (np.array([0.03, 0.005, 0.04, 0.01]) <= levels).tolist() == [False, True, False, True]


def test_the_last_of_all_decided_is_tested_at_the_full_level():
    np.testing.assert_allclose(holm_levels([1e-9, 0.049, 1e-8]), [0.05 / 3, 0.05, 0.025])


def test_no_test_after_an_undecided_one_is_decided():
    """0.02 is above 0.05/3, so that 0.024, below 0.05/2, is not decided either."""
    chances = np.array([0.02, 0.024, 0.9])
    levels = holm_levels(chances)
    assert (chances > levels).all()
    np.testing.assert_allclose(levels, 0.05 / 3)


def test_a_test_that_was_not_made_is_never_decided():
    levels = holm_levels([np.nan, 1e-9])
    np.testing.assert_allclose(levels, [0.05, 0.025])
    assert holm_levels([]).size == 0


@pytest.mark.parametrize("shared", [0.0, 0.9])
@pytest.mark.parametrize("true_effects", [0, 6])
def test_the_rate_of_any_false_verdict(shared, true_effects):
    """Twelve one-sided tests, some of large effects, the others of none, with common noise or without."""
    rng, n, m = np.random.default_rng(1), 4000, 12
    from scipy.special import ndtr

    z = np.sqrt(1 - shared) * rng.normal(size=(n, m)) + np.sqrt(shared) * rng.normal(size=(n, 1))
    z[:, :true_effects] += 6.0
    chances = ndtr(-z)
    decided = np.array([row <= holm_levels(row) for row in chances])
    false = decided[:, true_effects:].any(axis=1).mean()
    assert false <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / n)
    if not shared:
        assert false > 0.03  # and the correction is no larger than it has to be
    assert decided[:, :true_effects].all() or true_effects == 0 or decided[:, :true_effects].mean() > 0.99
