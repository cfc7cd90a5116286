"""Parts of a response against their noise, where the answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from support import hidden_mixture
from support.hidden_mixture import SPECIES, T0
from support.pair_gas import BOX, gas
from thermalcg.models.prior import NO_PRIOR
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import force_rows
from thermalcg.response.projected_splines import ProjectionSettings, project_splines
from thermalcg.response.shells import SHELLS_NM, shell_energies
from thermalcg.response.terms import gain, kind_names, resolved, response_terms, shell_names

pytestmark = pytest.mark.physics

SPLINE = SplineSettings(
    pair_cutoff_nm=0.6,
    pair_min_nm=0.24,
    pair_functions=12,
    triplet_cutoff_nm=0.42,
    triplet_radial=2,
    triplet_angular=1,
    ridge="auto",
)
SETTINGS = ProjectionSettings(SPLINE, blocks=20, radii_nm=(0.45, 0.55))
BLOCKS = 20


def estimates(rng, truth, spread):
    """The mean of blocks of normal numbers, and the same without each block; spread (F,) of one block."""
    blocks = truth + spread * rng.normal(size=(BLOCKS, len(spread)))
    return blocks.mean(axis=0), (blocks.sum(axis=0) - blocks) / (BLOCKS - 1)


@pytest.mark.parametrize("spread", [np.ones(1), np.ones(30), np.array([5.0, 1, 1, 1, 0.1])])
def test_noise_alone_is_resolved_as_often_as_it_says(spread):
    """One function, thirty alike, and a few very different ones."""
    rng, gram = np.random.default_rng(1), np.diag(np.linspace(1, 2, len(spread)))
    found = [resolved(*estimates(rng, 0.0, spread), gram) for _ in range(4000)]
    probability = np.array([one.probability for one in found])
    for level, allowed in ((0.05, 0.012), (0.3, 0.03)):
        assert (probability < level).mean() == pytest.approx(level, abs=allowed)
    exact = np.sqrt(spread**2 @ np.diag(gram) / BLOCKS)
    assert np.mean([one.noise**2 for one in found]) == pytest.approx(exact**2, rel=0.05)


def test_a_size_is_free_of_the_noise():
    rng, truth, gram = np.random.default_rng(2), np.linspace(0.2, 1.0, 8), np.eye(8) + 0.3
    found = [resolved(*estimates(rng, truth, np.full(8, 2.0)), gram) for _ in range(2000)]
    assert np.mean([one.size**2 for one in found]) == pytest.approx(truth @ gram @ truth, rel=0.03)
    assert np.mean([one.probability < 0.05 for one in found]) > 0.9


def test_coefficients_without_noise_are_resolved_unless_they_are_zero():
    assert resolved(np.ones(2), np.ones((5, 2)), np.eye(2)) == (np.sqrt(2), 0.0, 0.0)
    assert resolved(np.zeros(2), np.zeros((5, 2)), np.eye(2)) == (0.0, 0.0, 1.0)


def test_gains_are_those_of_the_mean_square_error():
    """Of y = phi theta + noise, from the residuals themselves: all parts, and all but one."""
    rng, truth = np.random.default_rng(3), np.array([1.0, -2.0, 0.5])
    phi = rng.normal(size=(BLOCKS, 50, 3))
    y = phi @ truth + 0.5 * rng.normal(size=(BLOCKS, 50))
    gram, target = np.einsum("bnf,bng->bfg", phi, phi) / 50, np.einsum("bnf,bn->bf", phi, y) / 50
    theta = truth + 0.1 * rng.normal(size=(BLOCKS, 3))
    part = theta * [0, 1, 0]

    def error(coefficients):
        return ((y - np.einsum("bnf,bf->bn", phi, coefficients)) ** 2).mean(axis=1)

    for own, rest in ((theta, 0 * theta), (part, theta - part)):
        lost = error(rest) - error(own + rest)
        found = gain(own, rest, target, gram)
        np.testing.assert_allclose(found, (lost.mean(), lost.std(ddof=1) / np.sqrt(BLOCKS)), rtol=1e-10)


@pytest.fixture(scope="module")
def mixture():
    return hidden_mixture.trajectory(1200, seed=11)


@pytest.fixture(scope="module")
def projection(mixture):
    return project_splines(mixture, mixture["bead_energy"].values, NO_PRIOR, SETTINGS)


@pytest.fixture(scope="module")
def terms(projection):
    return response_terms(projection).set_index(["quantity", "part"])


def test_pairs_that_respond_are_resolved(terms, mixture):
    """Only pairs carry a response in this mixture, and it comes from the energies of beads that are near."""
    pairs = [f"pairs {pair}" for pair in SPECIES.pair_names]
    assert terms.loc["response"].loc[pairs, "resolved"].all()
    assert terms.loc[("response", "own energy"), "resolved"]
    exact = hidden_mixture.responses(mixture["position"].values[:100])
    for number, pair in enumerate(pairs):
        # a penalty, and shells that are lost in noise, make an estimate smaller
        assert 0.3 < terms.loc[("response", pair), "size"] / np.sqrt((exact[:, number] ** 2).mean()) < 1.2


def test_the_gain_is_what_the_response_wins_at_another_temperature(projection, terms):
    """The mean square force error at T0 + 40 K without the response and with it, from exact mean forces."""
    position = gas(np.random.default_rng(21), 60)
    rows = force_rows(position, BOX, SPLINE, SPECIES)
    shape = position.shape
    exact = hidden_mixture.mean_forces(position, T0 + 40.0)
    without, change = (
        (rows @ c).reshape(shape) for c in (projection.first.base, 40.0 * projection.first.response)
    )
    won = ((exact - without) ** 2).mean() - ((exact - without - change) ** 2).mean()
    value, error = terms.loc[("response", "all"), ["gain", "gain_stderr"]].astype(float)
    assert value > 4 * error
    assert 1600 * value == pytest.approx(won, abs=1600 * 3 * error)


def test_energies_of_other_frames_give_no_response(mixture):
    """With the same energies at frames where they do not belong: nothing is resolved, nothing won."""
    energy = mixture["bead_energy"].values[np.random.default_rng(5).permutation(1200)]
    found = response_terms(project_splines(mixture, energy, NO_PRIOR, SETTINGS))
    response = found[found["quantity"] == "response"]
    assert response["resolved"].mean() < 0.3  # one in twenty by chance, and they are not independent
    whole = response.set_index("part").loc["all"]
    assert whole["gain"] <= 3 * whole["gain_stderr"]


def test_parts_make_up_the_whole(projection, terms):
    """Coefficients of kinds, and weighted ones of shells, add up; the second order has its weight."""
    own = terms.loc["response"]
    shells = [part for part in own.index if "energy" in part]
    assert len(shells) == len(SETTINGS.radii_nm) + 2
    np.testing.assert_allclose(own.loc[shells, "weight"].to_numpy(float), projection.first.weights)
    assert terms.loc[("second order", "all"), "weight"] == projection.second.weight
    assert list(terms.loc["force"].index) == ["all", *kind_names(SPECIES)]
    assert len(kind_names(SPECIES)) == 3 + 2 * 3


def test_shells_are_named_in_the_order_of_their_energies():
    energies = shell_energies(gas(np.random.default_rng(1), 2), np.ones((2, 24)), BOX, SHELLS_NM[:4])
    names = shell_names(SHELLS_NM[:4])
    assert len(names) == energies.shape[-1]
    assert names[0] == "own energy"
    assert names[1] == "energy at 0 to 0.3 nm"
    assert names[-1] == "energy beyond 0.45 nm"
    assert shell_names(()) == ["own energy", "energy of all others"]


def test_one_species_has_pairs_and_triplets():
    assert kind_names(None) == ["pairs", "triplets"]
    water = replace(SPLINE, pair_functions=6)
    data = hidden_mixture.trajectory(120, seed=2).drop_vars("species")
    made = project_splines(data, data["bead_energy"].values, NO_PRIOR, ProjectionSettings(water, 10, ()))
    found = response_terms(made).set_index(["quantity", "part"])
    assert list(found.loc["force"].index) == ["all", "pairs", "triplets"]
