"""Fits to pieces of runs: each from its own frames, and the force field of every purchase from them."""

import numpy as np
import pytest

from support.declared import dataset_differences
from support.economic_runs import HOW, PLAN, PRIOR, SPLINE, T0, run, truth
from thermalcg.benchmark.economics_fits import coefficients_at, fit_pieces, force_coefficients, piece_of
from thermalcg.benchmark.economics_plan import purchases
from thermalcg.models.expansion import Expansion
from thermalcg.models.spline.model import force_rows
from thermalcg.response.projected_splines import ProjectionSettings, project_splines
from thermalcg.response.shells import SHELLS_NM
from thermalcg.storage.declared import declaration

pytestmark = pytest.mark.physics

RUNS = {T0: (1, 480), 300.0: (2, 240), 700.0: (3, 240), 500.0: (4, 240)}
BOUGHT = {b.name: b for b in purchases(T0, [300.0, 500.0], [300.0, T0, 700.0])}


@pytest.fixture(scope="module")
def runs():
    return {T: run(T, seed, frames, energies=T != 500) for T, (seed, frames) in RUNS.items()}


@pytest.fixture(scope="module")
def fits(runs):
    return {T: fit_pieces(own, HOW) for T, own in runs.items()}


def size(coefficients):
    """rms force of coefficients over configurations of the gas, kJ/mol/nm."""
    position = run(T0, 9, 20, 0)["position"].values
    return float(np.sqrt(np.mean((force_rows(position, 1.5, SPLINE) @ coefficients) ** 2)))


@pytest.mark.parametrize("temperature", RUNS)
def test_they_are_as_declared(fits, temperature):
    own = fits[temperature].assign_attrs(config_hash="", versions="", seed=3, created_by="")
    assert dataset_differences(own, declaration("economics/fits/{T}.nc")) == []
    assert own.sizes["case"] == (4 if temperature == T0 else 2)


def test_pieces_are_disjoint_and_start_alike(runs):
    own = runs[T0].assign(number=("time", np.arange(480)))
    taken = {(ps, k): piece_of(own, ps, k, PLAN)["number"].values for ps in (2.4, 4.8) for k in (0, 1)}
    assert taken[2.4, 1].tolist() == list(range(240, 360))
    assert taken[4.8, 1].tolist() == list(range(240, 480))
    assert not set(taken[4.8, 0]) & set(taken[4.8, 1])


def test_a_piece_is_projected_as_a_run_of_its_own(runs, fits):
    own = piece_of(runs[T0], 4.8, 1, PLAN)
    radii = tuple(r for r in SHELLS_NM if r <= 0.75)
    made = project_splines(own, own["molecule_energy"].values, PRIOR, ProjectionSettings(SPLINE, 12, radii))
    case = fits[T0].isel(case=3)
    assert (float(case["length"]), int(case["piece"])) == (4.8, 1)
    np.testing.assert_allclose(case["base"], made.first.base)
    np.testing.assert_allclose(case["law"], made.coefficients("heat_capacity"))


def test_a_fit_to_forces_alone_is_theta_of_the_projection(runs, fits):
    own = piece_of(runs[T0], 2.4, 0, PLAN)
    np.testing.assert_allclose(force_coefficients(own, HOW, 12), fits[T0]["base"].values[0], rtol=1e-8)


@pytest.mark.parametrize("name", [name for name in BOUGHT if name != "energy_matching"])
def test_every_purchase_finds_the_force_field(fits, name):
    """At 300 K, where that of T0 is wrong by 0.2 kJ/mol/nm for each kelvin; energies here mean nothing."""
    exact = truth(300.0)[0]
    wrong = size(truth(T0)[0] - exact)
    found = [size(coefficients_at(BOUGHT[name], fits, 2.4, piece, 300.0) - exact) for piece in (0, 1)]
    if name == "baseline":
        assert np.mean(found) == pytest.approx(wrong, rel=0.2)
    elif name == "upper":
        # the truth is a line in T, the law one in ln T: it reaches from 395 to 300 K too far
        too_far = (700 - T0) * np.log(300 / T0) / np.log(700 / T0) - (300 - T0)
        assert np.mean(found) == pytest.approx(wrong * too_far / (300 - T0), rel=0.3)
    else:
        assert np.mean(found) < wrong / 2


def test_a_run_at_each_temperature_knows_its_own_alone(fits):
    found = coefficients_at(BOUGHT["at_temperature"], fits, 2.4, 1, 500.0)
    np.testing.assert_allclose(found, fits[500.0]["base"].values[1])


def test_two_runs_of_forces_agree_with_a_line_in_ln_t(fits):
    cold, hot = (fits[T]["base"].values[0] for T in (300.0, 700.0))
    share = np.log(500 / 300) / np.log(700 / 300)
    found = coefficients_at(BOUGHT["ends"], fits, 2.4, 0, 500.0)
    np.testing.assert_allclose(found, (1 - share) * cold + share * hot, rtol=1e-6)


def test_the_response_of_one_run_follows_its_law(fits):
    found = coefficients_at(BOUGHT["response"], fits, 4.8, 0, 500.0)
    h = Expansion("heat_capacity", T0).values(500.0)
    np.testing.assert_allclose(found, h @ fits[T0]["law"].values[2])


def test_a_piece_that_was_not_fitted_is_named(fits):
    with pytest.raises(KeyError, match="no fit to piece 0 of 4.8 ps at 300 K"):
        coefficients_at(BOUGHT["ends"], fits, 4.8, 0, 500.0)
