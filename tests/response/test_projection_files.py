"""The projected response as a file, and at sites where networks are taught it."""

import numpy as np
import pytest

from support import hidden_mixture
from support.misspecified import BOX, SPLINE, misspecified
from thermalcg.atomistic.response_frames import response_frames
from thermalcg.models.prior import NO_PRIOR, Prior
from thermalcg.models.spline.model import force_rows
from thermalcg.response.projected import base_and_shells
from thermalcg.response.projected_splines import COMPONENTS_AT_ONCE, response_at
from thermalcg.response.projection_files import projected, projection_dataset, read_projection
from thermalcg.response.shells import SHELLS_NM
from thermalcg.storage.datasets import read_declared, write_dataset
from thermalcg.storage.provenance import Provenance

pytestmark = pytest.mark.physics

BLOCKS = 12


@pytest.fixture(scope="module")
def known():
    return misspecified()


@pytest.fixture(scope="module")
def projection(known):
    return projected(known.frames, NO_PRIOR, SPLINE, BLOCKS)


def test_a_file_gives_the_same_models(known, projection, tmp_path):
    path = tmp_path / "395.nc"
    write_dataset(projection_dataset(projection, known.frames), path, Provenance("0" * 12, 1, "a test"))
    read = read_projection(read_declared(path, "projected/{T}.nc"), NO_PRIOR, SPLINE)
    drawn = np.bincount(np.random.default_rng(1).integers(BLOCKS, size=BLOCKS), minlength=BLOCKS)
    for multiplicity in (None, drawn):
        np.testing.assert_allclose(
            read.coefficients("heat_capacity", multiplicity),
            projection.coefficients("heat_capacity", multiplicity),
            rtol=1e-10,
        )
    assert read.change("heat_capacity", 500.0)[1] == pytest.approx(
        projection.change("heat_capacity", 500.0)[1]
    )
    assert read.settings == projection.settings


def test_a_file_of_a_mixture_gives_the_same_models(tmp_path):
    mapped = hidden_mixture.trajectory(48, seed=2)
    frames = response_frames(mapped.assign_attrs(mapping="file"), BLOCKS)
    made, path = projected(frames, NO_PRIOR, SPLINE, BLOCKS), tmp_path / "400.nc"
    write_dataset(projection_dataset(made, frames), path, Provenance("0" * 12, 1, "a test"))
    read = read_projection(read_declared(path, "projected/{T}.nc"), NO_PRIOR, SPLINE)
    assert read.species.same(hidden_mixture.SPECIES)
    np.testing.assert_allclose(read.coefficients("linear"), made.coefficients("linear"), rtol=1e-8)
    assert read.potential("linear").species.same(hidden_mixture.SPECIES)


def test_both_terms_are_in_the_response_of_a_class_that_cannot_express_the_mean_force(known, projection):
    """Squared distance over its expectation: a sum of about 12 squares."""
    first = projection.first
    whole = first.shells.sum(axis=0)
    error = first.error(first.shells_without.sum(axis=1))
    assert first.size(whole - known.first - known.second) < 2 * error
    # all of it couples to the bead's own energy
    own = first.error(first.shells_without[:, 0])
    assert first.size(first.shells[0] - known.first - known.second) < 2 * own
    # and the first term alone, which labels at fixed sites estimate, is far away
    assert first.size(first.shells[0] - known.first) > 10 * own
    assert first.weights[0] > 0.9


def test_the_response_at_any_sites_is_that_of_the_splines(known, projection):
    """Here at configurations that are no frames, more of them than are worked on at once."""
    position = np.random.default_rng(4).uniform(0, BOX, size=(COMPONENTS_AT_ONCE // 72 + 5, 24, 3))
    found = response_at(projection, position, BOX)
    expected = force_rows(position, BOX, SPLINE) @ projection.coefficients("heat_capacity")[1:].T
    for order in range(2):
        own = expected[..., order]
        np.testing.assert_allclose(found[order], own, atol=1e-9 * np.abs(own).max())


def test_shells_are_those_that_fit_the_box(known, projection):
    assert projection.settings.radii_nm == SHELLS_NM  # half the box is 0.75 nm
    shared = known.frames.assign_attrs(shared_energy=1)
    # of the whole box alone nothing is known of shells
    assert projected(shared, NO_PRIOR, SPLINE, BLOCKS).settings.radii_nm == ()


def test_a_shared_energy_gives_the_response_of_the_whole_box(known, projection):
    total = known.frames["potential_energy"].values
    shared = known.frames.assign_attrs(shared_energy=1)
    equal = np.repeat(total[:, None] / 24, 24, axis=1)
    shared["molecule_energy"] = known.frames["molecule_energy"].copy(data=equal)
    made = projected(shared, NO_PRIOR, SPLINE, BLOCKS)
    np.testing.assert_allclose(made.first.weights[0], made.first.weights[1], atol=1e-9)
    # the same penalty in both, which each would choose for itself
    box, shells = (
        base_and_shells(p.moments, p.first.temperature, projection.penalties)[1:].sum(axis=0)
        for p in (made, projection)
    )
    np.testing.assert_allclose(box, shells, rtol=1e-6, atol=1e-9)


def test_the_prior_is_taken_off_before_anything_is_estimated(known, projection):
    prior = Prior(2e-6, 12, 0.3)
    added = known.frames.copy()
    added["force"] = added["force"] + prior.energy_force(added["position"].values, BOX)[1]
    made = projected(added, prior, SPLINE, BLOCKS)
    np.testing.assert_allclose(made.first.base, projection.first.base, rtol=1e-6)
    np.testing.assert_allclose(made.first.response, projection.first.response, rtol=1e-4, atol=1e-9)
