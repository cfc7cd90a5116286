"""A force field from runs at several temperatures, where the law in T is known."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from support.pair_gas import BOX, gas
from thermalcg.models.expansion import Expansion
from thermalcg.models.prior import NO_PRIOR, Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import force_rows
from thermalcg.response.combined_runs import (
    RunCoefficients,
    combine_runs,
    law_coefficients,
    response_square,
    run_coefficients,
)
from thermalcg.response.projected_splines import ProjectionSettings, project_splines
from thermalcg.storage.datasets import variable
from thermalcg.units import KB

pytestmark = pytest.mark.physics

SPLINE = SplineSettings(
    pair_cutoff_nm=0.6,
    pair_min_nm=0.24,
    pair_functions=6,
    triplet_cutoff_nm=0.42,
    triplet_radial=2,
    triplet_angular=1,
    ridge="auto",
)
SETTINGS = ProjectionSettings(SPLINE, blocks=12, radii_nm=(0.35, 0.5))
T0 = 400.0
#: rms forces of the components of the law, kJ/mol/nm, per K, per K2
SIZES = (50.0, 0.2, 1e-3)


def law(kind):
    """Coefficients of a force field that follows an expansion about T0, shape (K, F)."""
    rows = force_rows(gas(np.random.default_rng(1), 20), BOX, SPLINE)
    size = Expansion(kind, T0).size
    drawn = np.random.default_rng(2).normal(size=(size, SPLINE.functions))
    rms = np.sqrt(np.mean(np.einsum("tbaf,kf->ktba", rows, drawn) ** 2, axis=(1, 2, 3)))
    return drawn * (np.array(SIZES[:size]) / rms)[:, None]


def projected(kind, temperature, seed, frames=360):
    """A run at a temperature: the forces of the law and noise, energies whose covariance is its response."""
    rng = np.random.default_rng(seed)
    position = gas(rng, frames)
    rows, coefficients, expansion = force_rows(position, BOX, SPLINE), law(kind), Expansion(kind, T0)
    force = rows @ (expansion.values(temperature) @ coefficients)
    hidden = 4.0 * rng.normal(size=position.shape[:2])
    change = rows @ (expansion.derivatives(temperature) @ coefficients)
    force = (
        force + KB * temperature**2 * change * (hidden / 16)[..., None] + 20 * rng.normal(size=force.shape)
    )
    dims = ("time", "bead", "axis")
    mapped = xr.Dataset(
        {
            "position": variable(dims, position, "nm"),
            "force": variable(dims, force, "kJ/mol/nm"),
            "split": variable(("time",), np.zeros(frames, np.int8), "1"),
        },
        coords={"time": np.arange(frames) * 0.02},
        attrs={"temperature_K": temperature, "box_nm": BOX},
    )
    return project_splines(mapped, hidden, NO_PRIOR, SETTINGS)


def size(difference):
    """rms force of coefficients over the gas, which is the same at every temperature, kJ/mol/nm."""
    rows = force_rows(gas(np.random.default_rng(3), 40), BOX, SPLINE)
    return float(np.sqrt(np.mean((rows @ difference) ** 2)))


def wrong_by(potential, kind, temperature):
    """rms error of the force field at a temperature, kJ/mol/nm."""
    exact = Expansion(kind, T0).values(temperature) @ law(kind)
    return size(potential.expansion.values(temperature) @ potential.components.coefficients - exact)


@pytest.fixture(scope="module")
def runs():
    return [projected("heat_capacity", t, seed) for t, seed in ((300.0, 11), (700.0, 12))]


def test_two_runs_with_responses_find_a_law_of_three_components(runs):
    """Two temperatures alone leave the curvature open; their responses close it."""
    made = combine_runs(runs, "heat_capacity", reference=T0)
    straight = combine_runs(runs, "linear", responses=False)
    # a curve of 1e-3 is 10 and 20 kJ/mol/nm from the straight line here
    for temperature in (250.0, 450.0):
        assert wrong_by(made, "heat_capacity", temperature) < 4
        assert wrong_by(straight, "heat_capacity", temperature) > 8


def test_the_answer_is_right_within_its_covariance(runs):
    """Squared distance from the true law over its expectation, the inverse of the equations' matrix."""
    known = [run_coefficients(p) for p in runs]
    expansion = Expansion("heat_capacity", T0)
    found = law_coefficients(known, expansion)
    matrix = sum(
        np.kron(np.outer(h, h), precision)
        for run in known
        for h, precision in (
            (expansion.values(run.temperature), run.base_precision),
            (expansion.derivatives(run.temperature), run.response_precision),
        )
    )
    deviation = (found - law("heat_capacity")).reshape(-1)
    # its scale is that of jackknife errors from 12 blocks, known to sqrt(2 / 11) = 43 %
    assert deviation @ matrix @ deviation / len(deviation) == pytest.approx(1, abs=3 * 0.43)


