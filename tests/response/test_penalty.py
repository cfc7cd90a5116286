"""The penalty on coefficients, and the rule that chooses its strength."""

import numpy as np
import pytest

from support.training_data import spline_settings
from thermalcg.models.species import Species
from thermalcg.models.spline.mixture_basis import blocks as blocks_of
from thermalcg.response.penalty import STRENGTHS, chosen_strength, spline_penalty

pytestmark = pytest.mark.physics


def test_a_line_of_pair_coefficients_costs_its_size_alone():
    gram = np.diag([1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 30.0])
    penalty = spline_penalty(gram, 5)
    np.testing.assert_array_equal(penalty, penalty.T)
    line, kink = np.array([1.0, 2, 3, 4, 5, 0, 0]), np.array([0.0, 0, 1, 0, 0, 0, 0])
    assert line @ penalty @ line == pytest.approx(3 * 55)  # mean curvature of pairs, sum of squares
    assert kink @ penalty @ kink == pytest.approx(3 * (1 + 1 + 4 + 1))  # second differences 1, -2, 1
    np.testing.assert_allclose(penalty[5:, 5:], 20 * np.eye(2))
    assert not penalty[:5, 5:].any()


def test_the_penalty_of_a_mixture_is_that_of_each_pair_of_species():
    """Nothing couples the last function of one pair with the first of the next."""
    settings = spline_settings(pair_functions=4, triplet_radial=1, triplet_angular=0)
    species = Species(("A", "B"), np.array([0, 1]))
    gram = np.diag(np.arange(1.0, 12 + 6 + 1))
    penalty = spline_penalty(gram, 12, blocks_of(settings, species))
    for pair in range(3):
        own = slice(4 * pair, 4 * pair + 4)
        alone = spline_penalty(gram[own, own], 4)
        np.testing.assert_allclose(penalty[own, own], alone)
        assert not penalty[own, own.stop :].any()


def test_coefficients_without_data_continue_their_neighbours():
    """The first function is never sampled: it follows the line through the next two, half way to zero."""
    gram = np.diag([0.0, 1.0, 1.0, 1.0, 1.0])
    target = gram @ np.array([0.0, 4.0, 3.0, 2.0, 1.0])
    fitted = np.linalg.solve(gram + 1e-6 * spline_penalty(gram, 5), target)
    assert fitted[0] == pytest.approx(5 / 2, rel=1e-3)  # the line has 5 there
    np.testing.assert_allclose(fitted[1:], [4, 3, 2, 1], rtol=1e-4)


def blocks(signal, rng, n_blocks=40, rows=50, size=12):
    """Gram matrices and targets of y = phi theta + noise, theta of rms ``signal``."""
    phi = rng.normal(size=(n_blocks, rows, size))
    theta = signal * rng.normal(size=size)
    y = phi @ theta + rng.normal(size=(n_blocks, rows))
    return np.einsum("bnf,bng->bfg", phi, phi) / rows, np.einsum("bnf,bn->bf", phi, y) / rows


def test_noise_is_suppressed_and_a_signal_is_kept():
    """The best ridge is noise / (rows * signal^2): 0.0005 of the curvature for a signal of 1."""
    rng = np.random.default_rng(3)
    penalty = np.eye(12)
    strong = [chosen_strength(*blocks(1.0, rng), penalty) for _ in range(20)]
    absent = [chosen_strength(*blocks(0.0, rng), penalty) for _ in range(20)]
    assert max(strong) <= 1e-2
    assert np.median(absent) == STRENGTHS[-1]


def test_of_strengths_that_the_data_cannot_tell_apart_the_largest_is_taken():
    """With few data the loss is flat: one standard error lets through more than the minimum."""
    rng = np.random.default_rng(4)
    chosen, least = [], []
    for _ in range(20):
        gram, target = blocks(0.3, rng, rows=5)
        chosen.append(chosen_strength(gram, target, np.eye(12)))
        loss = []
        for strength in STRENGTHS:
            total = 0.0
            for own in np.array_split(np.arange(40), 5):
                rest = np.setdiff1d(np.arange(40), own)
                theta = np.linalg.solve(
                    gram[rest].mean(axis=0) + strength * np.eye(12), target[rest].mean(axis=0)
                )
                total += (theta @ gram[own] @ theta - 2 * target[own] @ theta).sum()
            loss.append(total)
        least.append(STRENGTHS[int(np.argmin(loss))])
    assert (np.array(chosen) >= np.array(least)).all()
    assert np.mean(np.array(chosen) > np.array(least)) > 0.3
