"""The tables of compiled dynamics against the functions they stand for."""

import numpy as np
import pytest

from support.random_potential import PRIOR, settings_of
from thermalcg.models.prior import NO_PRIOR
from thermalcg.models.spline.basis import radial_basis
from thermalcg.models.spline.kernels import pair_curve
from thermalcg.models.spline.tables import INTERVALS, tables_of, truncated_powers

pytestmark = pytest.mark.physics


@pytest.mark.parametrize("n", [1, 2, 4, 9])
def test_truncated_powers_span_the_radial_functions_exactly(n):
    r_min, r_cut = 0.23, 0.42
    width = (r_cut - r_min) / n
    value, slope = np.empty(n), np.empty(n)
    for r in np.linspace(r_min, r_cut + 0.01, 57):
        radial_basis(r, r_min, r_cut, n, value, slope)
        powers = np.maximum(0.0, (r_cut - r) / width - np.arange(n))
        scale = max(np.abs(truncated_powers(n) @ powers**3).max(), 1)
        np.testing.assert_allclose(truncated_powers(n) @ powers**3, value, atol=1e-12 * scale)
        np.testing.assert_allclose(
            truncated_powers(n) @ (-3 * powers**2 / width), slope, atol=1e-12 * scale / width
        )


def test_nodes_hold_pairs_and_prior_and_end_at_zero():
    settings = settings_of("spline")
    flat = np.random.default_rng(2).normal(size=settings.functions)
    tables = tables_of(flat, settings, PRIOR.curve, PRIOR.onset_nm)
    at = np.array([0, 100, 7000, INTERVALS - 1])
    r = np.sqrt(tables.first + at / tables.per_r2)
    assert r[0] < 0.5 * settings.pair_min_nm
    energy, slope = pair_curve(r, flat[: settings.pair_functions], settings.ranges)
    repulsion, steepness = PRIOR.curve(r)
    np.testing.assert_allclose(tables.energy[at], energy + repulsion, rtol=1e-9)
    np.testing.assert_allclose(tables.force[at] * r, -(slope + steepness), rtol=1e-9)
    assert tables.energy[INTERVALS] == tables.force[INTERVALS] == 0
    assert tables.cutoff == settings.pair_cutoff_nm


def test_a_prior_that_reaches_further_than_the_pairs_sets_the_cutoff():
    settings = settings_of("spline")
    flat = np.zeros(settings.functions)
    assert tables_of(flat, settings, NO_PRIOR.curve, 0.0).cutoff == settings.pair_cutoff_nm
    assert tables_of(flat, settings, NO_PRIOR.curve, 0.9).cutoff == 0.9
