"""The projected force field's response against sums over states; weights of shells against theory."""

import numpy as np
import pytest
from scipy.stats import f as f_distribution
from scipy.stats import kstest, ncf

from support.canonical_states import SCALE, States, T
from thermalcg.response.formulas import covariance_response
from thermalcg.response.moments import Moments, Samples
from thermalcg.response.penalty import STRENGTHS
from thermalcg.response.projected import Penalties, chosen_penalties, projected_response, shell_weight

pytestmark = pytest.mark.physics

B = 40


def moments_of(rows, force, weights, blocks=B):
    """Of equally long blocks."""
    pieces = np.array_split(np.arange(len(rows)), blocks)
    return Moments.of((Samples(b, rows[k], force[k], weights[k]) for b, k in enumerate(pieces)), blocks)


def none(size):
    """No penalties."""
    return Penalties(np.zeros((size, size)), np.zeros((size, size)))


def toy(n=400_000, seed=1, constant=0.0):
    """The estimate from samples of a model that cannot express the mean force; one shell, the box."""
    rows, force, energy = States.draw(n, seed)[1:]
    energy = energy + constant
    made = moments_of(rows, force, (energy - energy.mean())[:, None])
    return projected_response(made, T, none(2))


@pytest.fixture(scope="module")
def estimate():
    return toy()


def z_scores(value, exact, covariance):
    return (value - exact) / np.sqrt(np.diag(covariance))


def test_the_sums_over_states_know_both_terms():
    """Of dtheta/dT: the answers that the tests below compare with."""
    first, second = States.two_terms()
    np.testing.assert_allclose(first + second, States.derivative(1), rtol=1e-5)
    assert abs(second[1] / first[1]) > 0.2  # the model's error matters here


def test_the_estimate_is_the_derivative_of_the_least_squares_force_field(estimate):
    assert (
        np.abs(z_scores(estimate.base, States.projected(T), estimate.covariance(estimate.base_without))).max()
        < 4
    )
    covariance = estimate.covariance(estimate.shells_without[:, 0])
    assert np.abs(z_scores(estimate.shells[0], States.derivative(1), covariance)).max() < 4
    # and not its first term, by far
    assert np.abs(z_scores(estimate.shells[0], States.two_terms()[0], covariance)).max() > 20


def test_labels_at_fixed_sites_give_the_first_term_alone(estimate):
    """Labels from 400 samples at each of 1000 canonical sites, regressed on them."""
    rng = np.random.default_rng(2)
    sites = States.draw(1000, 3).site
    p = States.probability(T)
    label = np.empty(len(sites))
    for i, site in enumerate(sites):
        own = np.flatnonzero(States.site == site)
        drawn = rng.choice(own, size=400, p=p[own] / p[own].sum())
        label[i] = covariance_response(States.force[drawn], States.energy[drawn], T) * 400 / 399
    made = moments_of(States.basis(sites), label, np.empty((len(sites), 0)))
    without = made.cross_fitted(np.zeros((2, 2)))
    fitted = made.coefficients(np.zeros((2, 2)))
    first, second = States.two_terms()
    covariance = estimate.covariance(without)
    assert np.abs(z_scores(fitted, first, covariance)).max() < 4
    # what the labels lack is the second term, in sign and in size
    lacking = estimate.shells[0] - fitted
    error = covariance + estimate.covariance(estimate.shells_without[:, 0])
    assert np.abs(z_scores(lacking, second, error)).max() < 4
    assert z_scores(lacking, 0.0, error)[1] < -8


def test_errors_of_the_estimate_are_those_of_repetitions():
    made = [toy(n=8000, seed=100 + s) for s in range(60)]
    for values, claimed in (
        ([e.shells[0] for e in made], np.mean([e.covariance(e.shells_without[:, 0]) for e in made], axis=0)),
        ([e.base for e in made], np.mean([e.covariance(e.base_without) for e in made], axis=0)),
    ):
        # a standard deviation of 60 is known to 9 %
        np.testing.assert_allclose(np.std(values, axis=0, ddof=1), np.sqrt(np.diag(claimed)), rtol=4 * 0.092)


def test_sizes_and_errors_are_those_of_the_force(estimate):
    rows = States.draw(400_000, 1).rows
    assert estimate.size(estimate.base) == pytest.approx(np.sqrt(np.mean((rows @ estimate.base) ** 2)))
    covariance = estimate.covariance(estimate.response_without)
    expected = np.sqrt(np.mean(np.einsum("nf,fg,ng->n", rows, covariance, rows)))
    assert estimate.error(estimate.response_without) == pytest.approx(expected)


def test_a_constant_added_to_the_energies_changes_nothing(estimate):
    shifted = toy(constant=1e4)
    np.testing.assert_allclose(shifted.shells, estimate.shells, rtol=1e-6)
    # nor does one that the caller has not taken off
    rows, force, energy = States.draw(400_000, 1)[1:]
    raw = projected_response(moments_of(rows, force, energy[:, None]), T, none(2))
    np.testing.assert_allclose(raw.shells, estimate.shells, rtol=1e-6)


def synthetic(signal, rng, blocks=B, per_block=50, size=12, noise=3.0):
    """Shells with known responses: f = +-noise, w_s = (f phi theta_s / noise^2 + a normal number) kB T^2."""
    n = blocks * per_block
    rows, force = rng.normal(size=(n, size)), noise * rng.choice([-1.0, 1.0], size=n)
    mean = SCALE * (rows @ np.asarray(signal).T) * force[:, None] / noise**2
    return moments_of(rows, force, mean + SCALE * rng.normal(size=mean.shape), blocks)


