"""The response of projected splines, where the answer is known, and what is made of block sums."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from support import hidden_mixture
from support.pair_gas import BOX, N, gas
from support.rotor import SCALE, T
from thermalcg.atomistic.molecule_energies import neighbourhood
from thermalcg.geometry.inputs import InputError
from thermalcg.models.expansion import Expansion
from thermalcg.models.prior import NO_PRIOR, Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline, force_rows
from thermalcg.response.projected_splines import FIRST, ProjectionSettings, project_splines
from thermalcg.response.shells import shell_energies
from thermalcg.storage.datasets import variable

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


def of_spline(position, seed, size):
    """Forces of a spline with random coefficients, of a given rms."""
    rows = force_rows(position, BOX, SPLINE)
    coefficients = np.random.default_rng(seed).normal(size=SPLINE.functions)
    coefficients *= size / np.sqrt(np.mean((rows @ coefficients) ** 2))
    return coefficients, rows @ coefficients


def dataset(position, force, energy, temperature=T):
    dims = ("time", "bead", "axis")
    return xr.Dataset(
        {
            "position": variable(dims, position, "nm"),
            "force": variable(dims, force, "kJ/mol/nm"),
            "potential_energy": variable(("time",), energy.sum(axis=1), "kJ/mol"),
            "split": variable(("time",), np.zeros(len(position), np.int8), "1"),
        },
        coords={"time": np.arange(len(position)) * 0.1},
        attrs={"temperature_K": temperature, "box_nm": BOX},
    )


@pytest.fixture(scope="module")
def system():
    """A force field, a response to the energy of the bead's own molecule, and noise; 605 frames.

    A molecule's energy also falls with its number of neighbours, so that shells have means.
    """
    rng = np.random.default_rng(5)
    position = gas(rng, 605)
    base, force = of_spline(position, 6, 50.0)
    response, change = of_spline(position, 7, 0.2)
    hidden = 4.0 * rng.normal(size=position.shape[:2])
    force = force + SCALE * change * (hidden / 16)[..., None] + 20 * rng.normal(size=force.shape)
    energy = -40 + hidden - 2 * neighbourhood(position, BOX, 0.4).sum(axis=2)
    return dataset(position, force, energy), energy, base, response


@pytest.fixture(scope="module")
def projection(system):
    return project_splines(*system[:2], NO_PRIOR, SETTINGS)


def test_force_field_and_response_are_recovered_within_their_errors(system, projection):
    base, response = system[2:]
    first = projection.first
    for value, without, exact in (
        (first.base, first.base_without, base),
        (first.shells[0], first.shells_without[:, 0], response),
    ):
        # squared distance over its expectation: a sum of about 12 squares from 12 blocks
        deviation = first.size(value - exact) / first.error(without)
        assert deviation < 2
        assert first.error(without) < 0.25 * first.size(exact)
    assert first.weights[0] > 0.9
    # nothing couples to other molecules
    assert first.weights[1:].max() < 0.7


def test_whole_box_from_the_definition(system):
    """With all weights one: a fit of the products, each block with the force field of the others."""
    mapped, energy = system[:2]
    made = project_splines(mapped, energy, NO_PRIOR, SETTINGS)
    kept, blocks = slice(605 % 12, 605), 12
    position, force = mapped["position"].values[kept], mapped["force"].values[kept]
    rows = force_rows(position, BOX, SPLINE).reshape(blocks, -1, SPLINE.functions)
    force = force.reshape(blocks, -1)
    total = energy[kept].sum(axis=1) - energy[kept].sum(axis=1).mean()
    weight = np.repeat(total, N * 3).reshape(blocks, -1)
    n, right = force.size, np.zeros(SPLINE.functions)
    for b in range(blocks):
        rest = np.delete(np.arange(blocks), b)
        gram = np.einsum("bnf,bng->fg", rows[rest], rows[rest]) / force[rest].size + made.penalties.base
        theta = np.linalg.solve(gram, np.einsum("bnf,bn->f", rows[rest], force[rest]) / force[rest].size)
        right += rows[b].T @ ((force[b] - rows[b] @ theta) * weight[b]) / (n * SCALE)
    gram = np.einsum("bnf,bng->fg", rows, rows) / n + made.penalties.response
    expected = np.linalg.solve(gram, right)
    np.testing.assert_allclose(
        made.first.shells.sum(axis=0), expected, rtol=1e-6, atol=1e-9 * np.abs(expected).max()
    )


def test_the_second_order_from_the_definition(system, projection):
    """Residual products of all components at once, along the four directions."""
    mapped, energy = system[:2]
    kept, first = slice(605 % 12, 605), projection.first
    position = mapped["position"].values[kept]
    rows = force_rows(position, BOX, SPLINE)
    block = np.arange(len(position)) * 12 // len(position)
    theta = projection.moments.cross_fitted(projection.penalties.base)[block]
    residual = mapped["force"].values[kept] - np.einsum("tbaf,tf->tba", rows, theta)
    shells = shell_energies(position, energy[kept] - energy[kept].mean(), BOX, SETTINGS.radii_nm)
    w = ((shells - shells.mean(axis=(0, 1))) @ first.weights)[..., None]
    response = rows @ first.response
    product = residual * (w**2 - (w**2).mean()) / SCALE**2 - 2 * response * w / SCALE - 2 * response / T
    fields = (rows @ projection.directions).reshape(-1, 4)
    expected = np.linalg.lstsq(fields, product.reshape(-1), rcond=None)[0]
    np.testing.assert_allclose(projection.second.measured, expected, rtol=1e-5, atol=1e-7)


def test_a_constant_added_to_the_energies_changes_nothing(system, projection):
    moved = project_splines(system[0], system[1] + 1000.0, NO_PRIOR, SETTINGS)
    size = np.abs(projection.first.shells).max()
    np.testing.assert_allclose(moved.first.shells, projection.first.shells, rtol=1e-6, atol=1e-6 * size)
    np.testing.assert_allclose(moved.first.weights, projection.first.weights, rtol=1e-6)
    np.testing.assert_allclose(moved.second.measured, projection.second.measured, rtol=1e-6)


def test_frames_for_tests_are_not_used(system, projection):
    mapped, energy = system[:2]
    longer = xr.concat([mapped, mapped.isel(time=slice(0, 30))], dim="time")
    longer["split"][605:] = 1
    made = project_splines(longer, np.vstack([energy, energy[:30]]), NO_PRIOR, SETTINGS)
    np.testing.assert_allclose(made.first.response, projection.first.response, rtol=1e-10)


def test_the_prior_is_taken_off_the_forces(system, projection):
    mapped, energy = system[:2]
    prior = Prior(2e-6, 12, 0.3)
    added = mapped.copy()
    added["force"] = mapped["force"] + prior.energy_force(mapped["position"].values, BOX)[1]
    made = project_splines(added, energy, prior, SETTINGS)
    np.testing.assert_allclose(made.first.base, projection.first.base, rtol=1e-6)
    position = mapped["position"].values[:3]
    given = made.potential("constant").mean_force(position, BOX, T)
    rows = force_rows(position, BOX, SPLINE)
    np.testing.assert_allclose(
        given, rows @ made.first.base + prior.energy_force(position, BOX)[1], atol=1e-8
    )


@pytest.mark.parametrize("kind", ["linear", "logarithmic", "quadratic", "heat_capacity"])
def test_potentials_follow_their_law(system, projection, kind):
    position = system[0]["position"].values[:3]
    rows, potential = force_rows(position, BOX, SPLINE), projection.potential(kind)
    h = Expansion(kind, T).values(450.0)
    first, second = projection.first, projection.directions @ projection.second.coordinates
    parts = np.array([first.base, first.response, second])[: len(h)]
    np.testing.assert_allclose(potential.mean_force(position, BOX, 450.0), rows @ (h @ parts), atol=1e-8)
    np.testing.assert_allclose(
        potential.thermal_response(position, BOX, T), rows @ first.response, atol=1e-10
    )
    assert isinstance(potential.components, Spline)
    change, error = projection.change(kind, 450.0)
    np.testing.assert_allclose(change, h[1:] @ parts[1:])
    assert 0 < error < first.size(first.base)


def test_the_error_of_a_small_change_is_that_of_the_response(projection):
    first = projection.first
    expected = first.error(first.response_without)
    for kind in ("linear", "logarithmic", "heat_capacity"):
        assert projection.change(kind, T + 1e-3)[1] == pytest.approx(1e-3 * expected, rel=1e-3)


def test_members_of_an_ensemble_are_made_from_block_sums(projection):
    same = projection.coefficients("heat_capacity", np.ones(12))
    np.testing.assert_allclose(same, projection.coefficients("heat_capacity"), rtol=1e-9)
    rng, first = np.random.default_rng(9), projection.first
    drawn = [
        projection.coefficients("linear", np.bincount(rng.integers(12, size=12), minlength=12))
        for _ in range(100)
    ]
    scatter = np.std(drawn, axis=0, ddof=1)
    bootstrap = np.sqrt(np.einsum("kf,fg,kg->k", scatter, np.diag(np.diag(first.gram)), scatter))
    jackknife = [
        np.sqrt(np.diag(first.gram) @ np.diag(first.covariance(without)))
        for without in (first.base_without, first.response_without)
    ]
    # 12 blocks: a bootstrap of n pieces is smaller by (n - 1) / n in its variance
    np.testing.assert_allclose(bootstrap, jackknife, rtol=0.3)


def test_coordinates_of_the_response_are_known(projection):
    np.testing.assert_allclose(projection.directions @ FIRST, projection.first.response)


@pytest.mark.parametrize(
    ("settings", "energies", "message"),
    [
        (replace(SETTINGS, blocks=2), slice(None), "response.blocks = 2 for 605 frames; allowed: 3 to 605"),
        (replace(SETTINGS, blocks=700), slice(None), "response.blocks = 700"),
        (SETTINGS, slice(0, 600), r"energies have shape \(600, 24\); needed: of 24 molecules in each of 605"),
        (replace(SETTINGS, radii_nm=(0.3, 0.8)), slice(None), "cutoff 0.8 nm"),
    ],
)
def test_what_cannot_be_done_is_refused(system, settings, energies, message):
    with pytest.raises(ValueError, match=message):
        project_splines(system[0], system[1][energies], NO_PRIOR, settings)


def test_a_temperature_that_is_not_positive_is_refused(system):
    with pytest.raises(InputError, match="temperature is -1"):
        project_splines(system[0].assign_attrs(temperature_K=-1.0), system[1], NO_PRIOR, SETTINGS)


def test_every_pair_of_a_mixture_has_its_response():
    """Of a mixture whose responses are known, with an error from the jackknife over blocks."""
    mapped = hidden_mixture.trajectory(1200, seed=11)
    settings = ProjectionSettings(replace(SPLINE, pair_functions=12), blocks=20, radii_nm=(0.45, 0.55))
    made = project_splines(mapped, mapped["bead_energy"].values, NO_PRIOR, settings)
    position = gas(np.random.default_rng(9), 10)
    exact = hidden_mixture.responses(position).transpose(1, 0, 2, 3).reshape(3, -1)
    rows = force_rows(position, BOX, settings.spline, hidden_mixture.SPECIES).reshape(exact.shape[1], -1)
    onto = np.linalg.pinv(exact.T) @ rows  # factor of every exact response, of coefficients
    error = np.sqrt(np.diag(onto @ made.first.covariance(made.first.response_without) @ onto.T))
    factors = onto @ made.first.response
    # shells whose signal is lost in noise are left out, and a penalty shrinks: a factor may be below 1
    assert (factors > 5 * error).all()
    assert (factors < 1 + 4 * error).all()
    found = made.potential("linear").thermal_response(position, BOX, hidden_mixture.T0)
    np.testing.assert_allclose(found.ravel(), rows @ made.first.response, atol=1e-9)