def test_responses_lower_the_error_beyond_the_runs():
    """From 600 and 700 K to 300 K: the law is a line, so that forces alone are enough, but noisy."""
    errors = {True: [], False: []}
    for seed in range(6):
        some = [projected("linear", t, 100 * seed + int(t), frames=120) for t in (600.0, 700.0)]
        for responses in errors:
            made = combine_runs(some, "linear", responses=responses)
            errors[responses].append(wrong_by(made, "linear", 300.0) ** 2)
    assert np.mean(errors[True]) < 0.7 * np.mean(errors[False])


def test_forces_of_two_runs_are_met_exactly_by_a_law_of_two_components(runs):
    made = combine_runs(runs, "logarithmic", responses=False)
    for run in runs:
        h = made.expansion.values(run.first.temperature)
        np.testing.assert_allclose(h @ made.components.coefficients, run.first.base, rtol=1e-6, atol=1e-6)


def test_a_penalty_is_not_taken_for_a_measurement(runs):
    """A strong penalty of the response shrinks theta' of a run, and leaves the combined law as it was."""
    whole = combine_runs(runs, "heat_capacity")
    shrunk = []
    for run in runs:
        strong, first = 1e3 * run.penalties.response, run.first
        factor = np.linalg.solve(first.gram + strong, first.gram + run.penalties.response)
        shells = first.shells @ factor.T
        without = first.shells_without @ factor.T
        own = replace(first, shells=shells, shells_without=without)
        assert own.size(own.response) < 0.9 * first.size(first.response)
        shrunk.append(replace(run, first=own, penalties=run.penalties._replace(response=strong)))
    made = combine_runs(shrunk, "heat_capacity")
    for temperature in (250.0, 450.0):
        h = whole.expansion.values(temperature)
        change = h @ (made.components.coefficients - whole.components.coefficients)
        assert size(change) < 0.5 * wrong_by(whole, "heat_capacity", temperature)


@pytest.mark.parametrize("kind", ["linear", "logarithmic", "quadratic", "heat_capacity"])
def test_the_reference_changes_nothing(runs, kind):
    here, there = (combine_runs(runs, kind, reference=t) for t in (300.0, 555.0))
    for temperature in (280.0, 480.0, 750.0):
        values = [p.expansion.values(temperature) @ p.components.coefficients for p in (here, there)]
        assert size(values[0] - values[1]) < 1e-6 * size(values[0])


def test_two_runs_at_one_temperature_are_the_mean_of_both():
    """Weighted with the inverse of their squared errors, where one has four times the data."""
    one, two = (projected("linear", T0, seed, frames) for seed, frames in ((21, 120), (22, 480)))
    made = law_coefficients([run_coefficients(run) for run in (one, two)], Expansion("linear", T0))
    errors = [run.first.error(run.first.base_without) for run in (one, two)]
    share = 1 / (1 + (errors[0] / errors[1]) ** 2)
    expected = (1 - share) * two.first.base + share * one.first.base
    assert 0.05 < share < 0.5
    # both gram matrices are those of the same gas, up to noise
    assert size(made[0] - expected) < 0.3 * size(one.first.base - two.first.base)


