"""Where a network is taught the response: frames, and sites as far from them as beads move in their cage."""

import numpy as np
import pytest

from support.misspecified import BOX, SPLINE, misspecified
from thermalcg.models.prior import NO_PRIOR
from thermalcg.response.projected_splines import response_at
from thermalcg.response.projection_files import projected
from thermalcg.training.teacher import Teacher
from thermalcg.units import KB

pytestmark = pytest.mark.physics


@pytest.fixture(scope="module")
def teacher():
    return Teacher(projected(misspecified().frames, NO_PRIOR, SPLINE, 12), seed=3)


def test_in_a_harmonic_cage_beads_are_moved_as_far_as_they_go_by_themselves(teacher):
    rng, stiffness = np.random.default_rng(1), 3000.0
    spread = np.sqrt(KB * teacher.projection.first.temperature / stiffness)
    away = spread * rng.normal(size=(400, 20, 3))
    moves = teacher.sites(away, -stiffness * away) - away
    moved = moves.any(axis=(1, 2))
    # a half: the standard deviation of the count is 10
    assert abs(moved.sum() - 200) < 40
    # three standard errors of a standard deviation from 12,000 numbers, and of the forces
    assert moves[moved].std() == pytest.approx(spread, rel=3 / np.sqrt(2 * moves[moved].size) + 0.02)


def test_the_same_seed_gives_the_same_sites(teacher):
    position = np.random.default_rng(2).uniform(0, BOX, size=(6, 24, 3))
    first, again = (teacher.sites(position, position) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other = Teacher(teacher.projection, seed=4).sites(position, position)
    assert (other != first).any()


def test_what_is_taught_is_the_response_of_the_splines(teacher):
    position = np.random.default_rng(2).uniform(0, BOX, size=(6, 24, 3))
    for taught, known in zip(
        teacher.responses(position, BOX), response_at(teacher.projection, position, BOX), strict=True
    ):
        np.testing.assert_array_equal(taught, known)
        assert np.abs(taught).max() > 0
