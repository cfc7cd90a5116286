"""Ensembles of splines from the projected response: what modes and members share, and known answers."""

import numpy as np
import pytest

from support.misspecified import BOX, SPLINE, misspecified
from thermalcg.models.expansion import Expansion
from thermalcg.models.names import MODES
from thermalcg.models.prior import NO_PRIOR
from thermalcg.models.spline.fit import resampled
from thermalcg.models.spline.model import force_rows
from thermalcg.models.training_data import Source
from thermalcg.response.combined_runs import combine_runs
from thermalcg.response.projection_files import projected
from thermalcg.training.projected_models import projected_ensemble

pytestmark = pytest.mark.physics

T0, BLOCKS, SEED = 350.0, 12, 4


@pytest.fixture(scope="module")
def known():
    return misspecified(temperature=T0)


@pytest.fixture(scope="module")
def run(known):
    return projected(known.frames, NO_PRIOR, SPLINE, BLOCKS)


def ensemble(model, runs, members=3):
    return projected_ensemble(model, runs, T0, seed=SEED, members=members)


def coefficients(model, runs, members=3):
    return [p.components.coefficients for p in ensemble(model, runs, members)[0]]


@pytest.mark.parametrize("mode", ["baseline", "trf1", "trf2"])
def test_modes_differ_in_the_response_and_in_nothing_else(run, mode):
    base, own = coefficients("baseline", [run]), coefficients(mode, [run])
    for member in range(3):
        np.testing.assert_array_equal(own[member][0], base[member][0])
    fitted, records = ensemble(mode, [run])
    assert fitted[0].expansion == Expansion(MODES[mode], T0)
    assert [r["resampled"] for r in records] == [False, True, True]


def test_the_response_of_a_model_is_the_derivative_of_its_projection(known, run):
    """Its shares of both terms are one each, where the mean force is beyond the splines."""
    rows = force_rows(known.frames["position"].values[:40], BOX, SPLINE)
    terms = np.stack([(rows @ term).reshape(-1) for term in (known.first, known.second)], axis=1)

    def shares(response):
        return np.linalg.lstsq(terms, response.reshape(-1), rcond=None)[0]

    fitted = ensemble("trf2", [run])[0][0]
    found = shares(fitted.thermal_response(known.frames["position"].values[:40], BOX, T0))
    without = np.array([shares(rows @ response) for response in run.first.response_without])
    error = np.sqrt((BLOCKS - 1) * without.var(axis=0))
    np.testing.assert_array_less(np.abs(found - 1), 3 * error)
    # labels at fixed sites would have no share of the second
    np.testing.assert_array_less(8 * error, found)


def test_members_are_the_resamples_that_other_fits_draw(run):
    drawn = resampled({Source(T0): np.arange(BLOCKS)}, SEED, 2)
    expected = run.coefficients("linear", drawn)
    np.testing.assert_allclose(coefficients("trf1", [run])[2], expected)


def test_several_runs_are_resampled_each_on_its_own():
    runs = [projected(misspecified(240, T, int(T)).frames, NO_PRIOR, SPLINE, BLOCKS) for T in (400.0, 300.0)]
    fitted, records = ensemble("multi_temperature_response", runs)
    cold, hot = runs[1], runs[0]
    sources = {Source(300.0): np.arange(BLOCKS), Source(400.0): np.arange(BLOCKS, 2 * BLOCKS)}
    counts = np.split(resampled(sources, SEED, 1), 2)
    expected = combine_runs([cold, hot], "heat_capacity", reference=T0, multiplicities=counts)
    np.testing.assert_allclose(fitted[1].components.coefficients, expected.components.coefficients, rtol=1e-9)
    whole = combine_runs([cold, hot], "heat_capacity", reference=T0)
    np.testing.assert_allclose(fitted[0].components.coefficients, whole.components.coefficients, rtol=1e-6)
    assert fitted[0].expansion == Expansion("heat_capacity", T0)
    assert len(records[0]["penalties"]) == 2


@pytest.mark.parametrize(("model", "runs"), [("trf1", 2), ("trf1_products", 1), ("at_temperature-300K", 1)])
def test_other_modes_are_refused(run, model, runs):
    with pytest.raises(ValueError, match=f"model is '{model}' of {runs} runs; allowed"):
        ensemble(model, [run] * runs)
