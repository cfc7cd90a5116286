"""The triplet term on tensor B-splines: converges to the model's own function of three distances."""

import numpy as np
import pytest

from support.random_potential import settings_of
from thermalcg.export.triplet_tensor import (
    DEGREE,
    LOWEST_SHARE,
    Resolution,
    arm_knots,
    project_triplets,
)
from thermalcg.models.spline.basis import radial_basis, symmetric_triplets

pytestmark = pytest.mark.physics

SETTINGS = settings_of("spline")
TRIPLET = symmetric_triplets(np.random.default_rng(0).normal(size=SETTINGS.functions), SETTINGS)

#: Neighbours of two species: not symmetric.
TWO_KINDS = np.random.default_rng(1).normal(size=TRIPLET.shape)
every = pytest.mark.parametrize("triplet", [TRIPLET, TWO_KINDS], ids=["one kind", "two kinds"])


def exact(triplet, a, b, c):
    """V and its derivative by a, from the definition."""
    n3 = SETTINGS.triplet_radial
    found = []
    value, slope = np.empty((2, len(a), n3)), np.empty((2, len(a), n3))
    for arm, r in enumerate((a, b)):
        for i, x in enumerate(r):
            radial_basis(
                x, SETTINGS.pair_min_nm, SETTINGS.triplet_cutoff_nm, n3, value[arm, i], slope[arm, i]
            )
    cosine = (a**2 + b**2 - c**2) / (2 * a * b)
    by_a = 1 / b - cosine / a
    power = np.arange(SETTINGS.triplet_angular + 1)
    angular = np.einsum("nml,pl->pnm", triplet, cosine[:, None] ** power)
    tilt = np.einsum("nml,pl->pnm", triplet[..., 1:] * power[1:], cosine[:, None] ** power[:-1])
    found.append(np.einsum("pn,pm,pnm->p", value[0], value[1], angular))
    found.append(
        np.einsum("pn,pm,pnm->p", slope[0], value[1], angular)
        + np.einsum("pn,pm,pnm->p", value[0], value[1], tilt) * by_a
    )
    return found


def triangles(low, high, n=500):
    """Arms between two lengths and the third side of a triangle, nm."""
    rng = np.random.default_rng(1)
    a, b = rng.uniform(low, high, size=(2, n))
    c = np.sqrt(a**2 + b**2 - 2 * a * b * rng.uniform(-1, 1, n))
    near = c > LOWEST_SHARE * SETTINGS.pair_min_nm
    return a[near], b[near], c[near]


def relative(triplet, resolution, low, high):
    """Rms errors of the value and of its slope over their own rms."""
    sides = triangles(low, high)
    own = project_triplets(triplet, SETTINGS, resolution).with_slopes(*sides)
    value, slope = exact(triplet, *sides)
    return [np.sqrt(((x - y) ** 2).mean() / (y**2).mean()) for x, y in zip(own, (value, slope), strict=False)]


@every
@pytest.mark.parametrize("place", [(0.23, 0.42), (0.13, 0.23), (0.15, 0.35)])
def test_value_and_slope_are_those_of_the_model(place, triplet):
    assert max(relative(triplet, Resolution(), *place)) < 1e-3  # the goal for forces


def test_errors_fall_at_least_with_the_fourth_and_third_power_of_the_spacing():
    """As those of cubic splines do on knots that contain every kink of the function."""
    coarse, fine = (relative(TRIPLET, Resolution(k, k, 8 * k + 8), 0.23, 0.42) for k in (3, 6))
    order = np.log2(np.array(coarse) / fine)
    assert order[0] > 3.5
    assert order[1] > 2.5


def test_the_function_is_symmetric_and_vanishes_smoothly_at_the_cutoff():
    tensor = project_triplets(TRIPLET, SETTINGS)
    np.testing.assert_array_equal(tensor.coefficients, tensor.coefficients.transpose(1, 0, 2))
    assert not tensor.coefficients[-DEGREE:].any()


def test_the_knots_of_the_model_are_among_those_of_the_arms():
    knots = arm_knots(SETTINGS, Resolution())
    own = np.linspace(SETTINGS.pair_min_nm, SETTINGS.triplet_cutoff_nm, SETTINGS.triplet_radial + 1)
    counts = [np.isclose(knots, k).sum() for k in own]
    assert counts == [2, 1, 1, 1, DEGREE + 1]


def test_the_third_distance_has_at_least_as_many_knots_as_an_arm():
    tensor = project_triplets(TRIPLET, SETTINGS, Resolution(10, 10, 5))
    assert len(tensor.far_knots) >= len(tensor.arm_knots)


def test_distances_that_no_three_beads_have_take_no_room():
    coefficients = project_triplets(TRIPLET, SETTINGS).coefficients
    assert (coefficients == 0).mean() > 0.3