def test_weights_of_shells_with_noise_alone_follow_the_ratio_of_variances():
    """theta^T G theta over its estimated noise is a ratio of chi-squares, an F variable."""
    rng, size = np.random.default_rng(5), 12
    shells = np.zeros((6, size))
    found = np.concatenate(
        [projected_response(synthetic(shells, rng), T, none(size)).weights for _ in range(50)]
    )
    ratio = f_distribution(size, size * (B - 1))
    expected = np.maximum(0, 1 - 1 / ratio.rvs(100_000, random_state=6))
    assert found.mean() == pytest.approx(expected.mean(), abs=4 * expected.std() / np.sqrt(len(found)))
    share = (expected > 0).mean()
    assert (found > 0).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(found)))
    positive = found[found > 0]
    assert kstest(1 / (1 - positive), lambda x: (ratio.cdf(x) - ratio.cdf(1)) / ratio.sf(1)).pvalue > 1e-3


def test_weights_of_shells_with_a_signal_go_to_one_as_it_grows():
    """Its square 0.1, 1, 10 and 100 times the noise: 1 - lambda is the inverse of a noncentral F variable."""
    rng, size, per_block = np.random.default_rng(7), 12, 500
    noise = size / (B * per_block) * 3.0**2  # tr(G C): the products f w / (kB T^2) have the variance of f
    ratios = np.array([0.1, 1.0, 10.0, 100.0])
    shells = np.sqrt(ratios * noise)[:, None] * np.eye(size)[0]
    found = np.array(
        [
            projected_response(synthetic(shells, rng, per_block=per_block), T, none(size)).weights
            for _ in range(60)
        ]
    )
    ratio = ncf.rvs(size, size * (B - 1), size * ratios, size=(100_000, 4), random_state=8)
    expected = np.maximum(0, 1 - 1 / ratio)
    error = expected.std(axis=0) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - expected.mean(axis=0)) < 4 * error).all()
    assert expected.mean(axis=0)[0] < 0.25
    assert found[:, 3].min() > 0.98


def test_a_shell_without_any_response_has_no_weight():
    assert shell_weight(np.zeros(3), np.zeros((5, 3)), np.eye(3)) == 0.0


def test_shells_add_up_to_the_whole_box_where_all_weights_are_one():
    rng = np.random.default_rng(8)
    rows, force, weights = rng.normal(size=(600, 4)), rng.normal(size=600), rng.normal(size=(600, 3))
    penalty = 0.1 * np.eye(4)
    parts = projected_response(moments_of(rows, force, weights, 6), T, Penalties(penalty, penalty))
    whole = projected_response(
        moments_of(rows, force, weights.sum(axis=1, keepdims=True), 6), T, Penalties(penalty, penalty)
    )
    np.testing.assert_allclose(parts.shells.sum(axis=0), whole.shells[0], rtol=1e-10, atol=1e-15)
    # from the definition, with a force field for each block from all others
    right = np.zeros(4)
    total = weights.sum(axis=1) - weights.sum(axis=1).mean()
    for own in np.array_split(np.arange(600), 6):
        rest = np.setdiff1d(np.arange(600), own)
        gram = rows[rest].T @ rows[rest] / len(rest) + penalty
        theta = np.linalg.solve(gram, rows[rest].T @ force[rest] / len(rest))
        right += rows[own].T @ ((force[own] - rows[own] @ theta) * total[own]) / (600 * SCALE)
    expected = np.linalg.solve(rows.T @ rows / 600 + penalty, right)
    np.testing.assert_allclose(whole.shells[0], expected, rtol=1e-10, atol=1e-15)


def test_the_response_is_the_weighted_sum_of_shells():
    made = projected_response(synthetic(np.eye(2, 12) * 2, np.random.default_rng(9)), T, none(12))
    np.testing.assert_allclose(
        made.response, made.weights[0] * made.shells[0] + made.weights[1] * made.shells[1]
    )
    expected = made.weights[0] * made.shells_without[:, 0] + made.weights[1] * made.shells_without[:, 1]
    np.testing.assert_allclose(made.response_without, expected)


def test_penalties_are_chosen_for_the_force_field_and_for_its_response():
    """A force field without noise needs none; a response that is all noise takes the strongest."""
    rng = np.random.default_rng(10)
    rows, weights = rng.normal(size=(2000, 4)), rng.normal(size=(2000, 1))
    force = rows @ [3.0, -2.0, 1.0, 4.0] + 0.3 * rng.normal(size=2000)
    shape = np.eye(4)
    penalties, strengths = chosen_penalties(moments_of(rows, force, weights), T, shape)
    assert strengths[0] <= 1e-3
    assert strengths[1] == STRENGTHS[-1]
    np.testing.assert_allclose(penalties.base, strengths[0] * shape)
    np.testing.assert_allclose(penalties.response, strengths[1] * shape)


def test_two_blocks_are_refused():
    made = moments_of(np.ones((6, 1)), np.ones(6), np.ones((6, 1)), 2)
    with pytest.raises(ValueError, match="blocks is 2; allowed: at least 3"):
        projected_response(made, T, none(1))
