"""Residuals at T0, compared with those of the baseline on the same frames."""

import numpy as np
import pytest

from thermalcg.analysis.reference_error import reference_errors
from thermalcg.models.names import ModelKey

SQUARE = np.full(8, 400.0**2)
BASELINE, RESPONSE = ModelKey("spline", "baseline"), ModelKey("spline", "trf2")


def losses(rng, level, members=5, noise=50.0):
    """Squared residuals around a level: fluctuations that all share, and what each resample adds."""
    shared = level + 300 * np.sin(np.arange(8))
    return shared + noise * rng.normal(size=(members, 1))


def test_fluctuations_that_both_share_drop_out():
    rng = np.random.default_rng(1)
    own = {BASELINE: losses(rng, 150e3, noise=0.0), RESPONSE: losses(rng, 150e3 + 40.0, noise=0.0)}
    row = reference_errors(own, SQUARE).set_index("mode").loc["trf2"]
    assert row["above_baseline"] == pytest.approx(40.0)
    assert row["high"] - row["low"] < 1e-6
    assert row["residual_rms"] == pytest.approx(np.sqrt(own[RESPONSE][0].mean()))
    assert row["explained"] == pytest.approx(1 - own[RESPONSE][0].mean() / 160e3)
    assert row["residual_stderr"] > 0


@pytest.mark.physics
@pytest.mark.parametrize("architecture", ["spline", "hipnn_ts"])
def test_intervals_hold_the_true_difference(architecture):
    """Equal models, whose training differs: 95 % of the intervals contain zero."""
    rng, inside = np.random.default_rng(2), 0
    for _ in range(400):
        both = {
            ModelKey(architecture, mode): losses(rng, 150e3) + 30 * rng.normal(size=(5, 8))
            for mode in ("baseline", "trf2")
        }
        row = reference_errors(both, SQUARE).set_index("mode").loc["trf2"]
        inside += row["low"] <= 0 <= row["high"]
    assert 0.91 < inside / 400 <= 1


def test_without_a_baseline_nothing_is_compared():
    rng = np.random.default_rng(3)
    alone = reference_errors({RESPONSE: losses(rng, 150e3)}, SQUARE)
    assert alone[["above_baseline", "low", "high"]].isna().all(axis=None)

    one = reference_errors({BASELINE: losses(rng, 150e3), RESPONSE: losses(rng, 150e3)}, SQUARE)
    assert one.set_index("mode").loc["baseline", ["above_baseline", "low", "high"]].isna().all()


def test_without_other_members_the_error_is_that_of_the_frames():
    rng = np.random.default_rng(4)
    one, other = (losses(rng, level, members=1) + 30 * rng.normal(size=(1, 8)) for level in (150e3, 151e3))
    row = reference_errors({BASELINE: one, RESPONSE: other}, SQUARE).set_index("mode").loc["trf2"]
    difference = (other - one)[0]
    width = 2.364624 * difference.std(ddof=1) / np.sqrt(8)  # Student's t, 7 degrees of freedom
    assert row["high"] - row["above_baseline"] == pytest.approx(width, rel=1e-5)
