"""The repulsive prior: its energy and forces, and its fit to a radial distribution function."""

import itertools
import json

import numpy as np
import pytest

from thermalcg.geometry.inputs import InputError, OverlapError
from thermalcg.models.prior import NO_PRIOR, Prior, fit_prior
from thermalcg.units import KB

T0 = 395.0
PRIOR, BOX = Prior(2e-6, 12, 0.28), 1.0


def beads(frames=2, n=40, seed=1):
    """Random beads: many within the onset, some across the boundary of the box, none on top of another."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), axis=-1).reshape(-1, 3)[:n] / 4 * BOX
    return np.array([grid + rng.uniform(-0.04, 0.04, size=(n, 3)) for _ in range(frames)])


def test_prior_force_is_minus_the_gradient_of_its_energy():
    x, h = beads(), 1e-6
    force = PRIOR.energy_force(x, BOX)[1]
    assert np.abs(force).max() > 1.0
    for frame, bead, axis in ((0, 0, 0), (0, 5, 1), (1, 17, 2), (1, 39, 0)):
        energy = []
        for sign in (1, -1):
            moved = x.copy()
            moved[frame, bead, axis] += sign * h
            energy.append(PRIOR.energy_force(moved, BOX)[0][frame])
        assert -(energy[0] - energy[1]) / (2 * h) == pytest.approx(
            force[frame, bead, axis], rel=1e-5, abs=1e-5
        )


def test_prior_is_periodic_and_pairwise():
    x = np.array([[[0.05, 0.5, 0.5], [0.95, 0.5, 0.5]]])
    energy, force = PRIOR.energy_force(x, BOX)
    assert energy[0] == pytest.approx(PRIOR.energy(0.1)[0])
    assert force[0, 0, 0] > 0  # pushed apart through the boundary
    np.testing.assert_allclose(force.sum(axis=1), 0.0, atol=1e-9)
    np.testing.assert_allclose(PRIOR.energy_force(x + 3.7, BOX)[0], energy)


def test_prior_vanishes_at_the_onset_with_force_and_slope():
    onset, n, distance = PRIOR.onset_nm, PRIOR.exponent, 1e-3
    inside = PRIOR.energy(onset - distance * np.array([1.0, 2.0]))
    # the leading term is the cubic one
    cubic = PRIOR.amplitude * n * (n + 1) * (n + 2) / 6 * onset ** (-n - 3)
    np.testing.assert_allclose(inside, cubic * (distance * np.array([1.0, 2.0])) ** 3, rtol=0.05)
    np.testing.assert_array_equal(PRIOR.energy(onset + np.array([0.0, 1e-9, 0.1])), 0.0)


def test_the_energy_has_the_shape_of_the_distances():
    r = np.random.default_rng(2).uniform(0.05, 0.4, (30, 7))
    energy = PRIOR.energy(r)
    assert energy.shape == r.shape
    assert PRIOR.energy(0.2).shape == (1,)
    # each as if it were alone, to the last bit
    np.testing.assert_array_equal(energy.ravel(), [PRIOR.energy(x)[0] for x in r.ravel()])


def test_prior_is_repulsive_and_grows_like_the_inverse_power():
    energy = PRIOR.energy(np.linspace(0.05, 0.279, 200))
    assert (np.diff(energy) < 0).all()
    assert energy[0] == pytest.approx(PRIOR.amplitude * 0.05**-12, rel=1e-3)


def test_no_prior_is_nothing():
    energy, force = NO_PRIOR.energy_force(beads(), BOX)
    assert not energy.any()
    assert not force.any()


@pytest.mark.parametrize(
    ("truth", "temperature"), [(Prior(2e-6, 12, 0.30), 395.0), (Prior(3e-5, 9, 0.27), 600.0)]
)
def test_fit_recovers_the_prior_of_a_gas(truth, temperature):
    r = np.arange(0.15, 0.6, 0.0005)
    g = np.exp(-truth.energy(r) / (KB * temperature))
    found = fit_prior(r, g, temperature, threshold=0.01, exponent=truth.exponent)
    assert found.exponent == truth.exponent
    assert found.onset_nm == pytest.approx(truth.onset_nm, abs=0.0006)
    assert found.amplitude == pytest.approx(truth.amplitude, rel=0.03)


def test_a_prior_is_read_as_it_was_written(tmp_path):
    fitted = Prior(2.5e-6, 12, 0.2825)
    fitted.write(tmp_path / "prior.json", 395.0)
    assert Prior.read(tmp_path / "prior.json") == fitted
    assert json.loads((tmp_path / "prior.json").read_text())["temperature_K"] == 395.0


def test_fit_knows_nothing_below_the_threshold():
    truth = Prior(2e-6, 12, 0.30)
    r = np.arange(0.15, 0.6, 0.0005)
    g = np.exp(-truth.energy(r) / (KB * T0))
    noisy = np.where(g < 0.01, 0.005 * np.random.default_rng(0).random(len(g)), g)
    assert fit_prior(r, noisy, T0, 0.01, 12) == fit_prior(r, g, T0, 0.01, 12)


def test_fit_recovers_the_prior_under_a_first_peak():
    """In a liquid g(r) overshoots: the prior is the flank of the well, counted from its minimum."""
    truth = Prior(2e-6, 12, 0.30)
    r = np.arange(0.15, 0.6, 0.0005)
    g = 2.5 * np.exp(-truth.energy(r) / (KB * T0))
    g = np.where(r < 0.30, g, 1 + 1.5 * np.exp(-(((r - 0.30) / 0.05) ** 2)) - 0.4 * np.sin(20 * (r - 0.30)))
    found = fit_prior(r, g, T0, threshold=0.01, exponent=12)
    assert found.onset_nm == pytest.approx(0.30, abs=0.002)
    flank = np.linspace(0.2, 0.27, 20)
    np.testing.assert_allclose(found.energy(flank), truth.energy(flank), rtol=0.1)


def test_the_onset_is_the_first_peak():
    r = np.arange(10) * 0.02 + 0.2
    g = np.array([0.0, 0.1, 0.2, 0.5, 1.2, 1.9, 1.4, 0.8, 2.5, 1.0])
    assert fit_prior(r, g, T0, 0.05, 12).onset_nm == pytest.approx(0.30)


@pytest.mark.parametrize("g", [np.full(50, 0.4), np.zeros(50), np.linspace(1.0, 2.0, 50)])
def test_fit_refuses_g_that_does_not_rise_through_one(g):
    with pytest.raises(ValueError, match=r"prior: g\(r\) never rises through 1; .*rdf_min_nm"):
        fit_prior(np.linspace(0.2, 0.5, 50), g, T0, 0.01, 12)


def test_fit_refuses_a_flank_of_too_few_bins():
    r, g = np.linspace(0.2, 0.3, 6), np.array([0.0, 0.0, 0.0, 0.3, 0.6, 1.2])
    with pytest.raises(
        ValueError, match=r"prior: 2 bins with prior\.g_threshold = 0\.01 < g < 1; at least 3"
    ):
        fit_prior(r, g, T0, 0.01, 12)


def all_images(x, edges):
    """Energy of the prior from the shortest of all images of every pair."""
    shifts = np.array(list(itertools.product((-1, 0, 1), repeat=3))) * edges
    pairs = itertools.combinations(range(len(x)), 2)
    r = [np.linalg.norm(x[j] - x[i] + shifts, axis=1).min() for i, j in pairs]
    return PRIOR.energy(np.array(r)).sum()


@pytest.mark.parametrize("edges", [np.array([1.0, 1.0, 1.0]), np.array([1.0, 1.3, 0.8])])
def test_a_box_may_have_three_edges(edges):
    x = beads(1)[0] * edges
    energy, force = PRIOR.energy_force(x, np.diag(edges))
    assert energy == pytest.approx(all_images(x, edges), rel=1e-9)
    np.testing.assert_array_equal(force, PRIOR.energy_force(x[None], edges)[1][0])


def test_many_beads_go_through_the_neighbour_list():
    grid = np.stack(np.meshgrid(*3 * [np.arange(7)]), axis=-1).reshape(-1, 3) * 0.25
    x = grid + np.random.default_rng(2).uniform(-0.04, 0.04, grid.shape)
    field = PRIOR.force_field(7 * 0.25)
    for _ in range(4):
        energy, force = field(x[None])
        assert energy[0] == pytest.approx(all_images(x, 7 * 0.25), rel=1e-9)
        fresh = PRIOR.energy_force(x, 7 * 0.25)[1]
        np.testing.assert_allclose(force[0], fresh, rtol=1e-9, atol=1e-9 * np.abs(fresh).max())
        x = x + np.random.default_rng(3).uniform(-0.03, 0.03, x.shape)


def test_two_beads_on_one_spot_are_named_and_no_energy_in_dynamics():
    x = beads(2)
    x[1, 7] = x[1, 3] + BOX
    with pytest.raises(OverlapError, match="configuration 1: beads 3 and 7 are 0 nm apart"):
        PRIOR.energy_force(x, BOX)
    energy, force = PRIOR.force_field(BOX)(x)
    assert np.isfinite(energy[0])
    assert energy[1] == np.inf
    assert np.isnan(force[1]).any()


def test_what_the_prior_cannot_take_is_refused():
    with pytest.raises(InputError, match=r"shape \(4,\)"):
        PRIOR.energy_force(np.zeros(4), BOX)
    with pytest.raises(InputError, match=r"0\.5 nm.*0\.28 nm"):
        PRIOR.energy_force(beads(), 0.5)
    with pytest.raises(InputError, match="temperature"):
        fit_prior(np.linspace(0.2, 0.5, 9), np.linspace(0, 2, 9), -5.0, 0.01, 12)


def test_slope_is_the_derivative_of_the_energy():
    r, h = np.linspace(0.2, 0.3, 11), 1e-7
    derivative = (PRIOR.energy(r + h) - PRIOR.energy(r - h)) / (2 * h)
    np.testing.assert_allclose(PRIOR.slope(r), derivative, rtol=1e-6, atol=1e-4)
    assert PRIOR.slope(0.3) == 0


def test_virial_of_a_free_cluster_is_the_sum_of_positions_times_forces():
    x = np.random.default_rng(0).uniform(1, 1.5, size=(2, 20, 3))
    force = PRIOR.energy_force(x, 5.0)[1]
    exact = np.einsum("bia,bic->bac", x, force)
    np.testing.assert_allclose(PRIOR.virial(x, 5.0), exact, atol=1e-9 * np.abs(exact).max())