def test_the_estimate_is_the_best_of_independent_runs():
    """Scatter of the answer: the inverse of the equations' matrix, which no linear estimate can beat."""
    rng, expansion = np.random.default_rng(4), Expansion("linear", T0)
    precision = []
    for _ in range(4):
        root = rng.normal(size=(2, 2))
        precision.append(root @ root.T + np.eye(2))
    matrix = sum(
        np.kron(np.outer(h, h), p)
        for h, p in zip(
            [expansion.values(390.0), expansion.values(410.0), [0.0, 1.0], [0.0, 1.0]], precision, strict=True
        )
    )
    truth = np.array([[1.0, -2.0], [0.3, 0.1]])
    noise = [rng.multivariate_normal(np.zeros(2), np.linalg.inv(p), size=4000) for p in precision]
    found = np.array(
        [
            law_coefficients(
                [
                    RunCoefficients(
                        t, expansion.values(t) @ truth + noise[i][n], truth[1] + noise[i + 2][n], *own
                    )
                    for i, (t, own) in enumerate(
                        [(390.0, (precision[0], precision[2])), (410.0, (precision[1], precision[3]))]
                    )
                ],
                expansion,
            )
            for n in range(4000)
        ]
    ).reshape(4000, -1)
    exact = np.linalg.inv(matrix)
    error = np.sqrt(np.diag(exact) / 4000)
    assert (np.abs(found.mean(axis=0) - truth.reshape(-1)) < 4 * error).all()
    # a variance of 4000 is known to 2.2 %
    np.testing.assert_allclose(np.var(found, axis=0), np.diag(exact), rtol=4 * 0.022)


def test_bootstrap_members_scatter_as_the_runs_do(runs):
    same = combine_runs(runs, "linear", multiplicities=[np.ones(12)] * 2)
    whole = combine_runs(runs, "linear")
    np.testing.assert_allclose(same.components.coefficients, whole.components.coefficients, rtol=1e-7)
    rng = np.random.default_rng(5)
    h, drawn = whole.expansion.values(300.0), []
    for _ in range(60):
        multiplicities = [np.bincount(rng.integers(12, size=12), minlength=12) for _ in runs]
        member = combine_runs(runs, "logarithmic", responses=False, multiplicities=multiplicities)
        drawn.append(h[:1] @ member.components.coefficients[:1])
    scatter = np.sqrt(np.mean([size(d - np.mean(drawn, axis=0)) ** 2 for d in drawn]))
    assert scatter == pytest.approx(runs[0].first.error(runs[0].first.base_without), rel=0.35)


def test_a_shell_that_is_left_out_counts_as_an_error(runs):
    """With no shell at all theta' is zero, and not known to be."""
    first = runs[0].first
    noise = np.array([first.error(w) ** 2 for w in np.moveaxis(first.shells_without, 1, 0)])
    shells, without = np.zeros_like(first.shells), first.shells_without - first.shells
    empty = replace(first, shells=shells, shells_without=without, weights=np.zeros(len(first.weights)))
    assert response_square(replace(runs[0], first=empty)) == pytest.approx(noise.sum() * np.sqrt(2 / 11))
    whole = replace(first, weights=np.ones(len(first.weights)))
    expected = first.error(first.shells_without.sum(axis=1)) ** 2
    assert response_square(replace(runs[0], first=whole)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("kind", "responses", "n", "message"),
    [
        ("linear", True, 1, "runs at a single temperature; allowed: two or more"),
        ("heat_capacity", False, 2, "3 components; 2 temperature.s. without responses fix 2"),
    ],
)
def test_too_few_temperatures_are_refused(runs, kind, responses, n, message):
    with pytest.raises(ValueError, match=message):
        combine_runs(runs[:n], kind, responses=responses)


def test_runs_of_different_priors_are_refused(runs):
    with pytest.raises(ValueError, match="differ in their basis or their prior"):
        combine_runs([runs[0], replace(runs[1], prior=Prior(1e-6, 12, 0.3))], "linear")
